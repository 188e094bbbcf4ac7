/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psrc.h: the element p2psrc. */
#ifndef GST_P2P_SRC_H
#define GST_P2P_SRC_H

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS

#define GST_TYPE_P2P_SRC (gst_p2p_src_get_type ())
G_DECLARE_FINAL_TYPE (GstP2PSrc, gst_p2p_src, GST, P2P_SRC, GstPushSrc)

G_END_DECLS
#endif
