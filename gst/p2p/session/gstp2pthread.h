/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pthread.h: threads that run a GMainContext, one of each role a process.
 *
 * usrsctp is process-global and must be called from one thread only, so every
 * session lives on the session thread. What GIO has begun for relays over TLS must
 * be waited for when it is cancelled, also when the sessions have ended: it has
 * another. A thread starts with the first reference and ends with the last; its
 * GMainContext is the thread default there.
 */
#ifndef GST_P2P_THREAD_H
#define GST_P2P_THREAD_H

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _GstP2PThread GstP2PThread;

typedef enum
{
  GST_P2P_THREAD_SESSION,
  GST_P2P_THREAD_TURNS
} GstP2PThreadRole;

GstP2PThread *gst_p2p_thread_acquire (GstP2PThreadRole role);
/* Joins the thread with the last release; from the thread itself it only quits
 * the loop and lets the thread clean up behind itself. */
void gst_p2p_thread_release (GstP2PThread * self);
GMainContext *gst_p2p_thread_get_context (GstP2PThread * self);
gboolean gst_p2p_thread_is_current (GstP2PThread * self);

typedef void (*GstP2PThreadFunc) (gpointer data);
/* Runs func on the thread, in the order of the calls; never waits. */
void gst_p2p_thread_post (GstP2PThread * self, GstP2PThreadFunc func, gpointer data, GDestroyNotify notify);
/* Runs func on the thread and waits until it returned; direct when already there. */
void gst_p2p_thread_call (GstP2PThread * self, GstP2PThreadFunc func, gpointer data);

/* A source that runs at its due time only, which is finer than
 * g_timeout_source_new(). transfer full */
GSource *gst_p2p_ready_source_new (void);
/* When it runs, -1 = never; it stays due until this is called again. Only on the
 * thread of its context, where it costs nothing: g_source_set_ready_time() wakes
 * the context up, that is three system calls and a turn of the loop each time. */
void gst_p2p_ready_source_set (GSource * source, gint64 due);
gint64 gst_p2p_ready_source_get (GSource * source);
/* Ends and forgets it, if there is one. On any thread. */
void gst_p2p_clear_source (GSource ** source);

G_END_DECLS
#endif
