/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psrc.c: plays a channel, and relays it to others.
 *
 * A live GstPushSrc. Joining begins in start(), so that a swarm is there when
 * the pipeline reaches PLAYING; create() takes verified chunks from the member,
 * turns them into buffers (gstp2preader.h) and gives them timestamps that are
 * "latency" behind the publisher (gstp2ppace.h).
 *
 * Threads: create(), unlock() and queries as the base class says; on_event()
 * and timers on the session thread; properties anywhere.
 * Locks: GST_OBJECT_LOCK guards properties and what is shared with the session
 * thread; nothing is called while it is held. Reader and pacer belong to the
 * streaming thread.
 */
/**
 * SECTION:element-p2psrc
 * @title: p2psrc
 * @see_also: p2psink
 *
 * Plays a live channel that somebody publishes with #p2psink, and passes it on
 * to other listeners. What comes out is what went in at the publisher: same
 * caps, buffers and timestamp differences; what is heard is
 * #GstP2PSrc:latency old, wherever in the swarm the listener is.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 p2psrc uri=p2p://127.0.0.1/live ! decodebin ! audioconvert ! audioresample ! autoaudiosink
 * ]| Plays a channel of audio.
 * |[
 * gst-launch-1.0 playbin uri=p2p://127.0.0.1/live?latency=500
 * ]| Plays a channel of any kind, half a second behind the publisher.
 * |[
 * gst-launch-1.0 p2psrc uri=p2p://127.0.0.1/live ! filesink location=recording.mp3
 * ]| Records a channel as it is.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pelements.h"
#include "gstp2ppace.h"
#include "gstp2psrc.h"
#include "gstp2pstation.h"
#include "gstp2pvigil.h"

GST_DEBUG_CATEGORY (gst_p2p_src_debug);
#define GST_CAT_DEFAULT gst_p2p_src_debug

#define DEFAULT_LATENCY_MS 2000
#define MAX_LATENCY_MS 8000     /* window (10 s) - 2 s */
#define WINDOW (10 * GST_SECOND)
#define DEFAULT_RELAY TRUE
#define DEFAULT_TIMEOUT_MS 10000
#define DEFAULT_IDLE_TIMEOUT_MS 60000
#define DEFAULT_PROVIDE_CLOCK FALSE
#define DEFAULT_CATCH_UP 20     /* per mille */

enum
{
  PROP_0 = GST_P2P_PROP_LAST,
  PROP_URI,
  PROP_LATENCY,
  PROP_RELAY,
  PROP_TIMEOUT,
  PROP_IDLE_TIMEOUT,
  PROP_PROVIDE_CLOCK,
  PROP_CATCH_UP,
  PROP_STATS
};

static const gchar *const uri_properties[] = {
  "latency", "relay", "rendezvous", "stun-server", "turn-server",
  "ice-transport-policy", "max-upload-bitrate", "max-peers", "timeout",
  "idle-timeout", "catch-up", "provide-clock", NULL
};

struct _GstP2PSrc
{
  GstPushSrc parent;

  GstP2PStation station;
  GstP2PVigil vigil;            /* its timeout_ms is a property */
  GstP2PPace pace;              /* its latency_ms and catch_up are, too */

  /* properties, GST_OBJECT_LOCK */
  guint idle_timeout_ms;
  gboolean relay, provide_clock;

  gint fresh;                   /* atomic: the base class will mark a DISCONT */

  /* streaming thread */
  GstP2PReader *reader;
  gboolean discont;
  GQueue ahead;                 /* GstEvent, GstBuffer: before the next buffer */
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

#define gst_p2p_src_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstP2PSrc, gst_p2p_src, GST_TYPE_PUSH_SRC,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER,
        gst_p2p_station_uri_handler_init);
    GST_DEBUG_CATEGORY_INIT (gst_p2p_src_debug, "p2psrc", 0,
        "P2P listening element"));
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (p2psrc, "p2psrc", GST_RANK_PRIMARY,
    GST_TYPE_P2P_SRC, gst_p2p_elements_init (plugin));

/* ---- events of the session; session thread, no lock ---- */

