/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pwscodec.c: see gstp2pwscodec.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <wslay/wslay.h>

#include "gstp2pwscodec.h"

#define MAX_REASON 123          /* bytes: a control frame's 125 without the code */

struct _GstP2PWsDecoder
{
  GstP2PWsCodec *codec;
  wslay_event_context_ptr context;
  gpointer owner;               /* NULL = lent to nobody */
  const guint8 *data;           /* to be read, while decoding */
  gsize len;
  gint64 ahead;                 /* bytes taken, less those of the frames that began */
  GByteArray *message;          /* what has come of one; its memory is used again */
  gboolean in_message;          /* between the fragments of one */
  gboolean control;             /* the frame being read is ping, pong or close */
  gboolean decoding, stopped;
};

struct _GstP2PWsCodec
{
  const GstP2PWsCodecCallbacks *callbacks;
  gsize max_message;
  GstP2PWsDecoder *spare;       /* at a frame's border; NULL = to be made */
  wslay_event_context_ptr encoder;
  GByteArray *out;              /* where the encoder writes to */
};

/* ---- writing ---- */

static ssize_t
append_to (GByteArray * out, const uint8_t * data, size_t len)
{
  g_byte_array_append (out, data, len);
  return len;
}

static ssize_t
on_encoded (wslay_event_context_ptr context, const uint8_t * data, size_t len,
    int flags, void *user_data)
{
  GByteArray **out = user_data;

  return append_to (*out, data, len);
}

static wslay_event_context_ptr
encoder_new (GByteArray ** out)
{
  static const struct wslay_event_callbacks callbacks = {
    .send_callback = on_encoded
  };
  wslay_event_context_ptr context;

  if (wslay_event_context_server_init (&context, &callbacks, out) != 0)
    g_error ("out of memory");
  return context;
}

static void
put_frame (GstP2PWsCodec * self, GByteArray * out, guint8 opcode,
    gconstpointer data, gsize len)
{
  struct wslay_event_msg message = { opcode, data, len };

  self->out = out;
  if (wslay_event_queue_msg (self->encoder, &message) != 0
      || wslay_event_send (self->encoder) != 0)
    g_error ("out of memory");
  self->out = NULL;
}

void
gst_p2p_ws_codec_put_text (GstP2PWsCodec * self, GByteArray * out,
    const gchar * text, gsize len)
{
  put_frame (self, out, WSLAY_TEXT_FRAME, text, len);
}

void
gst_p2p_ws_codec_put_ping (GstP2PWsCodec * self, GByteArray * out)
{
  put_frame (self, out, WSLAY_PING, NULL, 0);
}

/* A context that has sent a close sends nothing more: one of its own. */
void
gst_p2p_ws_codec_put_close (GByteArray * out, guint16 code,
    const gchar * reason)
{
  wslay_event_context_ptr context = encoder_new (&out);

  wslay_event_queue_close (context, code, (const uint8_t *) reason,
      MIN (strlen (reason), MAX_REASON));
  wslay_event_send (context);
  wslay_event_context_free (context);
}

/* ---- reading ---- */

static ssize_t
on_reply (wslay_event_context_ptr context, const uint8_t * data, size_t len,
    int flags, void *user_data)
{
  GstP2PWsDecoder *self = user_data;

  return append_to (self->codec->out, data, len);
}

