/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pgate.h: p2pscgate.h of one context, driven by its time. Shared by a
 * transport and its links; all on the thread of the context.
 */
#ifndef GST_P2P_GATE_H
#define GST_P2P_GATE_H

#include <gio/gio.h>

#include "p2pscgate.h"

G_BEGIN_DECLS

typedef struct _GstP2PGate GstP2PGate;

GstP2PGate *gst_p2p_gate_new (GMainContext * context);
GstP2PGate *gst_p2p_gate_ref (GstP2PGate * self);
void gst_p2p_gate_unref (GstP2PGate * self);
/* bit/s, 0 = none. */
void gst_p2p_gate_set_cap (GstP2PGate * self, guint64 bps);
/* Borrowed; as long as the reference. */
P2pScGate *gst_p2p_gate_get (GstP2PGate * self);

G_END_DECLS
#endif