static void
on_event (GstP2PMember * member, GstP2PMemberEvent event,
    const GstStructure * s, const GError * error, gpointer user_data)
{
  GstP2PSrc *self = user_data;

  gst_p2p_station_tell (&self->station, event, s);
  switch (event) {
    case GST_P2P_MEMBER_JOINED:
      gst_p2p_vigil_joined (&self->vigil);
      break;
    case GST_P2P_MEMBER_STARVING:
      gst_p2p_vigil_starving (&self->vigil, member);
      break;
    case GST_P2P_MEMBER_RECOVERED:
      gst_p2p_vigil_recovered (&self->vigil);
      break;
    case GST_P2P_MEMBER_RENDEZVOUS:
      gst_p2p_vigil_rendezvous (&self->vigil, s);
      break;
    case GST_P2P_MEMBER_ERROR:
      gst_p2p_vigil_fail (&self->vigil, error);
      break;
    default:
      break;
  }
}

/* ---- output; streaming thread ---- */

/* create() is called with the base class' live lock held: what it pushed itself
 * could block, and with it every change of state. So it returns one buffer, and
 * what comes before that leaves here, when the segment is out and no lock held. */
static GstPadProbeReturn
on_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  GstP2PSrc *self = user_data;
  GstFlowReturn ret = GST_FLOW_OK;
  GstMiniObject *object;

  while (ret == GST_FLOW_OK && (object = g_queue_pop_head (&self->ahead))) {
    GstBufferList *list;

    if (GST_IS_EVENT (object)) {
      gst_pad_push_event (pad, GST_EVENT (object));
      continue;
    }
    list = gst_buffer_list_new ();
    gst_buffer_list_add (list, GST_BUFFER (object));
    while ((object = g_queue_peek_head (&self->ahead)) != NULL
        && GST_IS_BUFFER (object))
      gst_buffer_list_add (list, GST_BUFFER (g_queue_pop_head (&self->ahead)));
    ret = gst_pad_push_list (pad, list);
  }
  if (ret == GST_FLOW_OK)
    return GST_PAD_PROBE_OK;
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = ret;
  return GST_PAD_PROBE_HANDLED;
}

