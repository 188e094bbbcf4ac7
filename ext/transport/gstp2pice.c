/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pice.c: see gstp2pice.h.
 *
 * libnice emits its signals inside our calls (gathering host candidates is
 * synchronous), so what they say is kept and told from an idle source.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>
#include <nice/agent.h>
#include <nice/interfaces.h>
#include <string.h>

#include "gstp2pice.h"
#include "gstp2picepath.h"
#include "gstp2ppoll.h"
#include "gstp2psdp.h"
#include "gstp2pturn.h"
#include "../../gst/p2p/session/gstp2perror.h"
#include "../../gst/p2p/session/gstp2pthread.h"

GST_DEBUG_CATEGORY (gst_p2p_ice_debug);
#define GST_CAT_DEFAULT gst_p2p_ice_debug

#define COMPONENT 1
/* Ta of RFC 8445 14.2: not less than 5 ms; libnice's 20 costs a tick more. */
#define PACING_MS 5
/* A container host may have dozens of bridges; each address is a socket a link. */
#define MAX_LOCAL_ADDRESSES 8
#define MAX_TURN_SERVERS 4
/* Headers under a datagram. */
#define IPV4_UDP 28
#define IPV6_UDP 48
#define TURN_CHANNEL_DATA 4
/* What libnice sends by itself is not visible to us. It answers a browser's
 * check every 2.5 to 5 s, with 64-80 bytes, and sends an indication of 28 bytes
 * every 25 s: estimated as the former with IPv4 headers. */
#define CONSENT_INTERVAL_US (5 * G_USEC_PER_SEC)
#define CONSENT_BYTES (80 + IPV4_UDP)
/* Until a pair was found, with one address each (tests/rigs/packets.py). */
#define SET_UP_CHECKS 3

/* Of one link: host addresses, one more each for a relay over TCP, and the
 * wake-up of the context. */
#define MAX_SOCKETS 48
/* Read at once before others get their turn. */
#define MAX_DIRECT 32
/* Longer than any the link takes. */
#define MAX_DATAGRAM 2049
/* A name that is resolved gives a socket, and nobody says so. */
#define GATHER_TICK_MS 20

struct _GstP2PIce
{
  GMainContext *context;
  /* Of libnice's sockets, run when the poll says that one is readable. */
  GMainContext *io_context;
  GstP2PPoll *poll;
  GstP2PPollEntry poll_entry, path_entry;
  GstP2PIcePath direct;         /* the selected pair's socket */
  int fds[MAX_SOCKETS];         /* in the poll */
  guint n_fds;
  GSource *gather_tick;
  NiceAgent *agent;
  guint stream;
  GPtrArray *tunnels;           /* to relays over TLS */
  GstP2PIceConfig config;
  const GstP2PIceCallbacks *callbacks;
  gpointer user_data;
  gchar *ufrag, *pwd;
  guint n_remote;
  gboolean dead;
  gboolean uses_server, relay_seen;
  GSource *idle;
  /* news for the idle source */
  GQueue candidates;            /* gchar * */
  gboolean gathered, gathered_told;
  gboolean connected, connected_told;
  gboolean failed, failed_told;
  /* figures */
  guint64 sent, received, packets_sent, packets_received;
  gint64 last_received, connected_at;
  guint overhead;               /* bytes of headers a datagram */
  gint path;
  guint32 prefix;
  gchar local[64], remote[64];
};

static void
init_once (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (gst_p2p_ice_debug, "p2pice", 0, "ICE agents");
    g_once_init_leave (&once, 1);
  }
}

/* ---- sockets ---- */

