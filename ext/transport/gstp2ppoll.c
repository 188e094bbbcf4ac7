/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ppoll.c: see gstp2ppoll.h. The list of sets is guarded by a lock; a set
 * belongs to its thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <fcntl.h>
#include <glib-unix.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gstp2ppoll.h"

/* Fetched at once; the rest comes with the next turn. */
#define MAX_EVENTS 64
/* Files that must be left for a link: its contexts', a socket for each address. */
#define SPARE_FILES 32

struct _GstP2PPoll
{
  guint refs;
  GMainContext *context;
  GThread *thread;
  int fd;
  GSource *source;
  GstP2PIceBatch *batch;
};

static GMutex lock;
static GList *polls;

static gboolean
on_ready (gint fd, GIOCondition condition, gpointer data)
{
  struct epoll_event events[MAX_EVENTS];
  gint i, n = epoll_wait (fd, events, MAX_EVENTS, 0);

  for (i = 0; i < n; i++) {
    GstP2PPollEntry *entry = events[i].data.ptr;

    entry->ready (entry->user_data);
  }
  return G_SOURCE_CONTINUE;
}

static GstP2PPoll *
poll_new (GMainContext * context)
{
  int fd = epoll_create1 (EPOLL_CLOEXEC);
  GstP2PPoll *self;

  if (fd < 0) {
    return NULL;
  }
  self = g_new0 (GstP2PPoll, 1);
  self->fd = fd;
  self->context = g_main_context_ref (context);
  self->thread = g_thread_self ();
  self->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_name (self->source, "p2p-sockets");
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_ready), NULL, NULL);
  /* It does not: but GLib takes the descriptors of a source that may not out of
   * its set during each dispatch, and wakes itself up twice for that. */
  g_source_set_can_recurse (self->source, TRUE);
  g_source_attach (self->source, context);
  polls = g_list_prepend (polls, self);
  return self;
}

static gboolean
can_open (int fd, guint n_files)
{
  int fds[SPARE_FILES];
  guint n, i;

  for (n = 0; n < n_files; n++) {
    fds[n] = fcntl (fd, F_DUPFD_CLOEXEC, 0);
    if (fds[n] < 0) {
      break;
    }
  }
  for (i = 0; i < n; i++) {
    close (fds[i]);
  }
  return n == n_files;
}

GstP2PPoll *
gst_p2p_poll_get (GMainContext * context)
{
  GstP2PPoll *self = NULL;
  GList *l;

  g_mutex_lock (&lock);
  for (l = polls; l && self == NULL; l = l->next) {
    GstP2PPoll *p = l->data;

    if (p->context == context && p->thread == g_thread_self ()) {
      self = p;
    }
  }
  if (self == NULL) {
    self = poll_new (context);
  }
  if (self) {
    self->refs++;
  }
  g_mutex_unlock (&lock);
  if (self && !can_open (self->fd, SPARE_FILES)) {
    g_clear_pointer (&self, gst_p2p_poll_unref);
  }
  return self;
}

void
gst_p2p_poll_unref (GstP2PPoll * self)
{
  gboolean last;

  g_mutex_lock (&lock);
  last = --self->refs == 0;
  if (last) {
    polls = g_list_remove (polls, self);
  }
  g_mutex_unlock (&lock);
  if (last) {
    g_source_destroy (self->source);
    g_source_unref (self->source);
    close (self->fd);
    g_free (self->batch);
    g_main_context_unref (self->context);
    g_free (self);
  }
}

void
gst_p2p_poll_add (GstP2PPoll * self, int fd, GstP2PPollEntry * entry)
{
  struct epoll_event event = { 0 };

  event.events = EPOLLIN;
  event.data.ptr = entry;
  epoll_ctl (self->fd, EPOLL_CTL_ADD, fd, &event);
}

void
gst_p2p_poll_remove (GstP2PPoll * self, int fd)
{
  epoll_ctl (self->fd, EPOLL_CTL_DEL, fd, NULL);
}

GstP2PIceBatch *
gst_p2p_poll_get_batch (GstP2PPoll * self)
{
  if (self->batch == NULL) {
    self->batch = g_new0 (GstP2PIceBatch, 1);
  }
  return self->batch;
}
