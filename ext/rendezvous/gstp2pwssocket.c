/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwssocket.c: see gstp2pwssocket.h.
 *
 * Reading: into one buffer of the hub, from there through the codec, which keeps
 * something for a socket only in the middle of a message. Writing: at once what
 * is the first for a socket in a turn of the loop; the rest of that turn (answers
 * of several peers to one) is sent together at its end. Else only what the kernel
 * does not take is kept. TLS streams are read until they would block, since they
 * may hold bytes that epoll can't see.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gstp2pwssocket.h"

#define BATCH 64                /* events of one turn of the loop */
#define READ_BYTES 32768
#define MAX_READS 8             /* of one socket in one turn: others wait, too */
#define MAX_GATHERED 16384      /* bytes for one socket before its turn's end */

typedef enum
{ OPEN, CLOSING, BROKEN } State;

struct _GstP2PWsSocket
{
  GstP2PWsHub *hub;
  GIOStream *stream;            /* owns fd; NULL = it is ours */
  gpointer user_data;
  GstP2PWsDecoder *decoder;     /* in the middle of a message; NULL = not */
  GByteArray *first;            /* read with the handshake; NULL = nothing */
  GByteArray *out;              /* not taken by the kernel yet; NULL = nothing */
  gint64 heard;
  gint fd;
  guint turn;                   /* of the hub, when it was last written to */
  guint8 state;                 /* State */
  gboolean tls:1;
  gboolean want_write:1;        /* as told to epoll */
  gboolean is_new:1;            /* to be read, whatever epoll says */
  gboolean is_gathered:1;       /* in hub->gathered */
};

struct _GstP2PWsHub
{
  GSource *source;
  const GstP2PWsSocketCallbacks *callbacks;
  gint fd;
  GstP2PWsCodec *codec;
  struct epoll_event events[BATCH];
  gint n_events, at;            /* of the batch that is being handled */
  guint turn;                   /* odd while a batch is handled */
  GPtrArray *gathered;          /* sockets with something to be sent at its end */
  GByteArray *frame;            /* what goes out */
  guint8 buffer[READ_BYTES];
};

/* ---- writing ---- */

static void
watch (GstP2PWsSocket * self, gboolean write)
{
  struct epoll_event event = {.events = write ? EPOLLIN | EPOLLOUT : EPOLLIN,
    .data.ptr = self
  };

  if (self->want_write == write)
    return;
  self->want_write = write;
  epoll_ctl (self->hub->fd, EPOLL_CTL_MOD, self->fd, &event);
}

/* Bytes taken, 0 = would block, -1 = broken. */
static gssize
write_tls (GstP2PWsSocket * self, const guint8 * data, gsize len)
{
  GPollableOutputStream *out =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
  g_autoptr (GError) error = NULL;
  gssize n = g_pollable_output_stream_write_nonblocking (out, data, len, NULL,
      &error);

  if (n >= 0)
    return n;
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? 0 : -1;
}