/* Watches what the sockets' context would poll, and nothing else. */
static void
watch_sockets (GstP2PIce * self)
{
  GPollFD fds[MAX_SOCKETS];
  guint i, j, n_old = self->n_fds;
  int old[MAX_SOCKETS];
  gint priority, timeout, n;

  if (!g_main_context_acquire (self->io_context)) {
    return;
  }
  g_main_context_prepare (self->io_context, &priority);
  n = g_main_context_query (self->io_context, G_MAXINT, &timeout, fds,
      MAX_SOCKETS);
  g_main_context_release (self->io_context);
  memcpy (old, self->fds, sizeof (old));
  self->n_fds = MIN (MAX (n, 0), MAX_SOCKETS);
  /* All of them: a number may have been closed and given out again. */
  for (i = 0; i < self->n_fds; i++) {
    self->fds[i] = fds[i].fd;
    gst_p2p_poll_add (self->poll, fds[i].fd, fds[i].fd
        == gst_p2p_ice_path_get_fd (&self->direct) ? &self->path_entry :
        &self->poll_entry);
  }
  for (j = 0; j < n_old; j++) {
    for (i = 0; i < self->n_fds && self->fds[i] != old[j]; i++) {
    }
    if (i == self->n_fds) {
      gst_p2p_poll_remove (self->poll, old[j]);
    }
  }
}

static void
forget_sockets (GstP2PIce * self)
{
  while (self->n_fds > 0) {
    gst_p2p_poll_remove (self->poll, self->fds[--self->n_fds]);
  }
  gst_p2p_ice_path_clear (&self->direct);
}

static void
on_readable (gpointer data)
{
  GstP2PIce *self = data;

  if (!g_main_context_iteration (self->io_context, FALSE)) {
    watch_sockets (self);
  }
}

static void
take_datagram (GstP2PIce * self, const guint8 * data, gsize len)
{
  self->received += len + self->overhead;
  self->packets_received++;
  self->last_received = g_get_monotonic_time ();
  if (self->callbacks) {
    self->callbacks->datagram (data, len, self->user_data);
  }
}

/* The agent is freed from an idle source, never inside a callback. */
static void
on_path_readable (gpointer data)
{
  GstP2PIce *self = data;
  guint8 block[MAX_DATAGRAM];
  gsize len;
  guint i;

  for (i = 0; i < MAX_DIRECT && !self->dead && self->direct.socket; i++) {
    switch (gst_p2p_ice_path_receive (&self->direct, block, sizeof (block),
            &len)) {
      case GST_P2P_ICE_PATH_DATAGRAM:
        take_datagram (self, block, MIN (len, sizeof (block)));
        break;
      case GST_P2P_ICE_PATH_OTHER:
        on_readable (self);
        return;
      default:
        return;
    }
  }
}

/* A relay's data is wrapped, which libnice does. */
static void
use_pair (GstP2PIce * self, const NiceCandidate * local,
    const NiceCandidate * remote)
{
  struct sockaddr_storage address;
  g_autoptr (GSocket) socket = NULL;    /* the getter gives a reference */
  int fd = gst_p2p_ice_path_get_fd (&self->direct);

  if (fd >= 0) {
    gst_p2p_poll_remove (self->poll, fd);
  }
  gst_p2p_ice_path_clear (&self->direct);
  if (local->type != NICE_CANDIDATE_TYPE_RELAYED
      && local->transport == NICE_CANDIDATE_TRANSPORT_UDP) {
    socket = nice_agent_get_selected_socket (self->agent, self->stream,
        COMPONENT);
  }
  if (socket && !g_socket_is_closed (socket)) {
    memset (&address, 0, sizeof (address));
    nice_address_copy_to_sockaddr (&remote->addr, (struct sockaddr *) &address);
    gst_p2p_ice_path_set (&self->direct, socket, (struct sockaddr *) &address,
        nice_address_ip_version (&remote->addr) == 6 ?
        sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in));
    gst_p2p_poll_remove (self->poll, g_socket_get_fd (socket));
  }
  watch_sockets (self);
}

/* A relay over TCP or with a name gets its socket later; nobody says when. */
static gboolean
on_gather_tick (gpointer data)
{
  watch_sockets (data);
  return G_SOURCE_CONTINUE;
}

static void
start_gather_tick (GstP2PIce * self)
{
  self->gather_tick = g_timeout_source_new (GATHER_TICK_MS);
  g_source_set_callback (self->gather_tick, on_gather_tick, self, NULL);
  g_source_attach (self->gather_tick, self->context);
}

/* ---- news, told from the context ---- */

