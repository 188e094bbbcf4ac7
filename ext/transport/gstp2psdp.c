/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psdp.c: see gstp2psdp.h. GStreamer's SDP library does the grammar; what
 * a description must hold is checked here.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/sdp/sdp.h>
#include <string.h>

#include "gstp2psdp.h"
#include "gstp2pcertificate.h"
#include "../../gst/p2p/session/gstp2perror.h"
#include "../../gst/p2p/session/gstp2ptransport.h"

#define PROTOCOL "UDP/DTLS/SCTP"
#define FORMAT "webrtc-datachannel"
/* Foundation, component, transport, priority, address, port and extensions of
 * a candidate; browsers write about 150 characters. */
#define MAX_CANDIDATE_LEN 512
#define MAX_MID_LEN 64
/* RFC 8841 section 6.1: what it is when the line is missing. */
#define DEFAULT_MAX_MESSAGE_SIZE 65536

GstP2PSdp *
gst_p2p_sdp_new (void)
{
  GstP2PSdp *sdp = g_new0 (GstP2PSdp, 1);

  sdp->candidates = g_ptr_array_new_with_free_func (g_free);
  return sdp;
}

void
gst_p2p_sdp_free (GstP2PSdp * sdp)
{
  g_free (sdp->mid);
  g_free (sdp->ufrag);
  g_free (sdp->pwd);
  g_free (sdp->attribute);
  g_ptr_array_unref (sdp->candidates);
  g_free (sdp);
}

gboolean
gst_p2p_sdp_candidate_is_usable (const gchar * candidate)
{
  g_auto (GStrv) words = NULL;

  if (strnlen (candidate, MAX_CANDIDATE_LEN + 1) > MAX_CANDIDATE_LEN
      || !g_str_has_prefix (candidate, "candidate:")) {
    return FALSE;
  }
  words = g_strsplit (candidate, " ", 9);
  if (g_strv_length (words) < 8 || g_ascii_strcasecmp (words[2], "udp") != 0
      || strcmp (words[1], "1") != 0 || strcmp (words[6], "typ") != 0) {
    return FALSE;
  }
  return !g_str_has_suffix (words[4], ".local")
      && g_ascii_strncasecmp (words[4], "fe80:", 5) != 0;
}

/* ---- text to struct ---- */

/* A media attribute, or the session's when the media has none. */
static const gchar *
find_attribute (const GstSDPMessage * message, const GstSDPMedia * media,
    const gchar * key)
{
  const gchar *value = gst_sdp_media_get_attribute_val (media, key);

  return value ? value : gst_sdp_message_get_attribute_val (message, key);
}

static const gchar *
check_media (const GstSDPMessage * message, const GstSDPMedia ** media)
{
  const GstSDPMedia *m;

  if (gst_sdp_message_medias_len (message) != 1) {
    return "there is not exactly one m= line";
  }
  m = gst_sdp_message_get_media (message, 0);
  if (g_strcmp0 (gst_sdp_media_get_media (m), "application") != 0
      || g_strcmp0 (gst_sdp_media_get_proto (m), PROTOCOL) != 0
      || gst_sdp_media_formats_len (m) != 1
      || g_strcmp0 (gst_sdp_media_get_format (m, 0), FORMAT) != 0) {
    return "the m= line is not application " PROTOCOL " " FORMAT;
  }
  if (gst_sdp_media_get_port (m) == 0) {
    return "the m= line is refused by port 0";
  }
  *media = m;
  return NULL;
}

/* ice-char of RFC 8839: letters, digits, + and /. */
static gboolean
is_ice_text (const gchar * text, gsize min, gsize max)
{
  gsize i;

  for (i = 0; text[i] != '\0' && i <= max; i++) {
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/') {
      return FALSE;
    }
  }
  return i >= min && i <= max;
}

static const gchar *
take_ice (GstP2PSdp * sdp, const GstSDPMessage * message,
    const GstSDPMedia * media)
{
  const gchar *ufrag = find_attribute (message, media, "ice-ufrag");
  const gchar *pwd = find_attribute (message, media, "ice-pwd");

  if (ufrag == NULL || !is_ice_text (ufrag, 4, 256)
      || pwd == NULL || !is_ice_text (pwd, 22, 256)) {
    return "a=ice-ufrag or a=ice-pwd is missing or wrong";
  }
  sdp->ufrag = g_strdup (ufrag);
  sdp->pwd = g_strdup (pwd);
  return NULL;
}