static gboolean
is_for_later (gint error)
{
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static gssize
write_some (GstP2PWsSocket * self, const guint8 * data, gsize len)
{
  gssize n;

  if (self->tls)
    return write_tls (self, data, len);
  n = send (self->fd, data, len, MSG_NOSIGNAL);
  return n < 0 && is_for_later (errno) ? 0 : n;
}

/* epoll tells of the end of a broken socket; nothing is called from here. */
static void
set_broken (GstP2PWsSocket * self)
{
  self->state = BROKEN;
  g_clear_pointer (&self->out, g_byte_array_unref);
  shutdown (self->fd, SHUT_RDWR);
}

static void
after_writing (GstP2PWsSocket * self)
{
  watch (self, self->out != NULL);
  if (self->state == CLOSING && self->out == NULL)
    shutdown (self->fd, SHUT_WR);
}

static void
flush (GstP2PWsSocket * self)
{
  gssize n;

  while (self->out != NULL) {
    n = write_some (self, self->out->data, self->out->len);
    if (n < 0) {
      set_broken (self);
      return;
    }
    if (n == 0)
      break;
    if ((gsize) n == self->out->len)
      g_clear_pointer (&self->out, g_byte_array_unref);
    else
      g_byte_array_remove_range (self->out, 0, n);
  }
  after_writing (self);
}

/* The second for this socket in this turn? Too much is sent at once. */
static gboolean
gather (GstP2PWsSocket * self, const guint8 * data, gsize len)
{
  GstP2PWsHub *hub = self->hub;

  if ((hub->turn & 1) == 0 || self->turn != hub->turn || self->want_write)
    return FALSE;
  if (self->out == NULL)
    self->out = g_byte_array_sized_new (2 * len);
  if (!self->is_gathered)
    g_ptr_array_add (hub->gathered, self);
  self->is_gathered = TRUE;
  g_byte_array_append (self->out, data, len);
  if (self->out->len > MAX_GATHERED)
    flush (self);
  return TRUE;
}

static void
write_bytes (GstP2PWsSocket * self, const guint8 * data, gsize len)
{
  gssize n = 0;

  if (gather (self, data, len))
    return;
  self->turn = self->hub->turn;
  if (self->out == NULL) {
    n = write_some (self, data, len);
    if (n < 0) {
      set_broken (self);
      return;
    }
  }
  if ((gsize) n < len) {
    if (self->out == NULL)
      self->out = g_byte_array_new ();
    g_byte_array_append (self->out, data + n, len - n);
  }
  after_writing (self);
}

/* The hub's buffer for a payload of len bytes, or NULL: not now. */
static GByteArray *
begin_frame (GstP2PWsSocket * self, gsize len)
{
  if (self->state != OPEN
      || gst_p2p_ws_socket_get_unsent (self) + len > GST_P2P_WS_MAX_UNSENT)
    return NULL;
  g_byte_array_set_size (self->hub->frame, 0);
  return self->hub->frame;
}

static gboolean
send_frame (GstP2PWsSocket * self)
{
  write_bytes (self, self->hub->frame->data, self->hub->frame->len);
  return self->state == OPEN;
}

gboolean
gst_p2p_ws_socket_send (GstP2PWsSocket * self, const gchar * text, gsize len)
{
  GByteArray *frame = begin_frame (self, len);

  if (frame == NULL)
    return FALSE;
  gst_p2p_ws_codec_put_text (self->hub->codec, frame, text, len);
  return send_frame (self);
}

gboolean
gst_p2p_ws_socket_ping (GstP2PWsSocket * self)
{
  GByteArray *frame = begin_frame (self, 0);

  if (frame == NULL)
    return FALSE;
  gst_p2p_ws_codec_put_ping (self->hub->codec, frame);
  return send_frame (self);
}

gsize
gst_p2p_ws_socket_get_unsent (GstP2PWsSocket * self)
{
  return self->out != NULL ? self->out->len : 0;
}

/* A close frame is out, or on its way. */
static void
set_closing (GstP2PWsSocket * self)
{
  if (self->state != OPEN)
    return;
  self->state = CLOSING;
  after_writing (self);
}

void
gst_p2p_ws_socket_close (GstP2PWsSocket * self, guint16 code,
    const gchar * reason)
{
  GByteArray *frame = begin_frame (self, 0);

  if (frame != NULL) {
    gst_p2p_ws_codec_put_close (frame, code, reason);
    send_frame (self);
  }
  set_closing (self);
}

void
gst_p2p_ws_socket_hang_up (GstP2PWsSocket * self)
{
  if (self->state != BROKEN)
    set_broken (self);
}

gboolean
gst_p2p_ws_socket_is_open (GstP2PWsSocket * self)
{
  return self->state == OPEN;
}

gint64
gst_p2p_ws_socket_get_heard (GstP2PWsSocket * self)
{
  return self->heard;
}

/* ---- reading ---- */

/* Is this socket still there, and to be read? A callback may have freed it;
 * then the event that is being handled has been cleared. */
static gboolean
is_current (GstP2PWsHub * hub, GstP2PWsSocket * self)
{
  return hub->events[hub->at].data.ptr == self && self->state == OPEN;
}

static gboolean
on_message (gpointer owner, const gchar * data, gsize len)
{
  GstP2PWsSocket *self = owner;
  GstP2PWsHub *hub = self->hub;

  hub->callbacks->message (self, data, len, self->user_data);
  return is_current (hub, self);
}

static gboolean
on_counted (gpointer owner)
{
  GstP2PWsSocket *self = owner;
  GstP2PWsHub *hub = self->hub;

  hub->callbacks->counted (self, self->user_data);
  return is_current (hub, self);
}

static const GstP2PWsCodecCallbacks codec_callbacks = {
  on_message, on_counted
};

static void
take_bytes (GstP2PWsHub * hub, GstP2PWsSocket * self, const guint8 * data,
    gsize len)
{
  GstP2PWsResult result = gst_p2p_ws_codec_decode (hub->codec, &self->decoder,
      self, data, len, hub->frame);

  if (result == GST_P2P_WS_STOPPED)
    return;                     /* it may be gone */
  if (result == GST_P2P_WS_BROKEN) {
    gst_p2p_ws_socket_close (self, GST_P2P_WS_CLOSE_PROTOCOL,
        "not a WebSocket frame");
    return;
  }
  if (hub->frame->len > 0)
    send_frame (self);
  if (result == GST_P2P_WS_CLOSED)
    set_closing (self);
}

static void
take_first (GstP2PWsHub * hub, GstP2PWsSocket * self)
{
  GByteArray *first = g_steal_pointer (&self->first);

  if (first == NULL)
    return;
  take_bytes (hub, self, first->data, first->len);
  g_byte_array_unref (first);
}

/* Bytes, 0 = none now, -1 = the end. */
static gssize
read_tls (GstP2PWsSocket * self, guint8 * data, gsize len)
{
  GPollableInputStream *in =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  g_autoptr (GError) error = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (in, data, len, NULL,
      &error);

  if (n > 0)
    return n;
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? 0 : -1;
}

static gssize
read_some (GstP2PWsSocket * self, guint8 * data, gsize len)
{
  gssize n;

  if (self->tls)
    return read_tls (self, data, len);
  n = recv (self->fd, data, len, 0);
  if (n > 0)
    return n;
  return n < 0 && is_for_later (errno) ? 0 : -1;
}

static void
read_socket (GstP2PWsHub * hub, GstP2PWsSocket * self)
{
  guint reads;
  gssize n;

  for (reads = 0; reads < MAX_READS; reads++) {
    n = self->state == BROKEN ? -1 : read_some (self, hub->buffer, READ_BYTES);
    if (n < 0) {
      self->state = BROKEN;
      hub->callbacks->closed (self, self->user_data);
      return;
    }
    if (n == 0)
      return;
    self->heard = g_get_monotonic_time ();
    if (self->state == OPEN)    /* else what comes is thrown away */
      take_bytes (hub, self, hub->buffer, n);
    if (hub->events[hub->at].data.ptr != self)
      return;
    if (!self->tls && n < READ_BYTES)
      return;                   /* the socket is empty */
  }
  /* TLS may hold more, which epoll can't see: it is writable soon. */
  self->is_new = self->tls;
  watch (self, self->out != NULL || self->tls);
}

/* ---- the hub ---- */

static void
begin_turn (GstP2PWsHub * hub)
{
  hub->turn |= 1;
  hub->n_events = epoll_wait (hub->fd, hub->events, BATCH, 0);
}

static void
end_turn (GstP2PWsHub * hub)
{
  hub->n_events = 0;
  hub->turn++;
  while (hub->gathered->len > 0) {
    GstP2PWsSocket *socket = g_ptr_array_steal_index_fast (hub->gathered, 0);

    socket->is_gathered = FALSE;
    flush (socket);
  }
}

static gboolean
on_ready (gint fd, GIOCondition condition, gpointer user_data)
{
  GstP2PWsHub *hub = user_data;

  begin_turn (hub);
  for (hub->at = 0; hub->at < hub->n_events; hub->at++) {
    struct epoll_event *event = &hub->events[hub->at];
    GstP2PWsSocket *socket = event->data.ptr;

    if (socket == NULL)
      continue;                 /* freed by an earlier one */
    if (event->events & EPOLLOUT)
      flush (socket);
    if (socket->is_new) {
      socket->is_new = FALSE;
      take_first (hub, socket);
    } else if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) {
      continue;
    }
    if (hub->events[hub->at].data.ptr != NULL)
      read_socket (hub, socket);
  }
  end_turn (hub);
  return G_SOURCE_CONTINUE;
}

