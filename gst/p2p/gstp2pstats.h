/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pstats.h: the "application/x-p2p-stats" structure of the elements.
 *
 * The same fields at any time, with or without a session: docs/elements has
 * the table with units. Rates are averages over at least a second.
 */
#ifndef GST_P2P_STATS_H
#define GST_P2P_STATS_H

#include <gst/gst.h>
#include "session/gstp2psession.h"

G_BEGIN_DECLS

#define GST_P2P_STATS_NAME "application/x-p2p-stats"

/* Since the last look; guarded by the element's object lock. */
typedef struct
{
  gint64 since;                 /* monotonic, us: the last look, or joining */
  guint64 sent, control_sent, received, control_received;
  guint64 send_bps, send_control_bps, receive_bps, receive_control_bps;
} GstP2PRates;

/* stats NULL: none, everything is 0. neighbours may be NULL. taken_at:
 * monotonic, us; 0 = never. transfer full */
GstStructure *gst_p2p_stats_new (const P2pSwarmStats * stats, const P2pNeighbourStats * neighbours, guint n_neighbours, GstP2PRates * rates, gint64 taken_at);

/* Field "peer-id": the member's own, as its neighbours name it; member may be
 * NULL, the field is empty then. */
void gst_p2p_stats_set_peer_id (GstStructure * stats, GstP2PMember * member);

G_END_DECLS
#endif
