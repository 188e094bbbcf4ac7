/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plibrarylogs.h: what libnice and GnuTLS say, in GStreamer's log.
 *
 * Both are told to talk only when somebody asks for the categories p2plibnice and
 * p2pgnutls, from level LOG on: their switches are the whole process's. Thread: any.
 */
#ifndef GST_P2P_LIBRARY_LOGS_H
#define GST_P2P_LIBRARY_LOGS_H

/* Looks once, at the first call. */
void gst_p2p_library_logs_init (void);

#endif /* GST_P2P_LIBRARY_LOGS_H */
