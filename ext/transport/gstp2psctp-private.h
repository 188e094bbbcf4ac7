/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psctp-private.h: shared by gstp2psctpowner.c (what is process-global) and
 * gstp2psctp.c (one association). Nobody else includes it.
 */
#ifndef GST_P2P_SCTP_PRIVATE_H
#define GST_P2P_SCTP_PRIVATE_H

#include <gst/gst.h>
#include <usrsctp.h>

#include "gstp2psctp.h"
#include "p2pscrepair.h"
#include "p2pscwatch.h"

G_BEGIN_DECLS

#define SCTP_COMMON_HEADER 12

/* What drives the associations of one context. */
typedef struct
{
  gint refs;                    /* one an association, under owner.lock */
  GMainContext *context;
  GThread *thread;              /* where its associations live */
  GSource *source;
  GQueue associations;          /* only on thread */
  GQueue pending;               /* flagged by an upcall; only on thread */
  guint inside;                 /* calls that will drain pending themselves */
  guint8 *scratch;              /* receive buffer, taken while in use */
  gsize scratch_size;
} GstP2PSctpTicker;

struct _GstP2PSctp
{
  gint refs;
  guintptr id;
  GstP2PSctpTicker *ticker;
  struct socket *socket;        /* NULL: closed */
  const GstP2PSctpCallbacks *callbacks;
  gpointer user_data;
  gsize max_message;
  guint data_mtu;
  guint16 remote_port;
  gboolean dead;                /* freed; no callback any more */
  gboolean connected, closed;
  gboolean paused;
  gboolean thrifty;             /* repeats nothing into silence */
  gboolean hushed;              /* and it is silent */
  gint64 heard;                 /* when a packet came last */
  gboolean pending;             /* in ticker->pending */
  P2pScWatch watch;
  P2pScRepair repair;
  P2pScGateEnd *gate_end;       /* borrowed, NULL = no cap */
  guint64 handed;               /* message bytes usrsctp took */
  guint64 acked_seen;
  GByteArray *parts;            /* of a message that comes in pieces */
  GList link;                   /* in ticker->associations */
};

GST_DEBUG_CATEGORY_EXTERN (gst_p2p_sctp_debug);

/* ---- owner ---- */
void gst_p2p_sctp_init_once (void);
GstP2PSctp *gst_p2p_sctp_ref (GstP2PSctp * self);
void gst_p2p_sctp_unref (GstP2PSctp * self);
/* transfer full; of the calling thread */
GstP2PSctpTicker *gst_p2p_sctp_ticker_get (GMainContext * context);
void gst_p2p_sctp_ticker_unref (GstP2PSctpTicker * ticker);
/* Gives the id under which usrsctp knows it. */
void gst_p2p_sctp_register (GstP2PSctp * self);
void gst_p2p_sctp_deregister (GstP2PSctp * self);
void gst_p2p_sctp_on_upcall (struct socket *socket, void *data, int flags);
/* It has something to receive. */
void gst_p2p_sctp_flag (GstP2PSctp * self);
/* Dispatches the flagged. */
void gst_p2p_sctp_drain (GstP2PSctpTicker * ticker);
/* Tells usrsctp what time it is, which runs its timers. */
void gst_p2p_sctp_catch_up (void);
/* After it sent or received: sets the next tick. */
void gst_p2p_sctp_rearm (GstP2PSctp * self);

/* of p2pscrepair.h and p2pscgate.h */
bool gst_p2p_sctp_resend (guint8 * packet, gsize len, gpointer self);
void gst_p2p_sctp_go (guint8 * packet, gsize len, gpointer self);
/* What goes out all the same while a thrifty one hears nothing, bytes: heartbeats
 * and small control. */
#define GST_P2P_SCTP_HUSHED 256
/* It has waited for a sign of life for as long as for an acknowledgement. */
void gst_p2p_sctp_hush (GstP2PSctp * self);

/* ---- association ---- */
void gst_p2p_sctp_dispatch (GstP2PSctp * self);

G_END_DECLS
#endif