static GstBuffer *
finish_buffer (GstP2PSrc * self, GstP2POut * out)
{
  GstBuffer *buffer = GST_BUFFER (g_steal_pointer (&out->object));

  if (!self->pace.pacer.anchored)
    gst_p2p_pace_anchor (&self->pace, out->clock);
  GST_BUFFER_PTS (buffer) = gst_p2p_pace_map (&self->pace, out->pts);
  GST_BUFFER_DTS (buffer) = gst_p2p_pace_map (&self->pace, out->dts);
  if (self->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  return buffer;
}

/* All buffers that are ready, up to the next thing that is none: the last one
 * is returned, those before it go ahead of it as a list. */
static GstBuffer *
take_buffers (GstP2PSrc * self, GstP2POut * out)
{
  GstBuffer *buffer = finish_buffer (self, out);
  const GstP2POut *next;

  gst_p2p_out_free (out);
  if (g_atomic_int_compare_and_exchange (&self->fresh, TRUE, FALSE))
    return buffer;              /* it belongs to the first, not the last */
  while ((next = gst_p2p_reader_peek (self->reader)) != NULL
      && next->type == GST_P2P_OUT_BUFFER) {
    g_queue_push_tail (&self->ahead, buffer);
    out = gst_p2p_reader_pop (self->reader);
    buffer = finish_buffer (self, out);
    gst_p2p_out_free (out);
  }
  return buffer;
}

static void
take_gap (GstP2PSrc * self, const GstP2POut * out)
{
  GstClockTime start = gst_p2p_pace_map (&self->pace, out->pts);

  if (!self->pace.pacer.anchored || !GST_CLOCK_TIME_IS_VALID (start))
    return;
  g_queue_push_tail (&self->ahead, gst_event_new_gap (start,
          out->duration >= 0 ? (GstClockTime) out->duration :
          GST_CLOCK_TIME_NONE));
}

/* Anything but a buffer. */
static GstFlowReturn
take_other (GstP2PSrc * self, GstP2POut * out)
{
  GstFlowReturn ret = GST_FLOW_OK;

  switch (out->type) {
    case GST_P2P_OUT_CAPS:
      GST_INFO_OBJECT (self, "caps %" GST_PTR_FORMAT, out->object);
      if (!gst_base_src_set_caps (GST_BASE_SRC (self), GST_CAPS (out->object)))
        ret = GST_FLOW_NOT_NEGOTIATED;
      break;
    case GST_P2P_OUT_EVENT:
      g_queue_push_tail (&self->ahead, g_steal_pointer (&out->object));
      break;
    case GST_P2P_OUT_GAP:
      take_gap (self, out);
      break;
    case GST_P2P_OUT_RESTART:
      p2p_pacer_reset (&self->pace.pacer);
      self->discont = TRUE;
      break;
    case GST_P2P_OUT_END:
      GST_INFO_OBJECT (self, "end of stream");
      ret = GST_FLOW_EOS;
      break;
    case GST_P2P_OUT_BUFFER:
      break;
  }
  gst_p2p_out_free (out);
  return ret;
}

static void
observe_item (GstP2PSrc * self, const GstP2PItem * item)
{
  P2pChunkEnvelope e;
  gsize len;
  const guint8 *data = g_bytes_get_data (item->bytes, &len);

  self->pace.epoch = item->epoch;
  if (self->pace.pacer.anchored
      && p2p_chunk_envelope_get (data, len, &e) == P2P_OK)
    gst_p2p_pace_observe (&self->pace, (gint64) e.base_pts_ns);
}

/* Takes one item from the swarm. */
static GstFlowReturn
read_more (GstP2PSrc * self)
{
  GstP2PItem *item = gst_p2p_member_pop (self->station.member, -1);
  GError *error = NULL;
  GstFlowReturn ret = GST_FLOW_OK;

  if (item == NULL && gst_p2p_member_has_ended (self->station.member))
    return GST_FLOW_EOS;
  if (item == NULL)
    return gst_p2p_station_has_failed (&self->station) ? GST_FLOW_ERROR :
        GST_FLOW_FLUSHING;
  if (item->type == GST_P2P_ITEM_CHUNK) {
    /* Another key of the publisher is another swarm, and that one does not know
     * that we starved. */
    gst_p2p_vigil_recovered (&self->vigil);
    observe_item (self, item);
  } else if (item->type == GST_P2P_ITEM_SKIP) {
    GST_INFO_OBJECT (self, "chunks %u to %u are lost", item->chunk, item->last);
  }
  if (!gst_p2p_reader_push (self->reader, item, &error)) {
    gst_p2p_vigil_fail (&self->vigil, error);
    g_error_free (error);
    ret = GST_FLOW_ERROR;
  }
  gst_p2p_item_free (item);
  return ret;
}

static GstFlowReturn
gst_p2p_src_create (GstPushSrc * src, GstBuffer ** buffer)
{
  GstP2PSrc *self = GST_P2P_SRC (src);
  GstFlowReturn ret = GST_FLOW_OK;

  *buffer = NULL;
  while (ret == GST_FLOW_OK && *buffer == NULL) {
    GstP2POut *out = gst_p2p_reader_pop (self->reader);

    if (out == NULL)
      ret = read_more (self);
    else if (out->type == GST_P2P_OUT_BUFFER)
      *buffer = take_buffers (self, out);
    else
      ret = take_other (self, out);
  }
  return ret;
}

/* ---- start and stop ---- */

static gboolean
join (GstP2PSrc * self, GError ** error)
{
  GstP2PStation *station = &self->station;
  GstP2PMemberConfig config = { 0, };
  gboolean ok = FALSE;

  if (station->uri_error == NULL && station->location.channel == NULL
      && station->settings.rendezvous == NULL) {
    g_set_error (error, GST_P2P_ERROR, GST_P2P_ERROR_URI,
        "p2psrc needs to know what to play: set uri=p2p://host:%d/channel",
        GST_P2P_DEFAULT_PORT);
    return FALSE;
  }
  if (gst_p2p_station_configure (station, &config, error)) {
    config.channel = station->location.channel;
    config.latency_ms = self->pace.latency_ms;
    config.relay = self->relay;
    config.idle_timeout_ms = self->idle_timeout_ms;
    config.ice.use_loopback = gst_p2p_servers_are_loopback (config.rendezvous);
    ok = gst_p2p_station_join (station, &config, on_event, error);
  }
  gst_p2p_station_config_clear (&config);
  if (ok)
    gst_p2p_vigil_watch (&self->vigil, station->member);
  return ok;
}

static void
reset (GstP2PSrc * self)
{
  g_atomic_int_set (&self->fresh, TRUE);
  gst_p2p_reader_reset (self->reader);
  gst_p2p_pace_reset (&self->pace);
  g_queue_clear_full (&self->ahead, (GDestroyNotify) gst_mini_object_unref);
  self->discont = FALSE;
}

static gboolean
gst_p2p_src_stop (GstBaseSrc * src)
{
  GstP2PSrc *self = GST_P2P_SRC (src);

  gst_p2p_station_leave (&self->station);
  gst_p2p_vigil_end (&self->vigil);
  reset (self);
  return TRUE;
}

static gboolean
gst_p2p_src_start (GstBaseSrc * src)
{
  GstP2PSrc *self = GST_P2P_SRC (src);
  GError *error = NULL;

  reset (self);
  gst_p2p_station_begin (&self->station);
  gst_p2p_vigil_begin (&self->vigil);
  if (join (self, &error))
    return TRUE;
  gst_p2p_vigil_fail (&self->vigil, error);
  g_error_free (error);
  gst_p2p_src_stop (src);
  return FALSE;
}

static gboolean
gst_p2p_src_unlock (GstBaseSrc * src)
{
  GstP2PMember *member =
      gst_p2p_station_ref_member (&GST_P2P_SRC (src)->station);

  if (member != NULL)
    gst_p2p_member_set_flushing (member, TRUE);
  g_clear_object (&member);
  return TRUE;
}

static gboolean
gst_p2p_src_unlock_stop (GstBaseSrc * src)
{
  GstP2PSrc *self = GST_P2P_SRC (src);
  GstP2PMember *member = gst_p2p_station_ref_member (&self->station);

  g_atomic_int_set (&self->fresh, TRUE);
  if (member != NULL && !gst_p2p_station_has_failed (&self->station))
    gst_p2p_member_set_flushing (member, FALSE);
  g_clear_object (&member);
  return TRUE;
}

static gboolean
gst_p2p_src_post_message (GstElement * element, GstMessage * message)
{
  return gst_p2p_station_filter_message (&GST_P2P_SRC (element)->station,
      GST_ELEMENT_CLASS (parent_class), message);
}

/* For an EOS the base class waits until the streaming thread is out, while the
 * bin that sends it holds its state lock; a sink that has just prerolled waits
 * for that lock to go to PLAYING, and the streaming thread for the sink. It also
 * drops what has arrived and waits for its turn, which a recording wants. So
 * here an EOS stands in line behind it, as in a queue, and waits for nothing. */
static gboolean
gst_p2p_src_send_event (GstElement * element, GstEvent * event)
{
  GstP2PSrc *self = GST_P2P_SRC (element);
  GstEventType type = GST_EVENT_TYPE (event);
  GstP2PMember *member = NULL;

  if (type == GST_EVENT_EOS || type == GST_EVENT_FLUSH_STOP)
    member = gst_p2p_station_ref_member (&self->station);
  if (member != NULL)
    gst_p2p_member_set_ending (member, type == GST_EVENT_EOS);
  if (member == NULL || type != GST_EVENT_EOS) {
    g_clear_object (&member);
    return GST_ELEMENT_CLASS (parent_class)->send_event (element, event);
  }
  g_object_unref (member);
  gst_event_unref (event);
  return TRUE;
}

/* Caps come from the publisher; what is downstream does not choose. */
static gboolean
gst_p2p_src_negotiate (GstBaseSrc * src)
{
  return TRUE;
}

static gboolean
gst_p2p_src_is_seekable (GstBaseSrc * src)
{
  return FALSE;
}

/* ---- queries ---- */

static gchar *gst_p2p_src_get_uri (GstP2PSrc * self);

static void
answer_latency (GstP2PSrc * self, GstQuery * query)
{
  GstClockTime min;

  GST_OBJECT_LOCK (self);
  min = self->pace.start_latency;
  GST_OBJECT_UNLOCK (self);
  /* the latency property is in the timestamps already */
  gst_query_set_latency (query, TRUE, min, MAX (min, WINDOW));
}

static gboolean
gst_p2p_src_query (GstBaseSrc * src, GstQuery * query)
{
  GstP2PSrc *self = GST_P2P_SRC (src);
  gchar *uri;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_LATENCY:
      answer_latency (self, query);
      return TRUE;
    case GST_QUERY_SCHEDULING:
      /* without BANDWIDTH_LIMITED: a buffering element would pause a live
       * stream for good */
      gst_query_set_scheduling (query, GST_SCHEDULING_FLAG_SEQUENTIAL, 1, -1,
          0);
      gst_query_add_scheduling_mode (query, GST_PAD_MODE_PUSH);
      return TRUE;
    case GST_QUERY_URI:
      uri = gst_p2p_src_get_uri (self);
      gst_query_set_uri (query, uri);
      g_free (uri);
      return TRUE;
    default:
      return GST_BASE_SRC_CLASS (parent_class)->query (src, query);
  }
}

