/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2perrors.h: the one place where a GError becomes an element's message. */
#ifndef GST_P2P_ERRORS_H
#define GST_P2P_ERRORS_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Posts GST_ELEMENT_ERROR; domain and code by the kind of error (those of
 * GST_STREAM_ERROR are kept), its message as the text for the user. Any thread, no lock held. */
void gst_p2p_element_error (GstElement * element, const GError * error);
/* Posts a warning of error's domain and code, which is one of GStreamer's. */
void gst_p2p_element_warning (GstElement * element, const GError * error, const gchar * logs);

G_END_DECLS
#endif
