/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvnet.c: see p2pvnet.h.
 *
 * One heap of events (packets on their way and timers of the experiment),
 * one tick for usrsctp. Both ends of every association live in this process;
 * an end's AF_CONN address is its number + 1, never a pointer.
 */
#define _GNU_SOURCE
#include "p2pvnet.h"
#include "p2pvclock.h"
#include "../../ext/transport/p2pscrepair.h"
#include "../../ext/transport/p2pscwatch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usrsctp.h>

#define PORT 5000               /* the data channel convention (RFC 8841) */
#define STREAMS 64
#define SOCKET_BUFFER (1024 * 1024)
#define MAX_GATES 8
#define MAX_MESSAGE 17408       /* P2P_MAX_MESSAGE */
#define PPID_BINARY 53          /* RFC 8831 */

typedef struct
{
  int64_t time;
  uint64_t order;               /* ties: first in, first out */
  P2pVnetTimer func;            /* NULL = a packet */
  void *user_data;
  uint64_t value;               /* packet: address of the receiving end */
  uint8_t *packet;
  size_t len;
} Event;

struct P2pVnetEnd
{
  P2pVnet *net;
  unsigned address;             /* index + 1 */
  unsigned peer;
  struct socket *socket;
  P2pVnetPath path;             /* towards the peer */
  int64_t stalled;              /* until then */
  int64_t line_free;            /* when the path has sent what it holds */
  P2pVnetCount count;
  bool up;
  P2pVnetMessage func;
  void *user_data;
  P2pVnetTimer acked;
  void *acked_data;
  P2pScWatch watch;             /* as the product's */
  P2pScRepair repair;
  P2pScGateEnd gate_end;
  uint64_t handed, acked_seen;  /* message bytes */
  uint8_t message[MAX_MESSAGE];
  size_t fill;
};

struct P2pVnet
{
  P2pVnetTuning tuning;
  int64_t now, last_tick, loss_start;
  uint64_t random, order;
  Event *heap;
  size_t n_events, cap_events;
  P2pVnetEnd **ends;
  unsigned n_ends, cap_ends;
  P2pScGate gates[MAX_GATES];
  unsigned n_gates;
};

/* docs/decisions, chunk size and loss: why a SACK delay of 10 ms */
const P2pVnetTuning p2p_vnet_tuned = {
  .rto_initial_ms = 300,.rto_min_ms = 300,.rto_max_ms = 5000,
  .sack_delay_ms = 10,.sack_freq = 2,.initial_cwnd = 10,.max_burst = 0,
  .fr_max_burst = 4,.cc_module = 0,.tick_ms = 10,.sack_now = false,
  .repair = true
};

const P2pVnetTuning p2p_vnet_stock = {
  .rto_initial_ms = 3000,.rto_min_ms = 1000,.rto_max_ms = 60000,
  .sack_delay_ms = 200,.sack_freq = 2,.initial_cwnd = 3,.max_burst = 4,
  .fr_max_burst = 4,.cc_module = 0,.tick_ms = 10,.sack_now = false
};

static P2pVnet *the_net;        /* usrsctp's callbacks have no context */

/* ---- events ---- */