static GstClock *
gst_p2p_src_provide_clock (GstElement * element)
{
  GstP2PSrc *self = GST_P2P_SRC (element);
  GstClock *clock = NULL;

  GST_OBJECT_LOCK (self);
  if (self->provide_clock)
    clock = gst_p2p_slave_clock_ref (&self->pace.clock);
  GST_OBJECT_UNLOCK (self);
  return clock;
}

/* ---- stats ---- */

static GstStructure *
gst_p2p_src_get_stats (GstP2PSrc * self)
{
  GstStructure *out = gst_p2p_station_get_stats (&self->station);

  GST_OBJECT_LOCK (self);
  gst_structure_set (out,
      "effective-latency", G_TYPE_UINT64, self->pace.effective_latency,
      "age", G_TYPE_UINT64, self->pace.age,
      "buffers-incomplete", G_TYPE_UINT64, self->pace.dropped, NULL);
  GST_OBJECT_UNLOCK (self);
  return out;
}

/* ---- properties ---- */

static gchar *
gst_p2p_src_get_uri (GstP2PSrc * self)
{
  GstP2PLocation l = { 0, };
  gchar *uri;

  GST_OBJECT_LOCK (self);
  if (self->station.location.channel != NULL) {
    l.secure = self->station.location.secure;
    l.host = g_strdup (self->station.location.host);
    l.port = self->station.location.port;
    l.channel = g_strdup (self->station.location.channel);
    l.query = g_ptr_array_new_with_free_func (g_free);
  }
  GST_OBJECT_UNLOCK (self);
  if (l.channel == NULL)
    return NULL;
  gst_p2p_location_take (&l, G_OBJECT (self), uri_properties);
  uri = gst_p2p_location_to_string (&l);
  gst_p2p_location_clear (&l);
  return uri;
}

