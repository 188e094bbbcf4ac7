/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psdp.h: session descriptions of one data channel connection, text <->
 * struct (docs/protocol/transport.md). Pure; any thread.
 */
#ifndef GST_P2P_SDP_H
#define GST_P2P_SDP_H

#include <gio/gio.h>
#include "../../gst/p2p/core/base/p2ptypes.h"

G_BEGIN_DECLS

typedef enum
{
  GST_P2P_SETUP_ACTPASS,        /* offers only: the answerer chooses */
  GST_P2P_SETUP_ACTIVE,         /* DTLS client */
  GST_P2P_SETUP_PASSIVE         /* DTLS server */
} GstP2PSetup;

/* Candidates that are looked at; more are dropped. */
#define GST_P2P_SDP_MAX_CANDIDATES 32

typedef struct
{
  gchar *mid;                   /* 1 to 64 token characters; the answer repeats the offer's */
  gchar *ufrag, *pwd;           /* RFC 8839: 4-256 and 22-256 characters */
  P2pPeerId peer_id;            /* a=fingerprint, SHA-256 */
  GstP2PSetup setup;
  guint16 sctp_port;
  guint32 max_message_size;     /* 0 = no limit */
  gchar *attribute;             /* a=x-p2p, may be NULL */
  GPtrArray *candidates;        /* "candidate:..." */
  gboolean complete;            /* a=end-of-candidates */
} GstP2PSdp;

GstP2PSdp *gst_p2p_sdp_new (void);
void gst_p2p_sdp_free (GstP2PSdp * sdp);
/* NULL and an error that names what is wrong. is_answer: actpass is refused. */
GstP2PSdp *gst_p2p_sdp_parse (const gchar * text, gboolean is_answer, GError ** error);
/* transfer full */
gchar *gst_p2p_sdp_to_string (const GstP2PSdp * sdp);
/* Whether a candidate line is of use: "candidate:" and UDP, no .local name, no
 * link-local address, and not absurdly long. */
gboolean gst_p2p_sdp_candidate_is_usable (const gchar * candidate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstP2PSdp, gst_p2p_sdp_free)
G_END_DECLS
#endif