static const gchar *
take_setup (GstP2PSdp * sdp, const GstSDPMessage * message,
    const GstSDPMedia * media, gboolean is_answer)
{
  const gchar *value = find_attribute (message, media, "setup");

  if (g_strcmp0 (value, "active") == 0) {
    sdp->setup = GST_P2P_SETUP_ACTIVE;
  } else if (g_strcmp0 (value, "passive") == 0) {
    sdp->setup = GST_P2P_SETUP_PASSIVE;
  } else if (g_strcmp0 (value, "actpass") == 0 && !is_answer) {
    sdp->setup = GST_P2P_SETUP_ACTPASS;
  } else {
    return is_answer ? "a=setup of an answer must be active or passive"
        : "a=setup must be actpass, active or passive";
  }
  return NULL;
}

static gboolean
parse_number (const gchar * text, guint64 min, guint64 max, guint64 * out)
{
  return g_ascii_string_to_unsigned (text, 10, min, max, out, NULL);
}

static const gchar *
take_sctp (GstP2PSdp * sdp, const GstSDPMessage * message,
    const GstSDPMedia * media)
{
  const gchar *port = find_attribute (message, media, "sctp-port");
  const gchar *size = find_attribute (message, media, "max-message-size");
  guint64 n = 0;

  if (port == NULL || !parse_number (port, 1, G_MAXUINT16, &n)) {
    return "a=sctp-port is missing or wrong";
  }
  sdp->sctp_port = (guint16) n;
  sdp->max_message_size = DEFAULT_MAX_MESSAGE_SIZE;
  if (size != NULL) {
    if (!parse_number (size, 0, G_MAXUINT64, &n)) {
      return "a=max-message-size is wrong";
    }
    sdp->max_message_size = (guint32) MIN (n, G_MAXUINT32);
  }
  if (sdp->max_message_size != 0 && sdp->max_message_size < P2P_MAX_MESSAGE) {
    return "a=max-message-size is below what the swarm protocol needs";
  }
  return NULL;
}

static const gchar *
take_mid (GstP2PSdp * sdp, const GstSDPMedia * media)
{
  const gchar *mid = gst_sdp_media_get_attribute_val (media, "mid");
  gsize i;

  if (mid == NULL) {
    mid = "0";
  }
  for (i = 0; mid[i] != '\0'; i++) {
    if (i >= MAX_MID_LEN || !(g_ascii_isalnum (mid[i])
            || strchr ("!#$%&'*+-.^_`{|}~", mid[i]))) {
      return "a=mid is wrong";
    }
  }
  if (i == 0) {
    return "a=mid is empty";
  }
  sdp->mid = g_strdup (mid);
  return NULL;
}

static void
take_candidates (GstP2PSdp * sdp, const GstSDPMedia * media)
{
  guint i;

  for (i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *a = gst_sdp_media_get_attribute (media, i);

    if (g_strcmp0 (a->key, "end-of-candidates") == 0) {
      sdp->complete = TRUE;
    } else if (g_strcmp0 (a->key, "candidate") == 0 && a->value
        && sdp->candidates->len < GST_P2P_SDP_MAX_CANDIDATES) {
      g_autofree gchar *text = g_strconcat ("candidate:", a->value, NULL);

      if (gst_p2p_sdp_candidate_is_usable (text)) {
        g_ptr_array_add (sdp->candidates, g_steal_pointer (&text));
      }
    }
  }
}

static const gchar *
take_all (GstP2PSdp * sdp, const GstSDPMessage * message, gboolean is_answer)
{
  const GstSDPMedia *media = NULL;
  const gchar *wrong;

  if ((wrong = check_media (message, &media)) != NULL
      || (wrong = take_ice (sdp, message, media)) != NULL
      || (wrong = take_setup (sdp, message, media, is_answer)) != NULL
      || (wrong = take_sctp (sdp, message, media)) != NULL
      || (wrong = take_mid (sdp, media)) != NULL) {
    return wrong;
  }
  take_candidates (sdp, media);
  return NULL;
}

