/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ppoll.h: many sockets behind one source of a GMainContext.
 *
 * GLib walks and polls every descriptor of a context at each turn: with 300
 * sockets of 100 links that was most of the CPU of an idle hub. An epoll set is
 * one descriptor and tells only who is ready. One a context and thread.
 */
#ifndef GST_P2P_POLL_H
#define GST_P2P_POLL_H

#include <gio/gio.h>

#include "gstp2picepath.h"

G_BEGIN_DECLS

typedef struct _GstP2PPoll GstP2PPoll;

/* Whoever owns it keeps it until the context has run once after the last
 * _remove(): events that were fetched together still name it. */
typedef struct
{
  void (*ready) (gpointer user_data);
  gpointer user_data;
} GstP2PPollEntry;

/* transfer full; of the calling thread. NULL when so few files can be opened that a
 * link may find none: GLib ends the process when a context of its own gets none. */
GstP2PPoll *gst_p2p_poll_get (GMainContext * context);
void gst_p2p_poll_unref (GstP2PPoll * self);
/* Readable; level triggered. Adding one twice does nothing. */
void gst_p2p_poll_add (GstP2PPoll * self, int fd, GstP2PPollEntry * entry);
void gst_p2p_poll_remove (GstP2PPoll * self, int fd);
/* For the paths of this thread, one at a time. */
GstP2PIceBatch *gst_p2p_poll_get_batch (GstP2PPoll * self);

G_END_DECLS
#endif
