/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psink.h: the element p2psink. */
#ifndef GST_P2P_SINK_H
#define GST_P2P_SINK_H

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_P2P_SINK (gst_p2p_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PSink, gst_p2p_sink, GST, P2P_SINK, GstBaseSink)

G_END_DECLS
#endif