static void
set_provide_clock (GstP2PSrc * self, gboolean provide)
{
  self->provide_clock = provide;
  if (provide)
    GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_PROVIDE_CLOCK);
  else
    GST_OBJECT_FLAG_UNSET (self, GST_ELEMENT_FLAG_PROVIDE_CLOCK);
}

static void
set_latency (GstP2PSrc * self, guint latency_ms)
{
  g_autoptr (GObject) member =
      (GObject *) gst_p2p_station_ref_member (&self->station);

  GST_OBJECT_LOCK (self);
  self->pace.latency_ms = latency_ms;
  GST_OBJECT_UNLOCK (self);
  if (member != NULL)
    gst_p2p_member_set_latency (GST_P2P_MEMBER (member), latency_ms);
}

/* FALSE: it is none of the element's own that only are stored. */
static gboolean
store_property (GstP2PSrc * self, guint id, const GValue * value)
{
  gboolean known = TRUE;

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_RELAY:
      self->relay = g_value_get_boolean (value);
      break;
    case PROP_TIMEOUT:
      self->vigil.timeout_ms = g_value_get_uint (value);
      break;
    case PROP_IDLE_TIMEOUT:
      self->idle_timeout_ms = g_value_get_uint (value);
      break;
    case PROP_PROVIDE_CLOCK:
      set_provide_clock (self, g_value_get_boolean (value));
      break;
    case PROP_CATCH_UP:
      self->pace.catch_up = g_value_get_uint (value);
      break;
    default:
      known = FALSE;
  }
  GST_OBJECT_UNLOCK (self);
  return known;
}

