/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwssocket.c: see gstp2pwssocket.h.
 *
 * Reading: into one buffer of the hub; a frame that is whole there is handled
 * in place. Only what is left of a frame is kept with its socket. Writing: at
 * once; only what the kernel does not take is kept. TLS streams are read until
 * they would block, since they may hold bytes that epoll can't see.
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

typedef enum
{ OPEN, CLOSING, BROKEN } State;

struct _GstP2PWsSocket
{
  GstP2PWsHub *hub;
  GIOStream *stream;
  gpointer user_data;
  GByteArray *in;               /* a part of a frame; NULL = nothing */
  GByteArray *message;          /* of a fragmented message; NULL = none */
  GByteArray *out;              /* not taken by the kernel yet; NULL = nothing */
  gint64 heard;
  gint fd;
  guint8 state;                 /* State */
  gboolean tls:1;
  gboolean want_write:1;        /* as told to epoll */
  gboolean is_new:1;            /* to be read, whatever epoll says */
};

struct _GstP2PWsHub
{
  GSource *source;
  const GstP2PWsSocketCallbacks *callbacks;
  gint fd;
  gsize max_message;
  struct epoll_event events[BATCH];
  gint n_events, at;            /* of the batch that is being handled */
  GByteArray *frame;            /* one outgoing frame */
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
write_some (GstP2PWsSocket * self, const guint8 * data, gsize len)
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

static void
write_bytes (GstP2PWsSocket * self, const guint8 * data, gsize len)
{
  gssize n = 0;

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

static gboolean
send_frame (GstP2PWsSocket * self, GstP2PWsOpcode opcode, const void *payload,
    gsize len)
{
  GByteArray *frame = self->hub->frame;
  guint8 head[GST_P2P_WS_MAX_HEAD];
  gsize head_len = gst_p2p_ws_frame_head (head, opcode, len);

  if (self->state != OPEN || gst_p2p_ws_socket_get_unsent (self) + len >
      GST_P2P_WS_MAX_UNSENT)
    return FALSE;
  g_byte_array_set_size (frame, 0);
  g_byte_array_append (frame, head, head_len);
  g_byte_array_append (frame, payload, len);
  write_bytes (self, frame->data, frame->len);
  return self->state == OPEN;
}

gboolean
gst_p2p_ws_socket_send (GstP2PWsSocket * self, const gchar * text, gsize len)
{
  return send_frame (self, GST_P2P_WS_TEXT, text, len);
}

gboolean
gst_p2p_ws_socket_ping (GstP2PWsSocket * self)
{
  return send_frame (self, GST_P2P_WS_PING, NULL, 0);
}

gsize
gst_p2p_ws_socket_get_unsent (GstP2PWsSocket * self)
{
  return self->out != NULL ? self->out->len : 0;
}

void
gst_p2p_ws_socket_close (GstP2PWsSocket * self, guint16 code,
    const gchar * reason)
{
  guint8 payload[GST_P2P_WS_MAX_CONTROL] = { code >> 8, code & 0xff };
  gsize len = MIN (strlen (reason), sizeof (payload) - 2);

  if (self->state != OPEN)
    return;
  memcpy (payload + 2, reason, len);
  send_frame (self, GST_P2P_WS_CLOSE, payload, len + 2);
  if (self->state != OPEN)
    return;
  self->state = CLOSING;
  after_writing (self);
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

/* FALSE: it was one too many. */
static gboolean
count (GstP2PWsSocket * self)
{
  self->hub->callbacks->counted (self, self->user_data);
  return self->state == OPEN;
}

static void
on_data_frame (GstP2PWsSocket * self, const GstP2PWsFrame * frame)
{
  GstP2PWsHub *hub = self->hub;
  GByteArray *message;

  if ((frame->opcode == GST_P2P_WS_CONTINUATION) != (self->message != NULL)) {
    gst_p2p_ws_socket_close (self, GST_P2P_WS_CLOSE_PROTOCOL,
        "fragments out of order");
    return;
  }
  if (frame->fin && self->message == NULL) {
    hub->callbacks->message (self, (const gchar *) frame->payload, frame->len,
        self->user_data);
    return;
  }
  if (!count (self))
    return;
  if (self->message == NULL)
    self->message = g_byte_array_new ();
  if (self->message->len + frame->len > hub->max_message) {
    gst_p2p_ws_socket_close (self, GST_P2P_WS_CLOSE_TOO_BIG,
        "message is too big");
    return;
  }
  g_byte_array_append (self->message, frame->payload, frame->len);
  if (!frame->fin)
    return;
  message = g_steal_pointer (&self->message);
  hub->callbacks->message (self, (const gchar *) message->data, message->len,
      self->user_data);
  g_byte_array_unref (message);
}

static void
on_close_frame (GstP2PWsSocket * self, const GstP2PWsFrame * frame)
{
  guint16 code = GST_P2P_WS_CLOSE_NORMAL;

  if (frame->len >= 2)
    code = frame->payload[0] << 8 | frame->payload[1];
  gst_p2p_ws_socket_close (self, code >= 1000 && code < 5000 && code != 1005
      && code != 1006 ? code : GST_P2P_WS_CLOSE_PROTOCOL, "");
}

static void
on_frame (GstP2PWsSocket * self, const GstP2PWsFrame * frame)
{
  switch (frame->opcode) {
    case GST_P2P_WS_CLOSE:
      on_close_frame (self, frame);
      break;
    case GST_P2P_WS_PING:
      if (count (self))
        send_frame (self, GST_P2P_WS_PONG, frame->payload, frame->len);
      break;
    case GST_P2P_WS_PONG:
      break;
    default:
      on_data_frame (self, frame);
      break;
  }
}

/* Handles all whole frames; returns the bytes they had. */
static gsize
take_frames (GstP2PWsHub * hub, GstP2PWsSocket * self, guint8 * data, gsize len)
{
  GstP2PWsFrame frame;
  gsize done = 0, used;

  while (is_current (hub, self)) {
    switch (gst_p2p_ws_frame_parse (data + done, len - done, hub->max_message,
            &frame, &used)) {
      case GST_P2P_WS_FRAME_MORE:
        return done;
      case GST_P2P_WS_FRAME_OK:
        done += used;
        on_frame (self, &frame);
        break;
      case GST_P2P_WS_FRAME_TOO_BIG:
        gst_p2p_ws_socket_close (self, GST_P2P_WS_CLOSE_TOO_BIG,
            "message is too big");
        return len;
      default:
        gst_p2p_ws_socket_close (self, GST_P2P_WS_CLOSE_PROTOCOL,
            "not a WebSocket frame");
        return len;
    }
  }
  return len;
}

static void
take_bytes (GstP2PWsHub * hub, GstP2PWsSocket * self, guint8 * data, gsize len)
{
  GByteArray *in = g_steal_pointer (&self->in);
  gsize done;

  if (in == NULL && len == 0)
    return;
  if (in != NULL) {
    if (len > 0)
      g_byte_array_append (in, data, len);
    data = in->data;
    len = in->len;
  }
  done = take_frames (hub, self, data, len);
  if (done < len && is_current (hub, self)) {
    /* A frame that drips in byte by byte is not copied each time. */
    if (in != NULL && done == 0) {
      self->in = in;
      return;
    }
    self->in = g_byte_array_sized_new (len - done);
    g_byte_array_append (self->in, data + done, len - done);
  }
  if (in != NULL)
    g_byte_array_unref (in);
}

/* Bytes, 0 = none now, -1 = the end. */
static gssize
read_some (GstP2PWsSocket * self, guint8 * data, gsize len)
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

static gboolean
on_ready (gint fd, GIOCondition condition, gpointer user_data)
{
  GstP2PWsHub *hub = user_data;

  hub->n_events = epoll_wait (hub->fd, hub->events, BATCH, 0);
  for (hub->at = 0; hub->at < hub->n_events; hub->at++) {
    struct epoll_event *event = &hub->events[hub->at];
    GstP2PWsSocket *socket = event->data.ptr;

    if (socket == NULL)
      continue;                 /* freed by an earlier one */
    if (event->events & EPOLLOUT)
      flush (socket);
    if (socket->is_new) {
      socket->is_new = FALSE;
      take_bytes (hub, socket, NULL, 0);
    } else if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) {
      continue;
    }
    if (hub->events[hub->at].data.ptr != NULL)
      read_socket (hub, socket);
  }
  hub->n_events = 0;
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
  hub->max_message = G_MAXUINT16;
  hub->frame = g_byte_array_new ();
  hub->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (hub->source, G_SOURCE_FUNC (on_ready), hub, NULL);
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
  g_free (hub);
}

void
gst_p2p_ws_hub_set_max_message (GstP2PWsHub * hub, gsize bytes)
{
  hub->max_message = bytes;
}

GstP2PWsSocket *
gst_p2p_ws_socket_new (GstP2PWsHub * hub, GIOStream * stream,
    GSocket * socket, const guint8 * first, gsize len, gpointer user_data)
{
  GstP2PWsSocket *self = g_new0 (GstP2PWsSocket, 1);
  /* Level triggered. A new socket is writable at once: that brings what the
   * handshake's reader took, and what TLS has read already. */
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT,.data.ptr = self };

  self->hub = hub;
  self->stream = g_object_ref (stream);
  self->user_data = user_data;
  self->heard = g_get_monotonic_time ();
  self->fd = g_socket_get_fd (socket);
  self->tls = G_IS_TLS_CONNECTION (stream);
  self->is_new = self->want_write = TRUE;
  if (len > 0) {
    self->in = g_byte_array_sized_new (len);
    g_byte_array_append (self->in, first, len);
  }
  epoll_ctl (hub->fd, EPOLL_CTL_ADD, self->fd, &event);
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
  g_clear_pointer (&self->in, g_byte_array_unref);
  g_clear_pointer (&self->message, g_byte_array_unref);
  g_clear_pointer (&self->out, g_byte_array_unref);
  g_object_unref (self->stream);
  g_free (self);
}
