/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pelements.h: registration of the elements; each can be had alone in a
 * static build. */
#ifndef GST_P2P_ELEMENTS_H
#define GST_P2P_ELEMENTS_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Once per process, from each element's registration. */
void gst_p2p_elements_init (GstPlugin * plugin);

GST_ELEMENT_REGISTER_DECLARE (p2psink);
GST_ELEMENT_REGISTER_DECLARE (p2psrc);

G_END_DECLS
#endif