static bool
before (const Event * a, const Event * b)
{
  return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void
push_event (P2pVnet * self, Event e)
{
  size_t i, up;

  if (self->n_events == self->cap_events) {
    self->cap_events = self->cap_events ? 2 * self->cap_events : 1024;
    self->heap = realloc (self->heap, self->cap_events * sizeof (Event));
  }
  e.order = self->order++;
  for (i = self->n_events++; i > 0; i = up) {
    up = (i - 1) / 2;
    if (!before (&e, &self->heap[up]))
      break;
    self->heap[i] = self->heap[up];
  }
  self->heap[i] = e;
}

static Event
pop_event (P2pVnet * self)
{
  Event top = self->heap[0], e = self->heap[--self->n_events];
  size_t i = 0, child;

  while ((child = 2 * i + 1) < self->n_events) {
    if (child + 1 < self->n_events
        && before (&self->heap[child + 1], &self->heap[child]))
      child++;
    if (!before (&self->heap[child], &e))
      break;
    self->heap[i] = self->heap[child];
    i = child;
  }
  self->heap[i] = e;
  return top;
}

/* ---- packets ---- */

static P2pVnetEnd *
end_at (uintptr_t address)
{
  if (address == 0 || address > the_net->n_ends)
    return NULL;
  return the_net->ends[address - 1];
}

static void
transmit (P2pVnetEnd * end, const uint8_t * data, size_t len)
{
  P2pVnet *net = end->net;
  size_t wire = len + P2P_VNET_DTLS_OVERHEAD + P2P_VNET_IP_OVERHEAD;
  Event e = { 0 };

  end->count.packets++;
  end->count.bytes += wire;
  if (end->gate_end.gate)
    p2p_scgate_count (end->gate_end.gate, &end->gate_end, (uint32_t) wire,
        net->now);
  if (end->line_free < net->now)
    end->line_free = net->now;
  if (end->path.queue_us && end->line_free - net->now > end->path.queue_us) {
    end->count.lost++;
    return;
  }
  if (end->path.rate_bps)
    end->line_free += (int64_t) (wire * 8 * 1000000 / end->path.rate_bps);
  if (net->now >= net->loss_start
      && p2p_vnet_random (net, 1000000) < end->path.loss_ppm) {
    end->count.lost++;
    return;
  }
  e.time = end->line_free + end->path.delay_us;
  e.value = end->peer;
  e.packet = malloc (len);
  e.len = len;
  memcpy (e.packet, data, len);
  push_event (net, e);
}

static bool
on_repair (uint8_t * packet, size_t len, void *user_data)
{
  P2pVnetEnd *end = user_data;

  if (!p2p_scgate_may (&end->gate_end, len, end->net->now))
    return false;
  end->count.repaired++;
  p2p_scwatch_output (&end->watch, packet, len, end->net->now);
  transmit (end, packet, len);
  return true;
}

static void
on_drained (void *user_data)
{
  P2pVnetEnd *end = user_data;

  if (end->acked)
    end->acked (end->acked_data, 0);
}

static void
on_go (uint8_t * data, size_t len, void *user_data)
{
  P2pVnetEnd *end = user_data;

  p2p_scwatch_output (&end->watch, data, len, end->net->now);
  end->count.retransmitted = end->watch.retransmitted;
  if (end->net->tuning.repair)
    p2p_screpair_output (&end->repair, data, len, end->net->now);
  transmit (end, data, len);
}

static int
on_output (void *address, void *data, size_t len, uint8_t tos, uint8_t df)
{
  P2pVnetEnd *end = end_at ((uintptr_t) address);

  if (!end)
    return 0;
  p2p_scgate_output (&end->gate_end, data, len, end->net->now);
  return 0;
}

static void
read_end (P2pVnetEnd * end)
{
  struct sctp_rcvinfo info;
  socklen_t from_len, info_len;
  unsigned type;
  ssize_t n;
  int flags;

  for (;;) {
    from_len = 0;
    info_len = sizeof info;
    type = SCTP_RECVV_NOINFO;
    flags = 0;
    memset (&info, 0, sizeof info);
    n = usrsctp_recvv (end->socket, end->message + end->fill,
        sizeof end->message - end->fill, NULL, &from_len, &info, &info_len,
        &type, &flags);
    if (n <= 0)
      return;
    end->fill += (size_t) n;
    if (!(flags & MSG_EOR))
      continue;
    n = (ssize_t) end->fill;
    end->fill = 0;
    if (!(flags & MSG_NOTIFICATION) && end->func)
      end->func (end, info.rcv_sid, end->message, (size_t) n, end->user_data);
  }
}

static void
deliver_packet (P2pVnet * self, Event * e)
{
  P2pVnetEnd *end = end_at (e->value);
  uint8_t block[P2P_SCREPAIR_MAX_PACKET];
  const uint8_t *packet = e->packet;
  size_t len = e->len;

  if (end->stalled > self->now) {
    e->time = end->stalled;
    push_event (self, *e);
    return;
  }
  end->count.received += e->len + P2P_VNET_DTLS_OVERHEAD + P2P_VNET_IP_OVERHEAD;
  end->count.last_received = self->now;
  p2p_scwatch_input (&end->watch, e->packet, e->len, self->now);
  if (self->tuning.repair)
    packet = p2p_screpair_input (&end->repair, packet, &len, block, self->now);
  usrsctp_conninput ((void *) (uintptr_t) end->address, packet, len, 0);
  free (e->packet);
  read_end (end);
  if (end->watch.acked != end->acked_seen) {
    end->acked_seen = end->watch.acked;
    if (end->acked)
      end->acked (end->acked_data, 0);
  }
}

/* ---- time ---- */

int64_t
p2p_vnet_now (const P2pVnet * self)
{
  return self->now;
}

void
p2p_vnet_at (P2pVnet * self, int64_t time, P2pVnetTimer func,
    void *user_data, uint64_t value)
{
  Event e = {.time = time,.func = func,.user_data = user_data,.value = value };

  push_event (self, e);
}

static void
set_now (P2pVnet * self, int64_t now)
{
  if (now > self->now)
    self->now = now;
  p2p_vclock_set (self->now);
}

static void
tick (P2pVnet * self)
{
  set_now (self, self->last_tick + 1000 * (int64_t) self->tuning.tick_ms);
  self->last_tick = self->now;
  usrsctp_handle_timers (self->tuning.tick_ms);
  for (unsigned i = 0; self->tuning.repair && i < self->n_ends; i++)
    p2p_screpair_tick (&self->ends[i]->repair, self->now);
  for (unsigned i = 0; i < self->n_gates; i++)
    p2p_scgate_run (&self->gates[i], self->now);
}

void
p2p_vnet_run (P2pVnet * self, int64_t until)
{
  int64_t next_tick;
  Event e;

  for (;;) {
    next_tick = self->last_tick + 1000 * (int64_t) self->tuning.tick_ms;
    if (self->n_events && self->heap[0].time <= until
        && self->heap[0].time <= next_tick) {
      e = pop_event (self);
      set_now (self, e.time);
      if (e.func)
        e.func (e.user_data, e.value);
      else
        deliver_packet (self, &e);
    } else if (next_tick <= until) {
      tick (self);
    } else {
      break;
    }
  }
  set_now (self, until);
}

void
p2p_vnet_set_loss_start (P2pVnet * self, int64_t time)
{
  self->loss_start = time;
}

uint32_t
p2p_vnet_random (P2pVnet * self, uint32_t n)
{
  return (uint32_t) (((p2p_vclock_random (&self->random) >> 32) * n) >> 32);
}

/* ---- ends ---- */

static void
set_option (struct socket *s, int level, int name, const void *v, socklen_t n)
{
  if (usrsctp_setsockopt (s, level, name, v, n) < 0)
    fprintf (stderr, "SCTP option %d: %s\n", name, strerror (errno));
}

static void
set_options (P2pVnet * self, struct socket *s)
{
  struct linger linger = { 1, 0 };
  struct sctp_initmsg init = { STREAMS, STREAMS, 0, 0 };
  struct sctp_sack_info sack = { 0, self->tuning.sack_delay_ms,
    self->tuning.sack_freq
  };
  struct sctp_rtoinfo rto = { 0, self->tuning.rto_initial_ms,
    self->tuning.rto_max_ms, self->tuning.rto_min_ms
  };
  int on = 1, size = SOCKET_BUFFER;

  set_option (s, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  set_option (s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  set_option (s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  set_option (s, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
  set_option (s, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on);
  set_option (s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
  set_option (s, IPPROTO_SCTP, SCTP_DELAYED_SACK, &sack, sizeof sack);
  set_option (s, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof rto);
}

static void
set_mtu (struct socket *s, const struct sockaddr_conn *peer)
{
  struct sctp_paddrparams params;

  memset (&params, 0, sizeof params);
  memcpy (&params.spp_address, peer, sizeof *peer);
  params.spp_flags = SPP_PMTUD_DISABLE;
  params.spp_pathmtu = P2P_VNET_DATA_MTU - 12;
  set_option (s, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &params, sizeof params);
}

static void
open_end (P2pVnetEnd * end)
{
  struct sockaddr_conn conn;

  memset (&conn, 0, sizeof conn);
  conn.sconn_family = AF_CONN;
  conn.sconn_port = htons (PORT);
  conn.sconn_addr = (void *) (uintptr_t) end->address;
  usrsctp_register_address (conn.sconn_addr);
  end->socket = usrsctp_socket (AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL,
      0, NULL);
  usrsctp_set_non_blocking (end->socket, 1);
  set_options (end->net, end->socket);
  if (usrsctp_bind (end->socket, (struct sockaddr *) &conn, sizeof conn) < 0)
    perror ("usrsctp_bind");
}

static void
connect_end (P2pVnetEnd * end)
{
  struct sockaddr_conn conn;

  memset (&conn, 0, sizeof conn);
  conn.sconn_family = AF_CONN;
  conn.sconn_port = htons (PORT);
  conn.sconn_addr = (void *) (uintptr_t) end->address;
  if (usrsctp_connect (end->socket, (struct sockaddr *) &conn, sizeof conn) < 0
      && errno != EINPROGRESS)
    perror ("usrsctp_connect");
  set_mtu (end->socket, &conn);
}

static P2pVnetEnd *
add_end (P2pVnet * self, P2pVnetPath path)
{
  P2pVnetEnd *end = calloc (1, sizeof *end);

  if (self->n_ends == self->cap_ends) {
    self->cap_ends = self->cap_ends ? 2 * self->cap_ends : 16;
    self->ends = realloc (self->ends, self->cap_ends * sizeof *self->ends);
  }
  self->ends[self->n_ends++] = end;
  end->net = self;
  end->address = self->n_ends;
  end->path = path;
  end->count.last_received = -1;
  p2p_scwatch_init (&end->watch);
  p2p_screpair_init (&end->repair, on_repair, end);
  end->gate_end.go = on_go;
  end->gate_end.drained = on_drained;
  end->gate_end.user_data = end->gate_end.drained_data = end;
  open_end (end);
  return end;
}

void
p2p_vnet_connect (P2pVnet * self, P2pVnetPath to_b, P2pVnetPath to_a,
    P2pVnetEnd ** a, P2pVnetEnd ** b)
{
  P2pVnetEnd *x = add_end (self, to_b), *y = add_end (self, to_a);

  x->peer = y->address;
  y->peer = x->address;
  connect_end (x);
  connect_end (y);
  *a = x;
  *b = y;
}

void
p2p_vnet_end_stall (P2pVnetEnd * end, int64_t until)
{
  end->stalled = until;
}

void
p2p_vnet_end_set_receiver (P2pVnetEnd * end, P2pVnetMessage func,
    void *user_data)
{
  end->func = func;
  end->user_data = user_data;
}

void
p2p_vnet_end_set_acked (P2pVnetEnd * end, P2pVnetTimer func, void *user_data)
{
  end->acked = func;
  end->acked_data = user_data;
}

bool
p2p_vnet_end_waits (const P2pVnetEnd * end)
{
  return end->gate_end.n_kept > 0;
}

P2pScGate *
p2p_vnet_add_gate (P2pVnet * self, uint64_t cap_bps)
{
  P2pScGate *gate;

  if (self->n_gates == MAX_GATES)
    return NULL;
  gate = &self->gates[self->n_gates++];
  p2p_scgate_init (gate);
  p2p_scgate_set_cap (gate, cap_bps, self->now);
  return gate;
}

void
p2p_vnet_end_set_gate (P2pVnetEnd * end, P2pScGate * gate)
{
  p2p_scgate_add (gate, &end->gate_end, P2P_VNET_DTLS_OVERHEAD
      + P2P_VNET_IP_OVERHEAD, 0);
}

static bool
get_status (const P2pVnetEnd * end, struct sctp_status *status)
{
  socklen_t len = sizeof *status;

  memset (status, 0, sizeof *status);
  return usrsctp_getsockopt (end->socket, IPPROTO_SCTP, SCTP_STATUS, status,
      &len) == 0;
}

bool
p2p_vnet_end_is_up (const P2pVnetEnd * end)
{
  struct sctp_status status;

  return get_status (end, &status) && status.sstat_state == SCTP_ESTABLISHED;
}

uint32_t
p2p_vnet_end_get_cwnd (P2pVnetEnd * end)
{
  struct sctp_status status;

  return get_status (end, &status) ? status.sstat_primary.spinfo_cwnd : 0;
}

bool
p2p_vnet_end_send (P2pVnetEnd * end, unsigned stream, const uint8_t * data,
    size_t len)
{
  struct sctp_sndinfo info = { 0 };

  info.snd_sid = (uint16_t) stream;
  info.snd_ppid = htonl (PPID_BINARY);
  if (stream != 0)
    info.snd_flags |= SCTP_UNORDERED;
  if (end->net->tuning.sack_now)
    info.snd_flags |= SCTP_SACK_IMMEDIATELY;
  if (usrsctp_sendv (end->socket, data, len, NULL, 0, &info, sizeof info,
          SCTP_SENDV_SNDINFO, 0) != (ssize_t) len)
    return false;
  end->handed += len;
  return true;
}

uint32_t
p2p_vnet_end_get_unacked (const P2pVnetEnd * end)
{
  return end->handed > end->watch.acked ?
      (uint32_t) (end->handed - end->watch.acked) : 0;
}

uint32_t
p2p_vnet_end_get_rtt (const P2pVnetEnd * end)
{
  return (uint32_t) end->watch.rtt_us;
}

const P2pVnetCount *
p2p_vnet_end_get_count (const P2pVnetEnd * end)
{
  return &end->count;
}

/* ---- whole ---- */

static void
set_globals (const P2pVnetTuning * t)
{
  usrsctp_sysctl_set_sctp_ecn_enable (0);
  usrsctp_sysctl_set_sctp_asconf_enable (0);
  usrsctp_sysctl_set_sctp_auth_enable (0);
  usrsctp_sysctl_set_sctp_rto_initial_default (t->rto_initial_ms);
  usrsctp_sysctl_set_sctp_rto_min_default (t->rto_min_ms);
  usrsctp_sysctl_set_sctp_rto_max_default (t->rto_max_ms);
  usrsctp_sysctl_set_sctp_delayed_sack_time_default (t->sack_delay_ms);
  usrsctp_sysctl_set_sctp_sack_freq_default (t->sack_freq);
  usrsctp_sysctl_set_sctp_initial_cwnd (t->initial_cwnd);
  usrsctp_sysctl_set_sctp_max_burst_default (t->max_burst);
  usrsctp_sysctl_set_sctp_fr_max_burst_default (t->fr_max_burst);
  usrsctp_sysctl_set_sctp_default_cc_module (t->cc_module);
  /* packets come through authenticated memory: no checksum either way */
  usrsctp_enable_crc32c_offload ();
}

P2pVnet *
p2p_vnet_new (uint64_t seed, const P2pVnetTuning * tuning)
{
  P2pVnet *self = calloc (1, sizeof *self);

  self->tuning = *tuning;
  self->random = seed;
  the_net = self;
  p2p_vclock_seed (seed ^ 0x5eed);
  p2p_vclock_set (0);
  usrsctp_init_nothreads (0, on_output, NULL);
  set_globals (tuning);
  return self;
}

void
p2p_vnet_free (P2pVnet * self)
{
  for (unsigned i = 0; i < self->n_ends; i++) {
    /* its ABORT does not wait */
    p2p_scgate_remove (&self->ends[i]->gate_end);
    usrsctp_close (self->ends[i]->socket);
    usrsctp_deregister_address ((void *) (uintptr_t) self->ends[i]->address);
  }
  /* usrsctp frees an association by timer */
  for (int i = 0; i < 100 && usrsctp_finish () != 0; i++)
    tick (self);
  for (size_t i = 0; i < self->n_events; i++)
    free (self->heap[i].packet);
  for (unsigned i = 0; i < self->n_ends; i++) {
    p2p_scwatch_clear (&self->ends[i]->watch);
    p2p_screpair_clear (&self->ends[i]->repair);
    p2p_scgate_remove (&self->ends[i]->gate_end);
    free (self->ends[i]);
  }
  free (self->ends);
  free (self->heap);
  free (self);
  the_net = NULL;
}