static void
gst_p2p_src_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstP2PSrc *self = GST_P2P_SRC (object);

  if (id == PROP_URI)
    gst_p2p_station_set_uri (&self->station, g_value_get_string (value));
  else if (id == PROP_LATENCY)
    set_latency (self, g_value_get_uint (value));
  else if (!store_property (self, id, value)
      && !gst_p2p_station_set_property (&self->station, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static gboolean
read_property (GstP2PSrc * self, guint id, GValue * value)
{
  gboolean known = TRUE;

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LATENCY:
      g_value_set_uint (value, self->pace.latency_ms);
      break;
    case PROP_RELAY:
      g_value_set_boolean (value, self->relay);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->vigil.timeout_ms);
      break;
    case PROP_IDLE_TIMEOUT:
      g_value_set_uint (value, self->idle_timeout_ms);
      break;
    case PROP_PROVIDE_CLOCK:
      g_value_set_boolean (value, self->provide_clock);
      break;
    case PROP_CATCH_UP:
      g_value_set_uint (value, self->pace.catch_up);
      break;
    default:
      known = FALSE;
  }
  GST_OBJECT_UNLOCK (self);
  return known;
}

static void
gst_p2p_src_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstP2PSrc *self = GST_P2P_SRC (object);

  if (id == PROP_STATS)
    g_value_take_boxed (value, gst_p2p_src_get_stats (self));
  else if (id == PROP_URI)
    g_value_take_string (value, gst_p2p_src_get_uri (self));
  else if (!read_property (self, id, value)
      && !gst_p2p_station_get_property (&self->station, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* ---- class ---- */

static void
gst_p2p_src_finalize (GObject * object)
{
  GstP2PSrc *self = GST_P2P_SRC (object);

  gst_p2p_station_clear (&self->station);
  gst_p2p_vigil_clear (&self->vigil);
  gst_p2p_pace_clear (&self->pace);
  g_queue_clear_full (&self->ahead, (GDestroyNotify) gst_mini_object_unref);
  gst_p2p_reader_free (self->reader);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

/**
 * GstP2PSrc:uri:
 *
 * What to play: p2p://host[:port]/channel, with p2ps:// over TLS. The channel
 * is a name or the stream's id; an empty one is the only one there. The query
 * may set other properties. It can't be changed while the element runs.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:latency:
 *
 * Milliseconds between the arrival of media at the publisher's element and
 * their playing here. It is built into the timestamps, not into the answer to
 * the LATENCY query.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:relay:
 *
 * Whether the stream is passed on to other listeners. Without it the element
 * is a leaf, which gets what others have to spare.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:timeout:
 *
 * Milliseconds to wait for the first media before an error is posted; 0 waits
 * for ever.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:idle-timeout:
 *
 * Milliseconds to keep a channel whose publisher said goodbye without an end
 * of stream; then comes EOS. 0 keeps it for ever.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:provide-clock:
 *
 * Whether the pipeline is offered a clock that runs as fast as the
 * publisher's, so that audio sinks with slave-method=resample follow it
 * without clicks.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:catch-up:
 *
 * Per mille by which elementary streams are played faster or slower to come
 * back to #GstP2PSrc:latency; 0 jumps instead.
 *
 * Since: 0.1
 */

/**
 * GstP2PSrc:stats:
 *
 * A #GstStructure named application/x-p2p-stats that has the same fields at
 * any time; docs/elements/p2psrc.md lists them. Counters are guint64, times
 * are in nanoseconds.
 *
 * Since: 0.1
 */

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  gst_p2p_settings_install (klass);
  g_object_class_install_property (klass, PROP_URI,
      g_param_spec_string ("uri", "URI",
          "What to play: p2p://host[:port]/channel, p2ps:// over TLS",
          NULL, flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (klass, PROP_LATENCY,
      g_param_spec_uint ("latency", "Latency",
          "Milliseconds between the publisher's and our playing of the same "
          "moment", 0, MAX_LATENCY_MS, DEFAULT_LATENCY_MS,
          flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (klass, PROP_RELAY,
      g_param_spec_boolean ("relay", "Relay",
          "Pass the stream on to other listeners", DEFAULT_RELAY,
          flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (klass, PROP_TIMEOUT,
      g_param_spec_uint ("timeout", "Timeout",
          "Milliseconds to wait for the first media before it is an error "
          "(0 = for ever)", 0, G_MAXINT, DEFAULT_TIMEOUT_MS,
          flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (klass, PROP_IDLE_TIMEOUT,
      g_param_spec_uint ("idle-timeout", "Idle timeout",
          "Milliseconds to keep a channel whose publisher left without an end "
          "of stream (0 = for ever)", 0, G_MAXINT, DEFAULT_IDLE_TIMEOUT_MS,
          flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (klass, PROP_PROVIDE_CLOCK,
      g_param_spec_boolean ("provide-clock", "Provide clock",
          "Offer the pipeline a clock that runs as fast as the publisher's",
          DEFAULT_PROVIDE_CLOCK, flags | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (klass, PROP_CATCH_UP,
      g_param_spec_uint ("catch-up", "Catch up",
          "Per mille by which elementary streams are played faster or slower "
          "to come back to the latency (0 = never, jump instead)", 0,
          P2P_PACER_MAX_PERMILLE, DEFAULT_CATCH_UP,
          flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "Counters of the swarm",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_p2p_src_class_init (GstP2PSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);
  GstPushSrcClass *push_class = GST_PUSH_SRC_CLASS (klass);

  object_class->set_property = gst_p2p_src_set_property;
  object_class->get_property = gst_p2p_src_get_property;
  object_class->finalize = gst_p2p_src_finalize;
  install_properties (object_class);

  element_class->provide_clock = GST_DEBUG_FUNCPTR (gst_p2p_src_provide_clock);
  element_class->post_message = GST_DEBUG_FUNCPTR (gst_p2p_src_post_message);
  element_class->send_event = GST_DEBUG_FUNCPTR (gst_p2p_src_send_event);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "P2P live source",
      "Source/Network",
      "Plays a live stream from peers and relays it to others",
      "gst-plugins-p2p developers <developers@gst-plugins-p2p.example>");

  base_class->start = GST_DEBUG_FUNCPTR (gst_p2p_src_start);
  base_class->stop = GST_DEBUG_FUNCPTR (gst_p2p_src_stop);
  base_class->unlock = GST_DEBUG_FUNCPTR (gst_p2p_src_unlock);
  base_class->unlock_stop = GST_DEBUG_FUNCPTR (gst_p2p_src_unlock_stop);
  base_class->negotiate = GST_DEBUG_FUNCPTR (gst_p2p_src_negotiate);
  base_class->is_seekable = GST_DEBUG_FUNCPTR (gst_p2p_src_is_seekable);
  base_class->query = GST_DEBUG_FUNCPTR (gst_p2p_src_query);
  push_class->create = GST_DEBUG_FUNCPTR (gst_p2p_src_create);
}

static void
gst_p2p_src_init (GstP2PSrc * self)
{
  GstBaseSrc *src = GST_BASE_SRC (self);

  gst_p2p_station_init (&self->station, GST_ELEMENT (self), uri_properties);
  gst_p2p_vigil_init (&self->vigil, &self->station);
  self->vigil.timeout_ms = DEFAULT_TIMEOUT_MS;
  self->reader = gst_p2p_reader_new ();
  gst_p2p_pace_init (&self->pace, &self->station, self->reader);
  self->pace.latency_ms = DEFAULT_LATENCY_MS;
  self->idle_timeout_ms = DEFAULT_IDLE_TIMEOUT_MS;
  self->relay = DEFAULT_RELAY;
  self->pace.catch_up = DEFAULT_CATCH_UP;
  g_queue_init (&self->ahead);
  gst_pad_add_probe (GST_BASE_SRC_PAD (self), GST_PAD_PROBE_TYPE_BUFFER,
      on_buffer, self, NULL);
  gst_base_src_set_live (src, TRUE);
  gst_base_src_set_format (src, GST_FORMAT_TIME);
  gst_base_src_set_do_timestamp (src, FALSE);
}