static void
tell_candidates (GstP2PIce * self)
{
  gchar *candidate;

  while (self->callbacks
      && (candidate = g_queue_pop_head (&self->candidates)) != NULL) {
    self->callbacks->candidate (candidate, self->user_data);
    g_free (candidate);
  }
  if (self->callbacks && self->gathered && !self->gathered_told) {
    self->gathered_told = TRUE;
    self->callbacks->candidate (NULL, self->user_data);
  }
}

static gboolean
tell (gpointer data)
{
  GstP2PIce *self = data;

  g_clear_pointer (&self->idle, g_source_unref);
  if (self->gathered) {
    gst_p2p_clear_source (&self->gather_tick);
  }
  watch_sockets (self);
  tell_candidates (self);
  if (self->callbacks && self->connected && !self->connected_told) {
    self->connected_told = TRUE;
    self->callbacks->connected (self->user_data);
  }
  if (self->callbacks && self->failed && !self->failed_told) {
    self->failed_told = TRUE;
    self->callbacks->failed (self->user_data);
  }
  return G_SOURCE_REMOVE;
}

static void
destroy (gpointer data)
{
  GstP2PIce *self = data;

  g_queue_clear_full (&self->candidates, g_free);
  g_clear_pointer (&self->idle, g_source_unref);
  gst_p2p_ice_path_clear (&self->direct);
  g_clear_object (&self->agent);
  g_ptr_array_unref (self->tunnels);
  gst_p2p_ice_config_clear (&self->config);
  g_free (self->ufrag);
  g_free (self->pwd);
  g_clear_pointer (&self->poll, gst_p2p_poll_unref);
  g_main_context_unref (self->io_context);
  g_main_context_unref (self->context);
  g_free (self);
}

static void
schedule (GstP2PIce * self)
{
  if (self->idle == NULL && !self->dead) {
    self->idle = g_idle_source_new ();
    g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
    g_source_set_callback (self->idle, tell, self, NULL);
    g_source_attach (self->idle, self->context);
  }
}

/* ---- from libnice ---- */

static void
on_candidate (NiceAgent * agent, NiceCandidate * candidate, gpointer data)
{
  GstP2PIce *self = data;
  g_autofree gchar *line =
      nice_agent_generate_local_candidate_sdp (agent, candidate);
  const gchar *text = line;

  if (line == NULL) {
    return;
  }
  if (g_str_has_prefix (text, "a=")) {
    text += 2;
  }
  if (candidate->type == NICE_CANDIDATE_TYPE_RELAYED) {
    self->relay_seen = TRUE;
  }
  if (gst_p2p_sdp_candidate_is_usable (text)) {
    g_queue_push_tail (&self->candidates, g_strdup (text));
    schedule (self);
  }
}

static void
on_gathering_done (NiceAgent * agent, guint stream, gpointer data)
{
  GstP2PIce *self = data;

  self->gathered = TRUE;
  schedule (self);
}

static void
on_state (NiceAgent * agent, guint stream, guint component, guint state,
    gpointer data)
{
  GstP2PIce *self = data;

  GST_DEBUG ("%p: %s", self, nice_component_state_to_string (state));
  /* It may stay at CONNECTED without ever being READY. */
  if (state == NICE_COMPONENT_STATE_CONNECTED
      || state == NICE_COMPONENT_STATE_READY) {
    if (!self->connected) {
      self->connected = TRUE;
      self->connected_at = g_get_monotonic_time ();
      schedule (self);
    }
  } else if (state == NICE_COMPONENT_STATE_FAILED) {
    self->failed = TRUE;
    schedule (self);
  }
}

static gint
path_type (NiceCandidateType a, NiceCandidateType b)
{
  if (a == NICE_CANDIDATE_TYPE_RELAYED || b == NICE_CANDIDATE_TYPE_RELAYED) {
    return 3;
  }
  return a == NICE_CANDIDATE_TYPE_HOST && b == NICE_CANDIDATE_TYPE_HOST ? 1 : 2;
}

