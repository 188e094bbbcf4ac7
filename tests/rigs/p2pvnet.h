/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvnet.h: real SCTP over a simulated network in virtual time.
 *
 * Debian's usrsctp runs without threads; its packets go through paths with
 * delay, independent loss and a rate, and its clock is ours: p2pvclock.c takes
 * the place of gettimeofday(). So 300 s of a bad line take a second or two and
 * every run with the same seed is the same to the byte.
 *
 * usrsctp is process-global: one P2pVnet at a time, and a program that wants
 * many runs forks one child for each. Thread: the one that called
 * p2p_vnet_new().
 */
#ifndef P2P_VNET_H
#define P2P_VNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../ext/transport/p2pscgate.h"

/* Arithmetic of the real transport: a DTLS datagram of 1200 B carries 1163 B of
 * SCTP with AES-128-GCM (13 B record header, 8 B nonce, 16 B tag);
 * spp_pathmtu does not count the 12 B SCTP header. IPv4 + UDP add 28 B. */
#define P2P_VNET_DATA_MTU 1163
#define P2P_VNET_DTLS_OVERHEAD 37
#define P2P_VNET_IP_OVERHEAD 28
/* The largest message that fits one packet: less 12 B header and 16 B DATA,
 * and usrsctp rounds down to a multiple of 4. n packets carry n times this. */
#define P2P_VNET_ONE_PACKET ((P2P_VNET_DATA_MTU - 12 - 16) / 4 * 4)

typedef struct P2pVnet P2pVnet;
typedef struct P2pVnetEnd P2pVnetEnd;   /* one side of an association */

typedef struct
{
  uint32_t rto_initial_ms, rto_min_ms, rto_max_ms;
  uint32_t sack_delay_ms, sack_freq;
  uint32_t initial_cwnd;        /* packets */
  uint32_t max_burst, fr_max_burst;     /* packets, 0 = no limit */
  uint32_t cc_module;           /* 0 RFC 4960, 1 HSTCP, 2 HTCP, 3 RTCC */
  uint32_t tick_ms;             /* between two calls of usrsctp_handle_timers() */
  bool sack_now;                /* I bit on the last packet of each message */
  bool repair;                  /* ext/transport/p2pscrepair.h */
} P2pVnetTuning;

/* What the product uses (docs/decisions, chunk size and loss). */
extern const P2pVnetTuning p2p_vnet_tuned;
/* What usrsctp does when left alone. */
extern const P2pVnetTuning p2p_vnet_stock;

typedef struct
{
  uint32_t delay_us;
  uint32_t loss_ppm;            /* each packet by itself */
  uint64_t rate_bps;            /* 0 = no limit */
  uint32_t queue_us;            /* of the queue before it, 0 = endless: what would
                                 * wait longer is dropped */
} P2pVnetPath;

typedef struct
{
  uint64_t packets, bytes;      /* sent, with every header down to IP */
  uint64_t lost;
  uint64_t received;            /* bytes that came, with every header */
  uint64_t retransmitted;       /* DATA chunks sent again by SCTP */
  uint64_t repaired;            /* packets sent again before it */
  int64_t last_received;        /* when, -1 = never */
} P2pVnetCount;

typedef void (*P2pVnetMessage) (P2pVnetEnd * end, unsigned stream,
    const uint8_t * data, size_t len, void *user_data);
typedef void (*P2pVnetTimer) (void *user_data, uint64_t value);

P2pVnet *p2p_vnet_new (uint64_t seed, const P2pVnetTuning * tuning);
/* Closes all ends and gives usrsctp back. */
void p2p_vnet_free (P2pVnet * self);

/* Virtual microseconds since p2p_vnet_new(). */
int64_t p2p_vnet_now (const P2pVnet * self);
/* Calls once, at that time. */
void p2p_vnet_at (P2pVnet * self, int64_t time, P2pVnetTimer func,
    void *user_data, uint64_t value);
void p2p_vnet_run (P2pVnet * self, int64_t until);
/* Nothing is lost before this time: what is measured is the stream, not the
 * set-up. */
void p2p_vnet_set_loss_start (P2pVnet * self, int64_t time);
/* Uniform in [0, n), from the seed. */
uint32_t p2p_vnet_random (P2pVnet * self, uint32_t n);

/* Two ends that associate with each other; transfer none. */
void p2p_vnet_connect (P2pVnet * self, P2pVnetPath to_b, P2pVnetPath to_a,
    P2pVnetEnd ** a, P2pVnetEnd ** b);
/* Its process does not run until then: what comes waits. */
void p2p_vnet_end_stall (P2pVnetEnd * end, int64_t until);
void p2p_vnet_end_set_receiver (P2pVnetEnd * end, P2pVnetMessage func,
    void *user_data);
/* After a packet that acknowledged something, messages read. */
void p2p_vnet_end_set_acked (P2pVnetEnd * end, P2pVnetTimer func,
    void *user_data);
bool p2p_vnet_end_is_up (const P2pVnetEnd * end);
/* False when SCTP takes no more (send buffer of 1 MiB full). Stream 0 is
 * ordered, all others are not. */
bool p2p_vnet_end_send (P2pVnetEnd * end, unsigned stream,
    const uint8_t * data, size_t len);
/* Congestion window in bytes, 0 = not known. */
uint32_t p2p_vnet_end_get_cwnd (P2pVnetEnd * end);
/* Bytes of messages handed down and not acknowledged yet. */
uint32_t p2p_vnet_end_get_unacked (const P2pVnetEnd * end);
/* Newest round trip, 0 = none yet. */
uint32_t p2p_vnet_end_get_rtt (const P2pVnetEnd * end);
/* Packets of it wait for the cap; 'acked' is called when they have gone. */
bool p2p_vnet_end_waits (const P2pVnetEnd * end);
/* Ends under one upload cap, ext/transport/p2pscgate.h; owned by the net. */
P2pScGate *p2p_vnet_add_gate (P2pVnet * self, uint64_t cap_bps);
void p2p_vnet_end_set_gate (P2pVnetEnd * end, P2pScGate * gate);
/* Packets this end put on its path. */
const P2pVnetCount *p2p_vnet_end_get_count (const P2pVnetEnd * end);

#endif
