/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2precord.c: records of the channel directory: checked, signed, written.
 * Declared in gstp2psignal.h. Pure functions, any thread.
 *
 * What is signed (docs/protocol/signalling.md):
 *   "P2PDIRCT" 8 | nonce 16 | swarm id 33 | expires 32 bit |
 *   name, title, description, genre, homepage, caps, ice_servers:
 *   each length 16 bit, then its bytes; length 0 = absent
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psignal.h"
#include "../../gst/p2p/core/tracker/p2pdirectory.h"
#include "../../gst/p2p/session/gstp2perror.h"

#define TAG "P2PDIRCT"
#define TAG_LEN 8
#define SWARM_ID_TEXT_LEN 44

/* The strings of a channel, in the order of the signed bytes. */
static const struct
{
  const gchar *name;
  gsize offset;
  gsize max_len;
} fields[] = {
  {"name", G_STRUCT_OFFSET (GstP2PChannel, name), P2P_MAX_CHANNEL_NAME},
  {"title", G_STRUCT_OFFSET (GstP2PChannel, title), GST_P2P_SIGNAL_MAX_TITLE},
  {"description", G_STRUCT_OFFSET (GstP2PChannel, description),
      GST_P2P_SIGNAL_MAX_DESCRIPTION},
  {"genre", G_STRUCT_OFFSET (GstP2PChannel, genre), GST_P2P_SIGNAL_MAX_GENRE},
  {"homepage", G_STRUCT_OFFSET (GstP2PChannel, homepage),
      GST_P2P_SIGNAL_MAX_HOMEPAGE},
  {"caps", G_STRUCT_OFFSET (GstP2PChannel, caps), GST_P2P_SIGNAL_MAX_CAPS},
  {"ice_servers", G_STRUCT_OFFSET (GstP2PChannel, ice_servers),
      GST_P2P_SIGNAL_MAX_ICE_SERVERS},
};

static gchar **
field (const GstP2PChannel * channel, guint i)
{
  return G_STRUCT_MEMBER_P (channel, fields[i].offset);
}

GstP2PRecord *
gst_p2p_record_new (const GstP2PChannel * channel)
{
  GstP2PRecord *record = g_new0 (GstP2PRecord, 1);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (fields); i++)
    *field (&record->channel, i) = g_strdup (*field (channel, i));
  record->channel.swarm_id = channel->swarm_id;
  record->expires = GST_P2P_SIGNAL_LEASE;
  return record;
}

void
gst_p2p_record_free (GstP2PRecord * record)
{
  if (record == NULL)
    return;
  gst_p2p_channel_clear (&record->channel);
  g_free (record);
}

static gboolean
is_json_array (const gchar * text)
{
  g_autofree gchar *clean = gst_p2p_signal_clean_array (text,
      GST_P2P_SIGNAL_MAX_ICE_SERVERS);

  return clean != NULL;
}

gboolean
gst_p2p_record_check (const GstP2PRecord * record, GError ** error)
{
  const GstP2PChannel *channel = &record->channel;
  guint i;

  if (channel->name == NULL
      || !p2p_channel_name_is_valid (channel->name, strlen (channel->name))) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "a channel name is 1 to %d of the characters a-z 0-9 . _ -",
        P2P_MAX_CHANNEL_NAME);
    return FALSE;
  }
  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    const gchar *text = *field (channel, i);

    if (text == NULL)
      continue;
    if (strlen (text) > fields[i].max_len || !g_utf8_validate (text, -1, NULL)) {
      g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
          "the channel's %s is not UTF-8 of at most %" G_GSIZE_FORMAT
          " bytes", fields[i].name, fields[i].max_len);
      return FALSE;
    }
  }
  if (channel->ice_servers != NULL && channel->ice_servers[0] != '\0'
      && !is_json_array (channel->ice_servers)) {
    g_set_error_literal (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "the channel's ice_servers is not a JSON array");
    return FALSE;
  }
  return TRUE;
}

static void
put_be (GByteArray * bytes, guint32 value, guint len)
{
  guint8 be[4] = { value >> 24, value >> 16, value >> 8, value };

  g_byte_array_append (bytes, be + 4 - len, len);
}