static void
on_selected_pair (NiceAgent * agent, guint stream, guint component,
    NiceCandidate * local, NiceCandidate * remote, gpointer data)
{
  GstP2PIce *self = data;

  self->path = path_type (local->type, remote->type);
  self->prefix = gst_p2p_ice_path_prefix (local, &remote->addr);
  self->overhead =
      nice_address_ip_version (&remote->addr) == 6 ? IPV6_UDP : IPV4_UDP;
  if (local->type == NICE_CANDIDATE_TYPE_RELAYED) {
    self->overhead += TURN_CHANNEL_DATA;
  }
  gst_p2p_ice_path_print (&local->addr, self->local);
  gst_p2p_ice_path_print (&remote->addr, self->remote);
  GST_DEBUG ("%p: pair %s -> %s", self, self->local, self->remote);
  use_pair (self, local, remote);
}

static void
on_datagram (NiceAgent * agent, guint stream, guint component, guint len,
    gchar * data, gpointer user_data)
{
  GstP2PIce *self = user_data;

  take_datagram (self, (const guint8 *) data, len);
}

/* ---- set-up ---- */

/* Adding one address switches off libnice's own discovery, so all are added. */
static void
add_addresses (GstP2PIce * self)
{
  GList *ips = nice_interfaces_get_local_ips (FALSE);
  GList *l;
  guint n = 0;

  if (self->config.use_loopback) {
    ips = g_list_append (ips, g_strdup (gst_p2p_ice_path_loopback ()));
  }
  for (l = ips; l; l = l->next) {
    NiceAddress address;

    nice_address_init (&address);
    if (g_ascii_strncasecmp (l->data, "fe80:", 5) != 0
        && (n < MAX_LOCAL_ADDRESSES || l->next == NULL)
        && nice_address_set_from_string (&address, l->data)) {
      nice_agent_add_local_address (self->agent, &address);
      n++;
    }
  }
  g_list_free_full (ips, g_free);
}

/* "scheme://host:port" without what GstUri can't know. */
static void
set_stun_server (GstP2PIce * self)
{
  g_autoptr (GstUri) uri = NULL;
  guint port;

  if (self->config.stun_server == NULL) {
    return;
  }
  uri = gst_p2p_ice_server_parse (self->config.stun_server);
  if (uri == NULL || g_strcmp0 (gst_uri_get_scheme (uri), "stun") != 0
      || gst_uri_get_host (uri) == NULL) {
    GST_WARNING ("stun-server %s is not stun://host:port; none is used",
        self->config.stun_server);
    return;
  }
  port = gst_uri_get_port (uri);
  g_object_set (self->agent, "stun-server", gst_uri_get_host (uri),
      "stun-server-port", port == GST_URI_NO_PORT ? 3478 : port, NULL);
  self->uses_server = TRUE;
}

static void
make_agent (GstP2PIce * self, gboolean controlling)
{
  /* No REGULAR_NOMINATION: aggressive costs nothing, regular 2 s behind NAT.
   * No CONSENT_FRESHNESS: libnice asks every 4 to 6 s without repeating and
   * gives up 10 s after the last answer, so one lost packet ends a link: at 3 %
   * loss some link in five every 20 s. The link watches what it hears. */
  self->agent = nice_agent_new_full (self->context, NICE_COMPATIBILITY_RFC5245,
      NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (self->agent, "upnp", FALSE, "ice-tcp", FALSE,
      "stun-pacing-timer", PACING_MS, "force-relay", self->config.relay_only,
      "controlling-mode", controlling, NULL);
  g_signal_connect (self->agent, "new-candidate-full",
      G_CALLBACK (on_candidate), self);
  g_signal_connect (self->agent, "candidate-gathering-done",
      G_CALLBACK (on_gathering_done), self);
  g_signal_connect (self->agent, "component-state-changed",
      G_CALLBACK (on_state), self);
  g_signal_connect (self->agent, "new-selected-pair-full",
      G_CALLBACK (on_selected_pair), self);
}

static gboolean
start (GstP2PIce * self)
{
  guint i;

  self->stream = nice_agent_add_stream (self->agent, 1);
  if (self->stream == 0) {
    return FALSE;
  }
  set_stun_server (self);
  for (i = 0; self->config.turn_servers && self->config.turn_servers[i]
      && i < MAX_TURN_SERVERS; i++) {
    self->uses_server |= gst_p2p_turn_add (self->agent, self->stream,
        COMPONENT, self->config.turn_servers[i], self->tunnels);
  }
  if (!nice_agent_get_local_credentials (self->agent, self->stream,
          &self->ufrag, &self->pwd)) {
    return FALSE;
  }
  nice_agent_attach_recv (self->agent, self->stream, COMPONENT,
      self->io_context, on_datagram, self);
  if (!nice_agent_gather_candidates (self->agent, self->stream)) {
    return FALSE;
  }
  watch_sockets (self);
  if (!self->gathered) {
    start_gather_tick (self);
  }
  return TRUE;
}

static GstP2PIce *
refuse (GError ** error)
{
  g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
      "no UDP socket for ICE: is the limit of open files (ulimit -n) reached?");
  return NULL;
}

