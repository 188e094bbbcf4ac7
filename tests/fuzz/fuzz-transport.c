/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* fuzz-transport.c: session descriptions and candidates as a rendezvous passes
 * them on, the servers that it names, and the messages that open data channels.
 * TARGET_* picks one.
 */
#include <gst/gst.h>
#include <nice/agent.h>
#include <string.h>

#include "../../ext/rendezvous/gstp2picejson.h"
#include "../../ext/transport/gstp2psdp.h"
#include "../../ext/transport/gstp2pturn.h"
#include "../../gst/p2p/core/wire/p2pdcep.h"
#include "../../gst/p2p/session/gstp2pthread.h"
#include "../../gst/p2p/session/gstp2ptransport.h"

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

#ifdef TARGET_SDP
/* What was taken must stand when it is written and read again. */
static void
check_round_trip (const GstP2PSdp * sdp)
{
  gchar *text = gst_p2p_sdp_to_string (sdp);
  GstP2PSdp *again = gst_p2p_sdp_parse (text, FALSE, NULL);

  if (again == NULL || strcmp (again->ufrag, sdp->ufrag) != 0
      || strcmp (again->pwd, sdp->pwd) != 0
      || strcmp (again->mid, sdp->mid) != 0
      || memcmp (&again->peer_id, &sdp->peer_id, sizeof (P2pPeerId)) != 0
      || again->candidates->len != sdp->candidates->len) {
    g_error ("not the same after a round trip:\n%s", text);
  }
  gst_p2p_sdp_free (again);
  g_free (text);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  gchar *attribute = NULL;
  P2pPeerId id;
  gint answer;

  if (gst_p2p_sdp_peek (text, &id, &attribute)) {
    g_free (attribute);
  }
  for (answer = 0; answer < 2; answer++) {
    GstP2PSdp *sdp = gst_p2p_sdp_parse (text, answer, NULL);

    if (sdp) {
      if (strlen (text) < P2P_MAX_SDP / 2) {
        check_round_trip (sdp);
      }
      gst_p2p_sdp_free (sdp);
    }
  }
  g_free (text);
  return 0;
}
#endif

#ifdef TARGET_CANDIDATE
int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static NiceAgent *agent;
  static guint stream;
  gchar *text = g_strndup ((const gchar *) data, size);

  if (agent == NULL) {
    agent = nice_agent_new_full (NULL, NICE_COMPATIBILITY_RFC5245,
        NICE_AGENT_OPTION_ICE_TRICKLE);
    stream = nice_agent_add_stream (agent, 1);
  }
  if (gst_p2p_sdp_candidate_is_usable (text)) {
    gchar *line = g_strconcat ("a=", text, NULL);
    NiceCandidate *candidate =
        nice_agent_parse_remote_candidate_sdp (agent, stream, line);

    if (candidate) {
      nice_candidate_free (candidate);
    }
    g_free (line);
  }
  g_free (text);
  return 0;
}
#endif

#ifdef TARGET_ICE_SERVERS
static void
nothing (gpointer data)
{
}

/* Into an agent, and out of it again. */
static void
use_servers (const GstP2PIceConfig * config)
{
  static NiceAgent *agent;
  static guint stream;
  static GstP2PThread *thread;
  GPtrArray *tunnels = gst_p2p_turn_tunnels_new ();
  guint i;

  if (agent == NULL) {
    agent = nice_agent_new_full (NULL, NICE_COMPATIBILITY_RFC5245,
        NICE_AGENT_OPTION_ICE_TRICKLE);
    stream = nice_agent_add_stream (agent, 1);
    thread = gst_p2p_thread_acquire (GST_P2P_THREAD_TURNS);
  }
  for (i = 0; config->turn_servers && config->turn_servers[i]; i++) {
    gst_p2p_turn_add (agent, stream, 1, config->turn_servers[i], tunnels);
  }
  if (i > GST_P2P_MAX_ICE_SERVERS || tunnels->len > i) {
    g_error ("%u relays, %u tunnels", i, tunnels->len);
  }
  nice_agent_forget_relays (agent, stream, 1);
  g_ptr_array_unref (tunnels);
  /* they end there */
  gst_p2p_thread_call (thread, nothing, NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  GstP2PIceConfig config = { 0, };

  gst_init (NULL, NULL);
  gst_p2p_ice_from_json (text, &config);
  use_servers (&config);
  g_free (gst_p2p_ice_to_json (&config));
  gst_p2p_ice_config_clear (&config);
  g_free (text);
  return 0;
}
#endif

#ifdef TARGET_DCEP
int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  uint8_t block[256 * 1024];
  P2pWriter w;
  P2pDcep m;

  if (p2p_dcep_get (data, size, &m) != P2P_OK || m.type != P2P_DCEP_OPEN) {
    return 0;
  }
  p2p_writer_init (&w, block, sizeof (block));
  p2p_dcep_put_open (&w, &m);
  if (!p2p_writer_ok (&w) || w.len != size || memcmp (block, data, size) != 0) {
    g_error ("an OPEN is not written as it was read");
  }
  return 0;
}
#endif