GstP2PSdp *
gst_p2p_sdp_parse (const gchar * text, gboolean is_answer, GError ** error)
{
  g_autoptr (GstP2PSdp) sdp = gst_p2p_sdp_new ();
  GstSDPMessage *message = NULL;
  const gchar *wrong = NULL;

  /* Size, grammar, fingerprint and attribute. */
  if (!gst_p2p_sdp_peek (text, &sdp->peer_id, &sdp->attribute)) {
    wrong = "it is too long, not SDP, or lacks one a=fingerprint with sha-256";
  } else {
    gst_sdp_message_new (&message);
    gst_sdp_message_parse_buffer ((const guint8 *) text,
        (guint) strlen (text), message);
    wrong = take_all (sdp, message, is_answer);
    gst_sdp_message_free (message);
  }
  if (wrong) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_FAILED,
        "session description of the peer refused: %s", wrong);
    return NULL;
  }
  return g_steal_pointer (&sdp);
}

/* ---- struct to text ---- */

static void
add_session (GstSDPMessage * message, const GstP2PSdp * sdp)
{
  g_autofree gchar *group = g_strconcat ("BUNDLE ", sdp->mid, NULL);
  g_autofree gchar *id = g_strdup_printf ("%" G_GUINT64_FORMAT,
      ((guint64) g_random_int () << 31 | g_random_int () >> 1)
      & G_MAXINT64);

  gst_sdp_message_set_version (message, "0");
  gst_sdp_message_set_origin (message, "-", id, "1", "IN", "IP4", "127.0.0.1");
  gst_sdp_message_set_session_name (message, "-");
  gst_sdp_message_add_time (message, "0", "0", NULL);
  gst_sdp_message_add_attribute (message, "group", group);
  if (sdp->attribute) {
    gst_sdp_message_add_attribute (message, "x-p2p", sdp->attribute);
  }
}

static void
add_number (GstSDPMedia * media, const gchar * key, guint32 value)
{
  gchar text[16];

  g_snprintf (text, sizeof (text), "%u", value);
  gst_sdp_media_add_attribute (media, key, text);
}

static void
add_media (GstSDPMedia * media, const GstP2PSdp * sdp)
{
  static const gchar *const setups[] = { "actpass", "active", "passive" };
  g_autofree gchar *hex = gst_p2p_peer_id_to_fingerprint (&sdp->peer_id);
  g_autofree gchar *fingerprint = g_strconcat ("sha-256 ", hex, NULL);
  guint i;

  gst_sdp_media_set_media (media, "application");
  gst_sdp_media_set_port_info (media, 9, 1);
  gst_sdp_media_set_proto (media, PROTOCOL);
  gst_sdp_media_add_format (media, FORMAT);
  gst_sdp_media_add_connection (media, "IN", "IP4", "0.0.0.0", 0, 0);
  gst_sdp_media_add_attribute (media, "mid", sdp->mid);
  gst_sdp_media_add_attribute (media, "ice-ufrag", sdp->ufrag);
  gst_sdp_media_add_attribute (media, "ice-pwd", sdp->pwd);
  gst_sdp_media_add_attribute (media, "ice-options", "trickle");
  gst_sdp_media_add_attribute (media, "fingerprint", fingerprint);
  gst_sdp_media_add_attribute (media, "setup", setups[sdp->setup]);
  add_number (media, "sctp-port", sdp->sctp_port);
  add_number (media, "max-message-size", sdp->max_message_size);
  for (i = 0; i < sdp->candidates->len; i++) {
    const gchar *line = g_ptr_array_index (sdp->candidates, i);

    gst_sdp_media_add_attribute (media, "candidate",
        line + strlen ("candidate:"));
  }
  if (sdp->complete) {
    gst_sdp_media_add_attribute (media, "end-of-candidates", NULL);
  }
}

gchar *
gst_p2p_sdp_to_string (const GstP2PSdp * sdp)
{
  GstSDPMessage *message = NULL;
  GstSDPMedia *media = NULL;
  gchar *text;

  gst_sdp_message_new (&message);
  gst_sdp_media_new (&media);
  add_session (message, sdp);
  add_media (media, sdp);
  gst_sdp_message_add_media (message, media);   /* takes the content */
  text = gst_sdp_message_as_text (message);
  gst_sdp_media_free (media);
  gst_sdp_message_free (message);
  return text;
}