static ssize_t
on_read (wslay_event_context_ptr context, uint8_t * buffer, size_t len,
    int flags, void *user_data)
{
  GstP2PWsDecoder *self = user_data;
  gsize n = MIN (len, self->len);

  if (n == 0) {
    wslay_event_set_error (context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  memcpy (buffer, self->data, n);
  self->data += n;
  self->len -= n;
  self->ahead += n;
  return n;
}

static void
stop (GstP2PWsDecoder * self)
{
  self->stopped = TRUE;
  wslay_event_shutdown_read (self->context);
}

/* Bytes of the head of a masked frame; wslay takes the shortest form only. */
static gint64
head_len (guint64 payload)
{
  return 2 + (payload < 126 ? 0 : payload <= G_MAXUINT16 ? 2 : 8) + 4;
}

static void
on_frame_start (wslay_event_context_ptr context,
    const struct wslay_event_on_frame_recv_start_arg *frame, void *user_data)
{
  GstP2PWsDecoder *self = user_data;
  gboolean whole = frame->fin && frame->opcode != WSLAY_CONTINUATION_FRAME;

  self->control = wslay_is_ctrl_frame (frame->opcode);
  self->ahead -= head_len (frame->payload_length) + frame->payload_length;
  if (!self->control)
    self->in_message = !frame->fin;
  if (frame->opcode == WSLAY_PING || (!self->control && !whole))
    if (!self->stopped && !self->codec->callbacks->counted (self->owner))
      stop (self);
}

/* Gathered here and not by wslay, which copies twice, and reserves what a frame's
 * head promises before it has come. */
static void
on_frame_chunk (wslay_event_context_ptr context,
    const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *user_data)
{
  GstP2PWsDecoder *self = user_data;

  if (!self->control)
    g_byte_array_append (self->message, chunk->data, chunk->data_length);
}

static void
on_message (wslay_event_context_ptr context,
    const struct wslay_event_on_msg_recv_arg *message, void *user_data)
{
  GstP2PWsDecoder *self = user_data;

  if (self->stopped || wslay_is_ctrl_frame (message->opcode))
    return;
  if (!self->codec->callbacks->message (self->owner,
          (const gchar *) self->message->data, self->message->len))
    stop (self);
  g_byte_array_set_size (self->message, 0);
}

static GstP2PWsDecoder *
decoder_new (GstP2PWsCodec * codec)
{
  static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_read,
    .send_callback = on_reply,
    .on_frame_recv_start_callback = on_frame_start,
    .on_frame_recv_chunk_callback = on_frame_chunk,
    .on_msg_recv_callback = on_message
  };
  GstP2PWsDecoder *self = g_new0 (GstP2PWsDecoder, 1);

  self->codec = codec;
  self->message = g_byte_array_new ();
  if (wslay_event_context_server_init (&self->context, &callbacks, self) != 0)
    g_error ("out of memory");
  wslay_event_config_set_no_buffering (self->context, 1);
  return self;
}

static void
decoder_free (GstP2PWsDecoder * self)
{
  if (self == NULL)
    return;
  wslay_event_context_free (self->context);
  g_byte_array_unref (self->message);
  g_free (self);
}

void
gst_p2p_ws_decoder_release (GstP2PWsDecoder * self)
{
  if (self == NULL || !self->decoding) {
    decoder_free (self);
    return;
  }
  self->owner = NULL;           /* decode() frees it */
  stop (self);
}

/* Back to the codec, if it can be used by anybody. */
static void
give_back (GstP2PWsDecoder * self)
{
  self->owner = NULL;
  if (self->codec->spare == NULL && wslay_event_get_read_enabled (self->context)
      && wslay_event_get_write_enabled (self->context))
    self->codec->spare = self;
  else
    decoder_free (self);
}

static GstP2PWsResult
run (GstP2PWsDecoder * self, GByteArray * reply)
{
  GstP2PWsCodec *codec = self->codec;
  gint r;

  self->decoding = TRUE;
  r = wslay_event_recv (self->context);
  self->decoding = FALSE;
  if (self->owner == NULL || self->stopped)
    return GST_P2P_WS_STOPPED;
  g_byte_array_set_size (reply, 0);
  if (r != 0)
    return GST_P2P_WS_BROKEN;
  codec->out = reply;
  r = wslay_event_send (self->context);
  codec->out = NULL;
  if (r != 0)
    g_error ("out of memory");
  return wslay_event_get_close_sent (self->context) ? GST_P2P_WS_CLOSED
      : GST_P2P_WS_GO_ON;
}

GstP2PWsResult
gst_p2p_ws_codec_decode (GstP2PWsCodec * codec, GstP2PWsDecoder ** decoder,
    gpointer owner, const guint8 * data, gsize len, GByteArray * reply)
{
  GstP2PWsDecoder *self = *decoder;
  GstP2PWsResult result;

  if (self == NULL)
    self = g_steal_pointer (&codec->spare);
  if (self == NULL)
    self = decoder_new (codec);
  *decoder = self;
  self->owner = owner;
  self->data = data;
  self->len = len;
  wslay_event_config_set_max_recv_msg_length (self->context,
      codec->max_message);
  result = run (self, reply);
  if (self->owner == NULL) {
    decoder_free (self);        /* and *decoder is gone, too */
  } else if (result != GST_P2P_WS_GO_ON) {
    *decoder = NULL;
    decoder_free (self);
  } else if (self->ahead == 0 && !self->in_message) {
    *decoder = NULL;
    give_back (self);
  }
  return result;
}

/* ---- life ---- */

GstP2PWsCodec *
gst_p2p_ws_codec_new (const GstP2PWsCodecCallbacks * callbacks,
    gsize max_message)
{
  GstP2PWsCodec *self = g_new0 (GstP2PWsCodec, 1);

  self->callbacks = callbacks;
  self->max_message = max_message;
  self->encoder = encoder_new (&self->out);
  return self;
}

void
gst_p2p_ws_codec_free (GstP2PWsCodec * self)
{
  if (self == NULL)
    return;
  decoder_free (self->spare);
  wslay_event_context_free (self->encoder);
  g_free (self);
}

void
gst_p2p_ws_codec_set_max_message (GstP2PWsCodec * self, gsize bytes)
{
  self->max_message = bytes;
}
