/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psignal.h: the JSON of docs/protocol/signalling.md, both directions.
 *
 * Reading: every byte may be hostile. A message is parsed only if it is short
 * and flat; a member is taken only if it has the right type and size.
 * Writing: text is built by hand into a GString; what was read and checked can
 * always be written. Pure functions, any thread.
 */
#ifndef GST_P2P_SIGNAL_H
#define GST_P2P_SIGNAL_H

#include <gio/gio.h>
#include <json-c/json.h>

#include "../../gst/p2p/core/tracker/p2ptracker.h"
#include "../../gst/p2p/session/gstp2pcrypto.h"
#include "../../gst/p2p/session/gstp2prendezvous.h"

G_BEGIN_DECLS

/* A JSON value of json-c, where null is NULL. json_object_get_type,
 * json_object_equal and json_object_iter_next are not used: json-glib, which may
 * be in the same process, has functions of these names. */
typedef struct json_object GstP2PJson;
static inline void
gst_p2p_json_free (GstP2PJson * json)
{
  json_object_put (json);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstP2PJson, gst_p2p_json_free)

#define GST_P2P_SIGNAL_MAX_MESSAGE (64 * 1024)  /* bytes; property of a server */
#define GST_P2P_SIGNAL_MAX_CANDIDATE 512        /* bytes */
#define GST_P2P_SIGNAL_MAX_REASON 1024  /* bytes of an error text */
#define GST_P2P_SIGNAL_NONCE_LEN 16
/* Bytes of the strings of a directory record. */
#define GST_P2P_SIGNAL_MAX_TITLE 200
#define GST_P2P_SIGNAL_MAX_DESCRIPTION 1000
#define GST_P2P_SIGNAL_MAX_GENRE 100
#define GST_P2P_SIGNAL_MAX_HOMEPAGE 300
#define GST_P2P_SIGNAL_MAX_CAPS 4096
#define GST_P2P_SIGNAL_MAX_ICE_SERVERS 4096
#define GST_P2P_SIGNAL_LEASE (24 * 3600)        /* seconds, most and default */
#define GST_P2P_SIGNAL_MAX_DEPTH 8      /* of a message: objects and arrays in each other */

/* ---- reading ---- */

/* The object of a message, or NULL and why not (a static text, without the
 * content). transfer full */
GstP2PJson *gst_p2p_signal_parse (const gchar * text, gsize len, gsize max_len, const gchar ** reason);
/* All return NULL or FALSE for a member that is missing, of another type or
 * too long. transfer none */
const gchar *gst_p2p_signal_get_string (GstP2PJson * object, const gchar * name, gsize max_len);
const gchar *gst_p2p_signal_node_to_string (GstP2PJson * value, gsize max_len);
/* Is there such a member, of any type? */
gboolean gst_p2p_signal_has (GstP2PJson * object, const gchar * name);
/* NULL = missing or null */
GstP2PJson *gst_p2p_signal_get (GstP2PJson * object, const gchar * name);
gboolean gst_p2p_signal_get_number (GstP2PJson * object, const gchar * name, gdouble * out);
GstP2PJson *gst_p2p_signal_get_object (GstP2PJson * object, const gchar * name);
GstP2PJson *gst_p2p_signal_get_array (GstP2PJson * object, const gchar * name);
/* 20 characters, each code point 0 to 255 */
gboolean gst_p2p_signal_get_id (GstP2PJson * object, const gchar * name, P2pTrackerId * out);
gboolean gst_p2p_signal_node_to_id (GstP2PJson * node, P2pTrackerId * out);
/* The sdp of { name: { "type": type, "sdp": … } }, at most P2P_MAX_SDP bytes. */
const gchar *gst_p2p_signal_get_sdp (GstP2PJson * object, const gchar * name, const gchar * type);
/* The text of member name if it is a JSON array of at most max_len bytes. transfer full */
gchar *gst_p2p_signal_get_array_text (GstP2PJson * object, const gchar * name, gsize max_len);
/* base64url without padding of exactly len bytes */
gboolean gst_p2p_signal_get_bytes (GstP2PJson * object, const gchar * name, guint8 * out, gsize len);
/* 20 printable ASCII characters <-> id */
gboolean gst_p2p_signal_id_from_text (const gchar * text, P2pTrackerId * out);
void gst_p2p_signal_id_to_text (const P2pTrackerId * id, gchar out[21]);        /* others become '?' */

/* A JSON array, or NULL. transfer full */
GstP2PJson *gst_p2p_signal_parse_array (const gchar * text, gsize max_len);
/* A JSON array written anew, NULL if text is none or too long. transfer full */
gchar *gst_p2p_signal_clean_array (const gchar * text, gsize max_len);

/* ---- writing ---- */

/* "text", with quotes; text is valid UTF-8 */
void gst_p2p_signal_put_string (GString * json, const gchar * text);
void gst_p2p_signal_put_id (GString * json, const P2pTrackerId * id);
/* Members: ,"name":value (the comma is left out after a brace). NULL text: nothing. */
void gst_p2p_signal_member_string (GString * json, const gchar * name, const gchar * text);
void gst_p2p_signal_member_id (GString * json, const gchar * name, const P2pTrackerId * id);
void gst_p2p_signal_member_number (GString * json, const gchar * name, guint64 value);
void gst_p2p_signal_member_raw (GString * json, const gchar * name, const gchar * value);
void gst_p2p_signal_member_sdp (GString * json, const gchar * name, const gchar * type, const gchar * sdp);
void gst_p2p_signal_member_bytes (GString * json, const gchar * name, const guint8 * bytes, gsize len);

/* ---- directory records ---- */

typedef struct
{
  GstP2PChannel channel;
  guint32 expires;              /* seconds of lease wished, as signed; the server caps it */
  guint8 nonce[GST_P2P_SIGNAL_NONCE_LEN];
  guint8 signature[P2P_SIGNATURE_LEN];
} GstP2PRecord;
GstP2PRecord *gst_p2p_record_new (const GstP2PChannel * channel);       /* a copy */
void gst_p2p_record_free (GstP2PRecord * record);
/* Are name and strings within the limits, valid UTF-8, ice_servers an array? */
gboolean gst_p2p_record_check (const GstP2PRecord * record, GError ** error);
/* What is signed: P2PDIRCT, nonce, record. */
GByteArray *gst_p2p_record_to_bytes (const GstP2PRecord * record);
gboolean gst_p2p_record_verify (const GstP2PRecord * record);
/* ,"channel":{…},"nonce":…,"signature":… */
void gst_p2p_record_put (GString * json, const GstP2PRecord * record);
/* listeners and live are the server's word and not signed */
void gst_p2p_record_put_counted (GString * json, const GstP2PRecord * record, guint listeners, gboolean live);
/* From a message; signature and nonce as found, not checked. transfer full */
GstP2PRecord *gst_p2p_record_get (GstP2PJson * message, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstP2PRecord, gst_p2p_record_free)
G_END_DECLS
#endif