GstP2PWsHub *
gst_p2p_ws_hub_new (GMainContext * context,
    const GstP2PWsSocketCallbacks * callbacks, GError ** error)
{
  gint fd = epoll_create1 (EPOLL_CLOEXEC);
  GstP2PWsHub *hub;

  if (fd < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "epoll: %s",
        g_strerror (errno));
    return NULL;
  }
  hub = g_new0 (GstP2PWsHub, 1);
  hub->fd = fd;
  hub->callbacks = callbacks;
  hub->codec = gst_p2p_ws_codec_new (&codec_callbacks, G_MAXUINT16);
  hub->frame = g_byte_array_new ();
  hub->gathered = g_ptr_array_new ();
  hub->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (hub->source, G_SOURCE_FUNC (on_ready), hub, NULL);
  /* It does not: but GLib takes the descriptors of a source that may not out of
   * its set during each dispatch, and wakes itself up twice for that. */
  g_source_set_can_recurse (hub->source, TRUE);
  g_source_attach (hub->source, context);
  return hub;
}

void
gst_p2p_ws_hub_free (GstP2PWsHub * hub)
{
  if (hub == NULL)
    return;
  g_source_destroy (hub->source);
  g_source_unref (hub->source);
  close (hub->fd);
  g_byte_array_unref (hub->frame);
  g_ptr_array_unref (hub->gathered);
  gst_p2p_ws_codec_free (hub->codec);
  g_free (hub);
}

