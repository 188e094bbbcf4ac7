/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pjson.h: a strict reader of JSON (RFC 8259) for hostile messages.
 *
 * One pass, no recursion, no allocation once its table of values has grown: a
 * message becomes an array of values in the order of the text, in which each
 * value knows how many follow that are inside it. Strings are decoded in place,
 * in the caller's text. docs/decisions has the figures against json-glib.
 * A parser belongs to one thread; what it returned ends with the next parse.
 */
#ifndef GST_P2P_JSON_H
#define GST_P2P_JSON_H

#include <glib.h>

G_BEGIN_DECLS

#define GST_P2P_JSON_MAX_DEPTH 8        /* of brackets; our messages need 4 */
#define GST_P2P_JSON_MAX_VALUES 4096    /* 24 bytes each; names count, too */

typedef enum
{
  GST_P2P_JSON_NULL,
  GST_P2P_JSON_FALSE,
  GST_P2P_JSON_TRUE,
  GST_P2P_JSON_NUMBER,          /* text is as it was written */
  GST_P2P_JSON_STRING,          /* text is decoded UTF-8 with a 0 behind; may contain 0 */
  GST_P2P_JSON_ARRAY,
  GST_P2P_JSON_OBJECT
} GstP2PJsonType;

typedef struct
{
  const gchar *text;            /* NUMBER and STRING */
  guint32 len;                  /* of text */
  guint16 inside;               /* values that follow and belong to this one */
  guint8 type;                  /* GstP2PJsonType */
} GstP2PJson;

typedef struct _GstP2PJsonParser GstP2PJsonParser;
GstP2PJsonParser *gst_p2p_json_parser_new (void);
void gst_p2p_json_parser_free (GstP2PJsonParser * parser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstP2PJsonParser, gst_p2p_json_parser_free)

/* The one value of the text, or NULL and why not (a static text). text is
 * written to and has to live as long as the result; no 0 need be behind it. */
const GstP2PJson *gst_p2p_json_parse (GstP2PJsonParser * parser, gchar * text, gsize len, const gchar ** reason);

/* The value of a member, NULL if there is none or this is no object. */
const GstP2PJson *gst_p2p_json_member (const GstP2PJson * object, const gchar * name);
/* Elements: 0 for what is no array. */
guint gst_p2p_json_length (const GstP2PJson * array);
const GstP2PJson *gst_p2p_json_first (const GstP2PJson * array);
/* The element behind this one; there has to be one. */
const GstP2PJson *gst_p2p_json_next (const GstP2PJson * element);

G_END_DECLS
#endif