GByteArray *
gst_p2p_record_to_bytes (const GstP2PRecord * record)
{
  GByteArray *bytes = g_byte_array_new ();
  guint i;

  g_byte_array_append (bytes, (const guint8 *) TAG, TAG_LEN);
  g_byte_array_append (bytes, record->nonce, sizeof (record->nonce));
  g_byte_array_append (bytes, record->channel.swarm_id.b, P2P_SWARM_ID_LEN);
  put_be (bytes, record->expires, 4);
  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    const gchar *text = *field (&record->channel, i);
    gsize len = text ? strlen (text) : 0;

    put_be (bytes, len, 2);
    g_byte_array_append (bytes, (const guint8 *) text, len);
  }
  return bytes;
}

gboolean
gst_p2p_record_verify (const GstP2PRecord * record)
{
  g_autoptr (GByteArray) bytes = gst_p2p_record_to_bytes (record);

  return gst_p2p_verify (&record->channel.swarm_id, bytes->data, TAG_LEN,
      bytes->data + TAG_LEN, bytes->len - TAG_LEN, record->signature);
}

static void
put_record (GString * json, const GstP2PRecord * record,
    gint64 listeners, gboolean live)
{
  gchar id[SWARM_ID_TEXT_LEN + 1];
  guint i;

  gst_p2p_swarm_id_to_string (&record->channel.swarm_id, id);
  gst_p2p_signal_member_raw (json, "channel", "{");
  gst_p2p_signal_member_string (json, "swarm_id", id);
  gst_p2p_signal_member_number (json, "expires", record->expires);
  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    const gchar *text = *field (&record->channel, i);

    if (text != NULL && text[0] != '\0')
      gst_p2p_signal_member_string (json, fields[i].name, text);
  }
  if (listeners >= 0) {
    gst_p2p_signal_member_number (json, "listeners", listeners);
    gst_p2p_signal_member_raw (json, "live", live ? "true" : "false");
  }
  g_string_append_c (json, '}');
  gst_p2p_signal_member_bytes (json, "nonce", record->nonce,
      sizeof (record->nonce));
  gst_p2p_signal_member_bytes (json, "signature", record->signature,
      sizeof (record->signature));
}

void
gst_p2p_record_put (GString * json, const GstP2PRecord * record)
{
  put_record (json, record, -1, FALSE);
}

void
gst_p2p_record_put_counted (GString * json, const GstP2PRecord * record,
    guint listeners, gboolean live)
{
  put_record (json, record, listeners, live);
}

static gboolean
get_fields (GstP2PJson * object, GstP2PRecord * record, GError ** error)
{
  gdouble number;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    const gchar *text;

    if (!gst_p2p_signal_has (object, fields[i].name))
      continue;
    text = gst_p2p_signal_get_string (object, fields[i].name,
        fields[i].max_len);
    if (text == NULL) {
      g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
          "the channel's %s is not a string of at most %" G_GSIZE_FORMAT
          " bytes", fields[i].name, fields[i].max_len);
      return FALSE;
    }
    g_free (*field (&record->channel, i));
    *field (&record->channel, i) = g_strdup (text);
  }
  if (gst_p2p_signal_get_number (object, "expires", &number))
    record->expires = (guint32) CLAMP (number, 0, G_MAXUINT32);
  if (gst_p2p_signal_get_number (object, "listeners", &number))
    record->channel.listeners = (guint) CLAMP (number, 0, G_MAXINT);
  return gst_p2p_record_check (record, error);
}

GstP2PRecord *
gst_p2p_record_get (GstP2PJson * message, GError ** error)
{
  GstP2PJson *object = gst_p2p_signal_get_object (message, "channel");
  g_autoptr (GstP2PRecord) record = g_new0 (GstP2PRecord, 1);
  const gchar *id = NULL;

  if (object != NULL)
    id = gst_p2p_signal_get_string (object, "swarm_id", SWARM_ID_TEXT_LEN);
  if (id == NULL
      || !gst_p2p_swarm_id_from_string (id, &record->channel.swarm_id)) {
    g_set_error_literal (error, GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "the channel record has no swarm_id");
    return NULL;
  }
  if (!get_fields (object, record, error))
    return NULL;
  if (!gst_p2p_signal_get_bytes (message, "nonce", record->nonce,
          sizeof (record->nonce))
      || !gst_p2p_signal_get_bytes (message, "signature", record->signature,
          sizeof (record->signature))) {
    g_set_error_literal (error, GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
        "the channel record is not signed");
    return NULL;
  }
  return g_steal_pointer (&record);
}
