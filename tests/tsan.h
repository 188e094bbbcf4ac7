/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* tsan.h: tells ThreadSanitizer what GLib's locks, references, queues and main
 * contexts order.
 *
 * GLib of the system is not instrumented and locks with futexes, of which the
 * sanitizer sees nothing: every use of a GMutex would look like a race. The
 * compiler includes this before each file of a build with -Db_sanitize=thread;
 * what our code calls is then GLib's function and a note of its effect.
 */
#ifndef P2P_TSAN_H
#define P2P_TSAN_H

/* GLib's headers bring libc's, before the file itself can say so. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#if __has_include(<glib-object.h>)
#include <glib-object.h>
#include <sanitizer/tsan_interface.h>

static inline void
p2p_tsan_mutex_lock (GMutex * mutex)
{
  g_mutex_lock (mutex);
  __tsan_acquire (mutex);
}

static inline gboolean
p2p_tsan_mutex_trylock (GMutex * mutex)
{
  gboolean locked = g_mutex_trylock (mutex);

  if (locked)
    __tsan_acquire (mutex);
  return locked;
}

static inline void
p2p_tsan_mutex_unlock (GMutex * mutex)
{
  __tsan_release (mutex);
  g_mutex_unlock (mutex);
}

static inline void
p2p_tsan_cond_wait (GCond * cond, GMutex * mutex)
{
  __tsan_release (mutex);
  g_cond_wait (cond, mutex);
  __tsan_acquire (mutex);
}

static inline gboolean
p2p_tsan_cond_wait_until (GCond * cond, GMutex * mutex, gint64 end)
{
  gboolean told;

  __tsan_release (mutex);
  told = g_cond_wait_until (cond, mutex, end);
  __tsan_acquire (mutex);
  return told;
}

/* The last reference may be dropped here: what others did before they dropped
 * theirs is done. */
static inline void
p2p_tsan_object_unref (gpointer object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  g_object_unref (object);
}

static inline void
p2p_tsan_bytes_unref (GBytes * bytes)
{
  __tsan_release (bytes);
  __tsan_acquire (bytes);
  g_bytes_unref (bytes);
}

static inline void
p2p_tsan_async_queue_push (GAsyncQueue * queue, gpointer data)
{
  __tsan_release (queue);
  g_async_queue_push (queue, data);
}

static inline gpointer
p2p_tsan_async_queue_timeout_pop (GAsyncQueue * queue, guint64 us)
{
  gpointer data = g_async_queue_timeout_pop (queue, us);

  __tsan_acquire (queue);
  return data;
}

/* What was done before a source was attached is done when it is dispatched. The
 * context's poll is where the loop's thread can be told; one that is attached behind
 * the poll may be dispatched before the next, so the sources that other threads
 * attach tell it themselves. */
static inline gboolean
p2p_tsan_dispatch_idle (GSource * source, GSourceFunc func, gpointer data)
{
  __tsan_acquire (g_source_get_context (source));
  return g_idle_funcs.dispatch (source, func, data);
}

static inline gboolean
p2p_tsan_dispatch_timeout (GSource * source, GSourceFunc func, gpointer data)
{
  __tsan_acquire (g_source_get_context (source));
  return g_timeout_funcs.dispatch (source, func, data);
}

static GSourceFuncs p2p_tsan_idle_funcs, p2p_tsan_timeout_funcs;

__attribute__((constructor))
static void
p2p_tsan_init_funcs (void)
{
  p2p_tsan_idle_funcs = g_idle_funcs;
  p2p_tsan_idle_funcs.dispatch = p2p_tsan_dispatch_idle;
  p2p_tsan_timeout_funcs = g_timeout_funcs;
  p2p_tsan_timeout_funcs.dispatch = p2p_tsan_dispatch_timeout;
}

static inline guint
p2p_tsan_source_attach (GSource * source, GMainContext * context)
{
  if (source->source_funcs == &g_idle_funcs)
    source->source_funcs = &p2p_tsan_idle_funcs;
  else if (source->source_funcs == &g_timeout_funcs)
    source->source_funcs = &p2p_tsan_timeout_funcs;
  __tsan_release (context ? context : g_main_context_default ());
  return g_source_attach (source, context);
}

static inline gint
p2p_tsan_poll (GPollFD * fds, guint n, gint timeout)
{
  gint ready = g_poll (fds, n, timeout);
  GSource *source = g_main_current_source ();
  GMainContext *context = source ? g_source_get_context (source) :
      g_main_context_get_thread_default ();

  if (context)
    __tsan_acquire (context);
  return ready;
}

static inline GMainContext *
p2p_tsan_main_context_new (void)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_set_poll_func (context, p2p_tsan_poll);
  return context;
}

#undef g_object_unref
#define g_mutex_lock p2p_tsan_mutex_lock
#define g_mutex_trylock p2p_tsan_mutex_trylock
#define g_mutex_unlock p2p_tsan_mutex_unlock
#define g_cond_wait p2p_tsan_cond_wait
#define g_cond_wait_until p2p_tsan_cond_wait_until
#define g_object_unref p2p_tsan_object_unref
#define g_bytes_unref p2p_tsan_bytes_unref
#define g_async_queue_push p2p_tsan_async_queue_push
#define g_async_queue_timeout_pop p2p_tsan_async_queue_timeout_pop
#define g_source_attach p2p_tsan_source_attach
#define g_main_context_new p2p_tsan_main_context_new

#endif
#endif