GstP2PIce *
gst_p2p_ice_new (GMainContext * context, const GstP2PIceConfig * config,
    gboolean controlling, GError ** error)
{
  GMainContext *owner = context ? context : g_main_context_default ();
  GstP2PPoll *poll = gst_p2p_poll_get (owner);
  GstP2PIce *self;

  init_once ();
  if (poll == NULL) {
    return refuse (error);
  }
  self = g_new0 (GstP2PIce, 1);
  self->context = g_main_context_ref (owner);
  self->io_context = g_main_context_new ();
  self->poll = poll;
  self->poll_entry.ready = on_readable;
  self->path_entry.ready = on_path_readable;
  self->poll_entry.user_data = self->path_entry.user_data = self;
  self->overhead = IPV4_UDP;
  g_queue_init (&self->candidates);
  self->tunnels = gst_p2p_turn_tunnels_new ();
  gst_p2p_ice_config_copy (&self->config, config);
  make_agent (self, controlling);
  add_addresses (self);
  if (!start (self)) {
    gst_p2p_ice_free (self);
    return refuse (error);
  }
  return self;
}

/* ---- verbs ---- */

void
gst_p2p_ice_set_callbacks (GstP2PIce * self,
    const GstP2PIceCallbacks * callbacks, gpointer user_data)
{
  self->callbacks = callbacks;
  self->user_data = user_data;
  schedule (self);
}

gboolean
gst_p2p_ice_matches (GstP2PIce * self, const GstP2PIceConfig * config)
{
  static const gchar *const none[] = { NULL };
  const gchar *const *a = (const gchar * const *) self->config.turn_servers;
  const gchar *const *b = (const gchar * const *) config->turn_servers;

  return g_strcmp0 (self->config.stun_server, config->stun_server) == 0
      && self->config.relay_only == config->relay_only
      && self->config.use_loopback == config->use_loopback
      && g_strv_equal (a ? a : none, b ? b : none);
}

gboolean
gst_p2p_ice_is_gathered (GstP2PIce * self)
{
  return self->gathered;
}

gboolean
gst_p2p_ice_uses_server (GstP2PIce * self)
{
  return self->uses_server;
}

const gchar *
gst_p2p_ice_get_ufrag (GstP2PIce * self)
{
  return self->ufrag;
}

const gchar *
gst_p2p_ice_get_pwd (GstP2PIce * self)
{
  return self->pwd;
}

void
gst_p2p_ice_set_remote (GstP2PIce * self, const gchar * ufrag,
    const gchar * pwd)
{
  nice_agent_set_remote_credentials (self->agent, self->stream, ufrag, pwd);
}

gboolean
gst_p2p_ice_add_candidate (GstP2PIce * self, const gchar * candidate)
{
  g_autofree gchar *line = NULL;
  NiceCandidate *parsed;
  GSList *list;

  if (self->n_remote >= GST_P2P_SDP_MAX_CANDIDATES
      || !gst_p2p_sdp_candidate_is_usable (candidate)) {
    return FALSE;
  }
  line = g_strconcat ("a=", candidate, NULL);
  parsed = nice_agent_parse_remote_candidate_sdp (self->agent, self->stream,
      line);
  if (parsed == NULL) {
    return FALSE;
  }
  self->n_remote++;
  list = g_slist_prepend (NULL, parsed);
  nice_agent_set_remote_candidates (self->agent, self->stream, COMPONENT, list);
  g_slist_free_full (list, (GDestroyNotify) nice_candidate_free);
  return TRUE;
}

