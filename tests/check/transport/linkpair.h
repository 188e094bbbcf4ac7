/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* linkpair.h: two real links on loopback in one GMainContext, and what they
 * said. Descriptions and candidates are carried by hand.
 */
#ifndef LINK_PAIR_H
#define LINK_PAIR_H

#include <gst/check/gstcheck.h>

#include "../../../ext/transport/gstp2pnicetransport.h"

typedef struct _LinkPair LinkPair;
typedef struct _LinkEnd LinkEnd;

struct _LinkEnd
{
  LinkPair *pair;
  LinkEnd *other;
  GstP2PTransport *transport;
  GstP2PLink *link;
  gchar *sdp;                   /* local description */
  GQueue candidates;            /* trickled before the other side could take them */
  gboolean end_of_candidates;
  GPtrArray *messages;          /* GBytes */
  GArray *streams;              /* guint16, one a message */
  guint64 bytes;
  guint n_messages;
  guint n_writable;
  gboolean keep;                /* keep messages */
  gboolean finished;
  GError *error;
  /* a test's own */
  GstP2PLink *(*make_link) (LinkEnd * end, const gchar * offer);        /* NULL: the transport */
  void (*on_message) (LinkEnd * end, guint16 stream, GBytes * message);
  void (*on_writable) (LinkEnd * end);
  void (*on_state) (LinkEnd * end, GstP2PLinkState state);
  gpointer data;
};

struct _LinkPair
{
  GMainContext *context;
  LinkEnd a, b;                 /* a offers */
  gchar *(*edit_offer) (const gchar * sdp);     /* transfer full */
  gchar *(*edit_answer) (const gchar * sdp);
  gboolean hold_answer;         /* keep it until link_pair_pass_answer () */
  gboolean manual;              /* the test carries the descriptions */
  GstP2PIceConfig config;
  guint max_seconds;
  gint64 stood_still;           /* us that the machine gave us no turn */
};

/* Fresh transports (own certificates). context NULL = default. */
void link_pair_init (LinkPair * pair, GMainContext * context);
/* Starts; a's offer goes to b by itself. */
void link_pair_start (LinkPair * pair);
/* init, start and wait until both are connected. */
void link_pair_connect (LinkPair * pair);
gboolean link_pair_pass_answer (LinkPair * pair, GError ** error);
void link_pair_clear (LinkPair * pair);

/* Runs the context until condition () holds; fails the test after a while. */
#define link_pair_wait(pair, condition) \
  G_STMT_START { \
    gint64 end_ = g_get_monotonic_time () \
        + (pair)->max_seconds * G_USEC_PER_SEC; \
    while (!(condition)) { \
      fail_unless (g_get_monotonic_time () < end_, "timeout: %s", \
          #condition); \
      link_pair_iterate (pair); \
    } \
  } G_STMT_END
/* One turn of the context, at most 10 ms. */
void link_pair_iterate (LinkPair * pair);
/* Real time goes by. */
void link_pair_run_ms (LinkPair * pair, guint ms);

gboolean link_end_is (LinkEnd * end, GstP2PLinkState state);
GstP2PSendResult link_end_send (LinkEnd * end, guint16 stream, gsize len, guint8 seed);
/* Whether message has what link_end_send () makes. */
gboolean link_check_message (GBytes * message, gsize len, guint8 seed);
/* Open file descriptors of this process. */
guint count_fds (void);
/* Resident memory in KiB. */
guint64 resident_kib (void);

#endif