void
gst_p2p_ws_hub_set_max_message (GstP2PWsHub * hub, gsize bytes)
{
  gst_p2p_ws_codec_set_max_message (hub->codec, bytes);
}

static GstP2PWsSocket *
socket_new (GstP2PWsHub * hub, gint fd, gpointer user_data)
{
  GstP2PWsSocket *self = g_new0 (GstP2PWsSocket, 1);

  self->hub = hub;
  self->fd = fd;
  self->user_data = user_data;
  self->heard = g_get_monotonic_time ();
  return self;
}

/* Level triggered: what is in the socket now is told of, too. */
static void
add_to_hub (GstP2PWsSocket * self)
{
  struct epoll_event event = {
    .events = self->want_write ? EPOLLIN | EPOLLOUT : EPOLLIN,
    .data.ptr = self
  };

  epoll_ctl (self->hub->fd, EPOLL_CTL_ADD, self->fd, &event);
}

GstP2PWsSocket *
gst_p2p_ws_socket_new (GstP2PWsHub * hub, GIOStream * stream,
    GSocket * socket, const guint8 * first, gsize len, gpointer user_data)
{
  GstP2PWsSocket *self = socket_new (hub, g_socket_get_fd (socket), user_data);

  self->stream = g_object_ref (stream);
  self->tls = G_IS_TLS_CONNECTION (stream);
  /* A new socket is writable at once: that brings what the handshake's reader
   * took, and what TLS has read already. */
  self->is_new = self->want_write = TRUE;
  if (len > 0) {
    self->first = g_byte_array_sized_new (len);
    g_byte_array_append (self->first, first, len);
  }
  add_to_hub (self);
  return self;
}

GstP2PWsSocket *
gst_p2p_ws_socket_new_plain (GstP2PWsHub * hub, gint fd, gpointer user_data)
{
  GstP2PWsSocket *self = socket_new (hub, fd, user_data);

  add_to_hub (self);
  return self;
}

void
gst_p2p_ws_socket_free (GstP2PWsSocket * self)
{
  GstP2PWsHub *hub = self->hub;
  gint i;

  epoll_ctl (hub->fd, EPOLL_CTL_DEL, self->fd, NULL);
  for (i = 0; i < hub->n_events; i++)
    if (hub->events[i].data.ptr == self)
      hub->events[i].data.ptr = NULL;
  if (self->is_gathered)
    g_ptr_array_remove_fast (hub->gathered, self);
  gst_p2p_ws_decoder_release (self->decoder);
  g_clear_pointer (&self->first, g_byte_array_unref);
  g_clear_pointer (&self->out, g_byte_array_unref);
  if (self->stream != NULL)
    g_object_unref (self->stream);
  else
    close (self->fd);
  g_free (self);
}
