/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pthread.c: GMainContext threads, counted (see the header).
 *
 * Lock: the_threads guards the pointers and the counts; nothing is called under
 * it but what starts a thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pthread.h"

struct _GstP2PThread
{
  GstP2PThreadRole role;
  gint refs;                    /* under the global lock */
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
};

typedef struct
{
  GstP2PThreadFunc func;
  gpointer data;
  GDestroyNotify notify;
} PostedCall;

typedef struct
{
  GstP2PThreadFunc func;
  gpointer data;
  GMutex lock;
  GCond cond;
  gboolean done;
} WaitedCall;

static const gchar *const names[] = { "p2p:session", "p2p:turns" };

G_LOCK_DEFINE_STATIC (the_threads);
static GstP2PThread *the_threads[G_N_ELEMENTS (names)];

static void
gst_p2p_thread_free (GstP2PThread * self)
{
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

static gpointer
gst_p2p_thread_run (gpointer data)
{
  GstP2PThread *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  /* what was posted before the last release is still done */
  while (g_main_context_iteration (self->context, FALSE));
  g_main_context_pop_thread_default (self->context);
  gst_p2p_thread_free (self);
  return NULL;
}

static GstP2PThread *
gst_p2p_thread_new (GstP2PThreadRole role)
{
  GstP2PThread *self = g_new0 (GstP2PThread, 1);

  self->role = role;
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new (names[role], gst_p2p_thread_run, self);
  return self;
}

GstP2PThread *
gst_p2p_thread_acquire (GstP2PThreadRole role)
{
  GstP2PThread *self;

  G_LOCK (the_threads);
  if (the_threads[role] == NULL)
    the_threads[role] = gst_p2p_thread_new (role);
  self = the_threads[role];
  self->refs++;
  G_UNLOCK (the_threads);
  return self;
}

static void
gst_p2p_thread_quit (gpointer data)
{
  g_main_loop_quit (data);
}

void
gst_p2p_thread_release (GstP2PThread * self)
{
  GThread *thread;
  gboolean last;

  G_LOCK (the_threads);
  last = --self->refs == 0;
  if (last)
    the_threads[self->role] = NULL;
  G_UNLOCK (the_threads);
  if (!last)
    return;

  thread = self->thread;
  /* through the context, so that it comes after all that was posted and works
   * even when the loop has not started to run */
  gst_p2p_thread_post (self, gst_p2p_thread_quit, self->loop, NULL);
  if (thread == g_thread_self ())
    g_thread_unref (thread);
  else
    g_thread_join (thread);
}

GMainContext *
gst_p2p_thread_get_context (GstP2PThread * self)
{
  return self->context;
}

gboolean
gst_p2p_thread_is_current (GstP2PThread * self)
{
  return self->thread == g_thread_self ();
}

static gboolean
posted_call_run (gpointer data)
{
  PostedCall *call = data;

  call->func (call->data);
  return G_SOURCE_REMOVE;
}

static void
posted_call_free (gpointer data)
{
  PostedCall *call = data;

  if (call->notify)
    call->notify (call->data);
  g_free (call);
}

void
gst_p2p_thread_post (GstP2PThread * self, GstP2PThreadFunc func, gpointer data,
    GDestroyNotify notify)
{
  PostedCall *call = g_new0 (PostedCall, 1);
  GSource *source = g_idle_source_new ();
  /* the call may be what ends the thread */
  GMainContext *context = g_main_context_ref (self->context);

  call->func = func;
  call->data = data;
  call->notify = notify;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, posted_call_run, call, posted_call_free);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_unref (context);
}

static void
waited_call_run (gpointer data)
{
  WaitedCall *call = data;

  call->func (call->data);
  g_mutex_lock (&call->lock);
  call->done = TRUE;
  g_cond_signal (&call->cond);
  g_mutex_unlock (&call->lock);
}

void
gst_p2p_thread_call (GstP2PThread * self, GstP2PThreadFunc func, gpointer data)
{
  WaitedCall call = {.func = func,.data = data };

  if (gst_p2p_thread_is_current (self)) {
    func (data);
    return;
  }
  g_mutex_init (&call.lock);
  g_cond_init (&call.cond);
  gst_p2p_thread_post (self, waited_call_run, &call, NULL);
  g_mutex_lock (&call.lock);
  while (!call.done)
    g_cond_wait (&call.cond, &call.lock);
  g_mutex_unlock (&call.lock);
  g_mutex_clear (&call.lock);
  g_cond_clear (&call.cond);
}

/* ---- sources that run at a time ---- */

typedef struct
{
  GSource parent;
  gint64 due;
} ReadySource;

static gboolean
ready_source_is_due (GSource * source)
{
  gint64 due = ((ReadySource *) source)->due;

  return due >= 0 && due <= g_source_get_time (source);
}

static gboolean
ready_source_prepare (GSource * source, gint * timeout)
{
  gint64 due = ((ReadySource *) source)->due;
  gint64 us = due - g_source_get_time (source);

  *timeout = -1;
  if (due >= 0 && us > 0)       /* rounded up: a turn too early does nothing */
    *timeout = (gint) MIN ((us + 999) / 1000, G_MAXINT);
  return due >= 0 && us <= 0;
}

static gboolean
ready_source_dispatch (GSource * source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

GSource *
gst_p2p_ready_source_new (void)
{
  static GSourceFuncs funcs = {
    .prepare = ready_source_prepare,
    .check = ready_source_is_due,
    .dispatch = ready_source_dispatch
  };
  GSource *source = g_source_new (&funcs, sizeof (ReadySource));

  ((ReadySource *) source)->due = -1;
  return source;
}

void
gst_p2p_ready_source_set (GSource * source, gint64 due)
{
  ((ReadySource *) source)->due = due;
}

gint64
gst_p2p_ready_source_get (GSource * source)
{
  return ((ReadySource *) source)->due;
}

void
gst_p2p_clear_source (GSource ** source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_source_unref (*source);
  *source = NULL;
}