void
gst_p2p_ice_end_of_candidates (GstP2PIce * self)
{
  nice_agent_peer_candidate_gathering_done (self->agent, self->stream);
}

gboolean
gst_p2p_ice_send (GstP2PIce * self, const guint8 * data, gsize len)
{
  gboolean sent;

  if (self->dead) {
    return FALSE;
  }
  if (gst_p2p_ice_path_get_fd (&self->direct) >= 0) {
    sent = gst_p2p_ice_path_send (&self->direct, data, len);
  } else {
    sent = nice_agent_send (self->agent, self->stream, COMPONENT, (guint) len,
        (const gchar *) data) == (gint) len;
  }
  if (sent) {
    self->sent += len + self->overhead;
    self->packets_sent++;
  }
  return sent;
}

guint
gst_p2p_ice_get_overhead (GstP2PIce * self)
{
  return self->overhead;
}

void
gst_p2p_ice_batch (GstP2PIce * self, gboolean begin)
{
  if (begin && !self->dead) {
    gst_p2p_ice_path_begin (&self->direct, gst_p2p_poll_get_batch (self->poll));
  } else {
    gst_p2p_ice_path_end (&self->direct);
  }
}

void
gst_p2p_ice_get_stats (GstP2PIce * self, GstP2PLinkStats * stats)
{
  guint64 checks = 0;

  if (self->connected_at) {
    checks = SET_UP_CHECKS + (g_get_monotonic_time () - self->connected_at)
        / CONSENT_INTERVAL_US;
  }
  stats->wire_sent = self->sent + checks * CONSENT_BYTES;
  stats->wire_received = self->received + checks * CONSENT_BYTES;
  stats->packets_sent = self->packets_sent + checks;
  stats->packets_received = self->packets_received + checks;
  stats->last_received = self->last_received;
  stats->path = self->path;
  stats->prefix = self->prefix;
  g_strlcpy (stats->local_address, self->local, sizeof (self->local));
  g_strlcpy (stats->remote_address, self->remote, sizeof (self->remote));
}

/* ---- the end ---- */

static void
finish (GstP2PIce * self)
{
  if (self->stream) {
    forget_sockets (self);
    nice_agent_attach_recv (self->agent, self->stream, COMPONENT,
        self->io_context, NULL, NULL);
    nice_agent_remove_stream (self->agent, self->stream);
  }
  destroy (self);
}

static void
on_closed (GObject * agent, GAsyncResult * result, gpointer data)
{
  finish (data);
}

/* A relay is told that it is not needed any more; its answer comes through our
 * sockets, so they are read until then. Without that libnice aborts. */
static gboolean
tear_down (gpointer data)
{
  GstP2PIce *self = g_steal_pointer ((GstP2PIce **) data);

  if (self->relay_seen) {
    g_main_context_push_thread_default (self->context);
    nice_agent_close_async (self->agent, on_closed, self);
    g_main_context_pop_thread_default (self->context);
  } else {
    finish (self);
  }
  return G_SOURCE_REMOVE;
}

/* The context went before it was run. */
static void
drop_tear_down (gpointer data)
{
  GstP2PIce **self = data;

  if (*self) {
    destroy (*self);
  }
  g_free (self);
}

void
gst_p2p_ice_free (GstP2PIce * self)
{
  GstP2PIce **owned;
  GSource *source;

  if (self->dead) {
    return;
  }
  self->dead = TRUE;
  self->callbacks = NULL;
  gst_p2p_clear_source (&self->gather_tick);
  if (self->idle) {
    g_source_destroy (self->idle);
  }
  g_signal_handlers_disconnect_by_data (self->agent, self);
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  owned = g_new (GstP2PIce *, 1);
  *owned = self;
  g_source_set_callback (source, tear_down, owned, drop_tear_down);
  g_source_attach (source, self->context);
  g_source_unref (source);
}
