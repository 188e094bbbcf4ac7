/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2psink.c: publishes a stream into a swarm.
 *
 * A GstBaseSink that paces by timestamps, cuts what it renders into chunks
 * (gstp2pcutter.h) and hands them to its session, which never blocks.
 *
 * Threads: render() and events on the streaming thread, on_event() and
 * on_timer() on the session thread, properties anywhere.
 * Locks: cut_lock guards the cutter, timeline and clock; it is held while
 * chunks are handed to the member (their order is the stream's) and is taken
 * before the session's and the member's lock. GST_OBJECT_LOCK guards
 * properties and what they show; nothing is called while it is held.
 */
/**
 * SECTION:element-p2psink
 * @title: p2psink
 * @see_also: p2psrc
 *
 * Publishes an encoded stream so that any number of listeners can play it while
 * the publisher uploads only a few copies: the listeners relay to each other.
 * Every chunk is signed; a listener can't alter what it passes on.
 *
 * By default the element runs a small rendezvous server (property #GstP2PSink:port),
 * where listeners find each other. The addresses to give to listeners are
 * posted as an info message and are the properties #GstP2PSink:uri and
 * #GstP2PSink:web-uri.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc is-live=true ! audioconvert ! audioresample ! audio/x-raw,rate=44100,channels=2 ! lamemp3enc target=bitrate bitrate=128 cbr=true ! p2psink
 * ]| A test tone on the air; the terminal shows the address to listen at.
 * |[
 * gst-launch-1.0 filesrc location=song.mp3 ! mpegaudioparse ! p2psink channel=music port=0
 * ]| Broadcasts a file in real time as channel "music" on any free port.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pcutter.h"
#include "gstp2pdescription.h"
#include "gstp2pelements.h"
#include "gstp2ppublication.h"
#include "gstp2psink.h"
#include "gstp2pstamper.h"
#include "gstp2pstation.h"

GST_DEBUG_CATEGORY_STATIC (gst_p2p_sink_debug);
#define GST_CAT_DEFAULT gst_p2p_sink_debug

#define DEFAULT_CHUNK_DURATION 0
#define MAX_CHUNK_DURATION GST_SECOND

/* EOS waits for a neighbour to have the END so long. */
#define HAND_OVER_US (2 * G_USEC_PER_SEC)
#define HAND_OVER_POLL_US (10 * 1000)
/* The session thread is asked for the publisher's clock; it answers within a
 * thread switch, or when a busy machine lets it. */
#define CLOCK_POLL_US 1000
/* "can't keep up" is said at most so often */
#define WARN_INTERVAL_US (5 * G_USEC_PER_SEC)
/* the directory takes so much of a caps string */
#define MAX_DIRECTORY_CAPS 4096

enum
{
  PROP_0 = GST_P2P_PROP_LAST,
  PROP_CHUNK_DURATION,
  PROP_STATS
};

/* What a URI's query may set: nothing that names files of this machine. */
static const gchar *const uri_properties[] = {
  "rendezvous", "stun-server", "turn-server", "ice-transport-policy",
  "max-upload-bitrate", "max-peers", "chunk-duration", "title", "description",
  "genre", "homepage", NULL
};

struct _GstP2PSink
{
  GstBaseSink parent;

  GstP2PStation station;
  GstP2PPublication publication;

  /* properties, GST_OBJECT_LOCK */
  GstClockTime chunk_duration;
  GstP2PDescription description;

  guint listeners;              /* GST_OBJECT_LOCK */

  GMutex cut_lock;
  GstP2PCutter *cutter;
  GstP2PStamper stamper;
  gboolean have_clock;
  gint64 zero;                  /* monotonic time of source time 0, ns */
  gboolean timer_armed;
  gboolean warned_raw;          /* streaming thread */
  gint64 last_warning;
  guint64 refused_seen;

  GMutex wait_lock;
  GCond wait_cond;
  gboolean unlocked;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

#define gst_p2p_sink_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstP2PSink, gst_p2p_sink, GST_TYPE_BASE_SINK,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER,
        gst_p2p_station_uri_handler_init);
    G_IMPLEMENT_INTERFACE (GST_TYPE_TAG_SETTER, NULL);
    GST_DEBUG_CATEGORY_INIT (gst_p2p_sink_debug, "p2psink", 0,
        "P2P publishing element"));
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (p2psink, "p2psink", GST_RANK_NONE,
    GST_TYPE_P2P_SINK, gst_p2p_elements_init (plugin));

/* ---- the publisher's clock ---- */

/* Source time now, ns since the run began. cut_lock */
static gint64
source_time_locked (GstP2PSink * self)
{
  if (!self->have_clock)
    return 0;
  return g_get_monotonic_time () * 1000 - self->zero;
}

static gboolean
read_clock (GstP2PMember * member, gint64 * zero)
{
  P2pSwarmStats stats;
  P2pNtp now;

  gst_p2p_member_get_stats (member, &stats);
  if (stats.epoch == 0 || !gst_p2p_member_get_source_time (member, &now, NULL))
    return FALSE;
  *zero = g_get_monotonic_time () * 1000 - gst_p2p_ntp_diff (now, stats.epoch);
  return TRUE;
}

/* wait_lock is not held. */
static gboolean
is_unlocked (GstP2PSink * self)
{
  gboolean unlocked;

  g_mutex_lock (&self->wait_lock);
  unlocked = self->unlocked;
  g_mutex_unlock (&self->wait_lock);
  return unlocked;
}

/* Streaming thread, no lock. The first buffers wait for it: there is no source
 * time to stamp them with, and none of them may be missing. */
static GstFlowReturn
ensure_clock (GstP2PSink * self, GstP2PMember * member, gint64 * came)
{
  GstFlowReturn ret;
  gint64 zero;

  if (self->have_clock)
    return GST_FLOW_OK;
  while (!read_clock (member, &zero)) {
    if (gst_p2p_station_has_failed (&self->station))
      return GST_FLOW_ERROR;
    /* paused or flushed: the base class knows what is next */
    if (is_unlocked (self)) {
      ret = gst_base_sink_wait_preroll (GST_BASE_SINK (self));
      if (ret != GST_FLOW_OK)
        return ret;
      *came = g_get_monotonic_time () * 1000;
    }
    g_usleep (CLOCK_POLL_US);
  }
  g_mutex_lock (&self->cut_lock);
  self->zero = zero;
  self->have_clock = TRUE;
  g_mutex_unlock (&self->cut_lock);
  return GST_FLOW_OK;
}

/* ---- from the cutter to the session; cut_lock is held ---- */

static gboolean
on_header (const P2pStreamHeader * header, gpointer user_data)
{
  GstP2PSink *self = user_data;

  GST_DEBUG_OBJECT (self, "stream header: %.*s, %u buffers, flags %#x",
      (gint) MIN (header->caps_len, 200), (const gchar *) header->caps,
      header->n_buffers, header->flags);
  return gst_p2p_member_publish_header (self->station.member, header);
}

static gboolean
on_chunk (guint8 * data, gsize len, gpointer user_data)
{
  GstP2PSink *self = user_data;

  GST_LOG_OBJECT (self, "chunk of %" G_GSIZE_FORMAT " bytes", len);
  return gst_p2p_member_publish_chunk (self->station.member, data, len);
}

static const GstP2PCutterFuncs cutter_funcs = { on_header, on_chunk };

static void on_timer (GstP2PMember * member, gpointer user_data);

/* One timer at a time: it looks for what is open when it fires. */
static void
arm_timer_locked (GstP2PSink * self)
{
  gint64 deadline = gst_p2p_cutter_get_deadline (self->cutter);
  gint64 delay;

  if (self->timer_armed || deadline == GST_CLOCK_STIME_NONE)
    return;
  delay = MAX (deadline - source_time_locked (self), 0);
  self->timer_armed = TRUE;
  gst_p2p_member_add_timer (self->station.member, delay / 1000 + 1, on_timer,
      self);
}

static void
on_timer (GstP2PMember * member, gpointer user_data)
{
  GstP2PSink *self = user_data;

  g_mutex_lock (&self->cut_lock);
  self->timer_armed = FALSE;
  if (self->cutter != NULL) {
    gst_p2p_cutter_tick (self->cutter, source_time_locked (self));
    arm_timer_locked (self);
  }
  g_mutex_unlock (&self->cut_lock);
}

/* ---- rendering ---- */

/* came: monotonic, ns. The first one may have come before the clock began. */
static void
cut_buffer_locked (GstP2PSink * self, GstBuffer * buffer, gboolean first,
    gint64 came)
{
  gint64 now = source_time_locked (self);
  GstP2PTimes times;

  if (gst_p2p_stamper_buffer (&self->stamper, &GST_BASE_SINK (self)->segment,
          buffer, came - self->zero, &times)) {
    GST_INFO_OBJECT (self, "timestamps jumped");
    gst_p2p_cutter_discont (self->cutter);
  }
  gst_p2p_cutter_push (self->cutter, buffer, &times, first, now);
}

static void
ask_for_key_unit (GstP2PSink * self)
{
  /* GstVideo's event, written here to do without its library */
  GstStructure *s = gst_structure_new ("GstForceKeyUnit",
      "running-time", GST_TYPE_CLOCK_TIME, GST_CLOCK_TIME_NONE,
      "all-headers", G_TYPE_BOOLEAN, TRUE, "count", G_TYPE_UINT, 0, NULL);

  GST_DEBUG_OBJECT (self, "asking upstream for a key frame");
  gst_pad_push_event (GST_BASE_SINK_PAD (self),
      gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM, s));
}

static void
warn_if_refused (GstP2PSink * self)
{
  gint64 now = g_get_monotonic_time ();
  GstP2PCutterStats stats;

  g_mutex_lock (&self->cut_lock);       /* the timer cuts, too */
  gst_p2p_cutter_get_stats (self->cutter, &stats);
  g_mutex_unlock (&self->cut_lock);
  if (stats.refused + stats.oversized == self->refused_seen
      || now - self->last_warning < WARN_INTERVAL_US)
    return;
  self->refused_seen = stats.refused + stats.oversized;
  self->last_warning = now;
  GST_ELEMENT_WARNING (self, STREAM, FAILED,
      ("Part of the stream was not published: this machine can't keep up, or "
          "a buffer was larger than 8 MiB"),
      ("%" G_GUINT64_FORMAT " chunks refused, %" G_GUINT64_FORMAT
          " buffers too large", stats.refused, stats.oversized));
}

static gboolean
check_format (GstP2PSink * self)
{
  GstFormat format = GST_BASE_SINK (self)->segment.format;
  g_autoptr (GError) error = NULL;

  if (format == GST_FORMAT_TIME)
    return TRUE;
  error = g_error_new (GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
      "p2psink needs timestamps; put a parser in front, e.g. "
      "filesrc ! mpegaudioparse ! p2psink (the stream counts %s)",
      gst_format_get_name (format));
  gst_p2p_station_fail (&self->station, error);
  return FALSE;
}

/* buffer or list */
static GstFlowReturn
render (GstP2PSink * self, GstBuffer * buffer, GstBufferList * list)
{
  gint64 came = g_get_monotonic_time () * 1000, now;
  GstFlowReturn ret;
  gboolean ask;
  guint i;

  if (gst_p2p_station_has_failed (&self->station) || !check_format (self))
    return GST_FLOW_ERROR;
  if ((ret = ensure_clock (self, self->station.member, &came)) != GST_FLOW_OK)
    return ret;
  g_mutex_lock (&self->cut_lock);
  if (buffer != NULL)
    cut_buffer_locked (self, buffer, TRUE, came);
  for (i = 0; list != NULL && i < gst_buffer_list_length (list); i++)
    cut_buffer_locked (self, gst_buffer_list_get (list, i), i == 0, came);
  arm_timer_locked (self);
  now = source_time_locked (self);
  ask = gst_p2p_cutter_wants_key_unit (self->cutter, now);
  g_mutex_unlock (&self->cut_lock);

  if (ask)
    ask_for_key_unit (self);
  warn_if_refused (self);
  return GST_FLOW_OK;
}

static GstFlowReturn
gst_p2p_sink_render (GstBaseSink * sink, GstBuffer * buffer)
{
  return render (GST_P2P_SINK (sink), buffer, NULL);
}

static GstFlowReturn
gst_p2p_sink_render_list (GstBaseSink * sink, GstBufferList * list)
{
  return render (GST_P2P_SINK (sink), NULL, list);
}

/* ---- caps, tags, other events ---- */

/* No lock. */
static void
update_directory (GstP2PSink * self, GstP2PMember * member)
{
  GstP2PDescription shown = { 0, };
  g_autofree gchar *caps = NULL;

  g_mutex_lock (&self->cut_lock);
  caps = g_strdup (gst_p2p_cutter_get_caps_string (self->cutter));
  g_mutex_unlock (&self->cut_lock);
  if (caps != NULL && strlen (caps) > MAX_DIRECTORY_CAPS)
    *strchrnul (caps, ',') = '\0';
  GST_OBJECT_LOCK (self);
  gst_p2p_description_copy (&self->description, &shown);
  GST_OBJECT_UNLOCK (self);
  gst_p2p_member_set_directory (member, shown.title,
      shown.description, shown.genre, shown.homepage, caps);
  gst_p2p_description_clear (&shown);
}

/* Waits until somebody else has all that was published, or there is nobody. */
static void
wait_for_hand_over (GstP2PSink * self)
{
  gint64 deadline = g_get_monotonic_time () + HAND_OVER_US;
  gint64 newest, handed;

  g_mutex_lock (&self->wait_lock);
  while (!self->unlocked && !gst_p2p_station_has_failed (&self->station)) {
    gint64 now = g_get_monotonic_time ();

    handed = gst_p2p_member_get_handed_over (self->station.member, &newest);
    if (now >= deadline || (newest >= 0 && handed >= newest))
      break;
    g_cond_wait_until (&self->wait_cond, &self->wait_lock,
        now + HAND_OVER_POLL_US);
  }
  g_mutex_unlock (&self->wait_lock);
}

/* Whoever listens gets what came before: an application stops at an error. */
static void
publish_the_rest (GstP2PSink * self)
{
  gint64 newest;

  g_mutex_lock (&self->cut_lock);
  gst_p2p_cutter_flush (self->cutter);
  g_mutex_unlock (&self->cut_lock);
  gst_p2p_member_get_handed_over (self->station.member, &newest);
  if (newest >= 0)
    wait_for_hand_over (self);
}

/* It works, and hardly any uplink carries it: mostly an encoder was forgotten. */
static void
warn_if_raw (GstP2PSink * self, GstCaps * caps)
{
  const gchar *name = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  gboolean video = g_str_equal (name, "video/x-raw");

  if (self->warned_raw || (!video && !g_str_equal (name, "audio/x-raw")))
    return;
  self->warned_raw = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, FORMAT,
      ("This stream is not compressed (%s), more than most uplinks carry: put "
          "an encoder in front, e.g. %s ! p2psink", name, video ?
          "x264enc tune=zerolatency ! h264parse" : "lamemp3enc"), (NULL));
}

static gboolean
gst_p2p_sink_set_caps (GstBaseSink * sink, GstCaps * caps)
{
  GstP2PSink *self = GST_P2P_SINK (sink);
  GError *error = NULL;
  gboolean ok;

  GST_INFO_OBJECT (self, "caps %" GST_PTR_FORMAT, caps);
  g_mutex_lock (&self->cut_lock);
  ok = gst_p2p_cutter_set_caps (self->cutter, caps, &error);
  g_mutex_unlock (&self->cut_lock);
  if (!ok) {
    publish_the_rest (self);
    gst_p2p_station_fail (&self->station, error);
    g_error_free (error);
    return FALSE;
  }
  warn_if_raw (self, caps);
  update_directory (self, self->station.member);
  return TRUE;
}

static void
handle_tags (GstP2PSink * self, GstTagList * tags)
{
  GstTagSetter *setter = GST_TAG_SETTER (self);
  GstTagList *merged = gst_tag_list_merge (tags,
      gst_tag_setter_get_tag_list (setter),
      gst_tag_setter_get_tag_merge_mode (setter));
  gboolean changed;

  if (merged == NULL)
    return;
  g_mutex_lock (&self->cut_lock);
  gst_p2p_cutter_push_tags (self->cutter, merged, source_time_locked (self));
  if (self->have_clock)
    arm_timer_locked (self);
  g_mutex_unlock (&self->cut_lock);
  GST_OBJECT_LOCK (self);
  changed = gst_p2p_description_take_tags (&self->description, merged);
  GST_OBJECT_UNLOCK (self);
  if (changed)
    update_directory (self, self->station.member);
  gst_tag_list_unref (merged);
}

static void
handle_gap (GstP2PSink * self, GstEvent * event)
{
  GstClockTime start, duration;
  GstP2PTimes t;

  gst_event_parse_gap (event, &start, &duration);
  g_mutex_lock (&self->cut_lock);
  if (self->have_clock && gst_p2p_stamper_gap (&self->stamper,
          &GST_BASE_SINK (self)->segment, start, &t)) {
    gst_p2p_cutter_push_gap (self->cutter, &t,
        GST_CLOCK_TIME_IS_VALID (duration) ? (gint64) duration : -1,
        source_time_locked (self));
    arm_timer_locked (self);
  }
  g_mutex_unlock (&self->cut_lock);
}

/* New time line after a flush or a pause. */
static void
restart_timeline (GstP2PSink * self)
{
  g_mutex_lock (&self->cut_lock);
  if (self->cutter != NULL) {
    gst_p2p_cutter_flush (self->cutter);
    if (gst_p2p_stamper_reset (&self->stamper))
      gst_p2p_cutter_discont (self->cutter);
  }
  g_mutex_unlock (&self->cut_lock);
}

static void
handle_eos (GstP2PSink * self)
{
  gboolean published = FALSE;

  g_mutex_lock (&self->cut_lock);
  if (self->have_clock)
    published = gst_p2p_cutter_end (self->cutter, source_time_locked (self));
  g_mutex_unlock (&self->cut_lock);
  if (published)
    wait_for_hand_over (self);
  else if (!gst_p2p_station_has_failed (&self->station))
    GST_ELEMENT_WARNING (self, STREAM, FAILED,
        ("The stream ended before it had any media: nothing was published"),
        (NULL));
}

static void
handle_custom_event (GstP2PSink * self, GstEvent * event)
{
  g_mutex_lock (&self->cut_lock);
  if (self->have_clock) {
    gst_p2p_cutter_push_event (self->cutter, event, source_time_locked (self));
    arm_timer_locked (self);
  }
  g_mutex_unlock (&self->cut_lock);
}

static gboolean
gst_p2p_sink_event (GstBaseSink * sink, GstEvent * event)
{
  GstP2PSink *self = GST_P2P_SINK (sink);
  GstTagList *tags;
  gboolean ok;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      handle_eos (self);
      break;
    case GST_EVENT_TAG:
      gst_event_parse_tag (event, &tags);
      handle_tags (self, tags);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      handle_custom_event (self, event);
      break;
    case GST_EVENT_FLUSH_STOP:
      restart_timeline (self);
      break;
    case GST_EVENT_GAP:
      /* the base class waits for its time first */
      gst_event_ref (event);
      ok = GST_BASE_SINK_CLASS (parent_class)->event (sink, event);
      handle_gap (self, event);
      gst_event_unref (event);
      return ok;
    default:
      break;
  }
  return GST_BASE_SINK_CLASS (parent_class)->event (sink, event);
}

/* A latency is for sinks that play together with others; the listeners of this
 * one play later anyway. Elements before it still hear of it. */
static gboolean
gst_p2p_sink_post_message (GstElement * element, GstMessage * message)
{
  return gst_p2p_station_filter_message (&GST_P2P_SINK (element)->station,
      GST_ELEMENT_CLASS (parent_class), message);
}

static gboolean
gst_p2p_sink_send_event (GstElement * element, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_LATENCY)
    return gst_pad_push_event (GST_BASE_SINK_PAD (element), event);
  return GST_ELEMENT_CLASS (parent_class)->send_event (element, event);
}

/* ---- events of the session; session thread, no lock ---- */

static void
on_superseded (GstP2PSink * self)
{
  GError *error = g_error_new_literal (GST_P2P_ERROR,
      GST_P2P_ERROR_SUPERSEDED, "Another p2psink with the same key went on the "
      "air after this one; give each channel its own key-location");

  gst_p2p_station_fail (&self->station, error);
  g_error_free (error);
}

static void
on_event (GstP2PMember * member, GstP2PMemberEvent event,
    const GstStructure * s, const GError * error, gpointer user_data)
{
  GstP2PSink *self = user_data;

  gst_p2p_station_tell (&self->station, event, s);
  switch (event) {
    case GST_P2P_MEMBER_PUBLISHED:
      gst_p2p_publication_published (&self->publication, s);
      break;
    case GST_P2P_MEMBER_LISTENERS:
      GST_OBJECT_LOCK (self);
      gst_structure_get_uint (s, "listeners", &self->listeners);
      GST_OBJECT_UNLOCK (self);
      break;
    case GST_P2P_MEMBER_RENDEZVOUS:
      gst_p2p_publication_rendezvous (&self->publication, s);
      break;
    case GST_P2P_MEMBER_SUPERSEDED:
      on_superseded (self);
      break;
    case GST_P2P_MEMBER_ERROR:
      gst_p2p_station_fail (&self->station, error);
      break;
    default:
      break;
  }
}

/* ---- start and stop ---- */

static gboolean
join (GstP2PSink * self, GError ** error)
{
  GstP2PMemberConfig config = { 0, };
  gboolean ok;

  config.title = self->description.title;
  config.description = self->description.description;
  config.genre = self->description.genre;
  config.homepage = self->description.homepage;
  ok = gst_p2p_publication_begin (&self->publication, &config, error)
      && gst_p2p_station_join (&self->station, &config, on_event, error);
  gst_p2p_station_config_clear (&config);
  return ok;
}

static gboolean
gst_p2p_sink_stop (GstBaseSink * sink)
{
  GstP2PSink *self = GST_P2P_SINK (sink);

  /* first: until it has left, 'published' may come */
  gst_p2p_station_leave (&self->station);
  GST_OBJECT_LOCK (self);
  self->listeners = 0;
  gst_p2p_description_forget_tags (&self->description);
  GST_OBJECT_UNLOCK (self);
  g_mutex_lock (&self->cut_lock);
  g_clear_pointer (&self->cutter, gst_p2p_cutter_free);
  g_mutex_unlock (&self->cut_lock);
  gst_p2p_publication_end (&self->publication);
  return TRUE;
}

static gboolean
gst_p2p_sink_start (GstBaseSink * sink)
{
  GstP2PSink *self = GST_P2P_SINK (sink);
  GError *error = NULL;

  gst_p2p_station_begin (&self->station);
  gst_p2p_stamper_reset (&self->stamper);
  self->have_clock = self->timer_armed = self->unlocked = FALSE;
  self->warned_raw = FALSE;
  self->last_warning = 0;
  self->refused_seen = 0;
  self->cutter = gst_p2p_cutter_new (&cutter_funcs, self);
  gst_p2p_cutter_set_duration (self->cutter, self->chunk_duration);
  if (join (self, &error))
    return TRUE;
  gst_p2p_station_fail (&self->station, error);
  g_error_free (error);
  gst_p2p_sink_stop (sink);
  return FALSE;
}

static GstStateChangeReturn
gst_p2p_sink_change_state (GstElement * element, GstStateChange transition)
{
  /* running time stands still in PAUSED, the publisher's clock does not */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    restart_timeline (GST_P2P_SINK (element));
  return GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
}

static void
set_unlocked (GstP2PSink * self, gboolean unlocked)
{
  g_mutex_lock (&self->wait_lock);
  self->unlocked = unlocked;
  g_cond_broadcast (&self->wait_cond);
  g_mutex_unlock (&self->wait_lock);
}

static gboolean
gst_p2p_sink_unlock (GstBaseSink * sink)
{
  set_unlocked (GST_P2P_SINK (sink), TRUE);
  return TRUE;
}

static gboolean
gst_p2p_sink_unlock_stop (GstBaseSink * sink)
{
  set_unlocked (GST_P2P_SINK (sink), FALSE);
  return TRUE;
}

/* ---- stats ---- */

static const gchar *const base_stats[] = {
  "average-rate", "dropped", "rendered"
};

static GstStructure *
gst_p2p_sink_get_stats (GstP2PSink * self)
{
  GstStructure *out = gst_p2p_station_get_stats (&self->station);
  GstStructure *base = gst_base_sink_get_stats (GST_BASE_SINK (self));
  GstP2PCutterStats cut = { 0, };
  guint listeners, i;

  g_mutex_lock (&self->cut_lock);
  if (self->cutter != NULL)
    gst_p2p_cutter_get_stats (self->cutter, &cut);
  g_mutex_unlock (&self->cut_lock);
  GST_OBJECT_LOCK (self);
  listeners = self->listeners;
  GST_OBJECT_UNLOCK (self);
  gst_structure_set (out, "listeners", G_TYPE_UINT, listeners,
      "fragments-published", G_TYPE_UINT64, cut.chunks,
      "bytes-published", G_TYPE_UINT64, cut.bytes,
      "fragments-refused", G_TYPE_UINT64, cut.refused,
      "stream-headers", G_TYPE_UINT64, cut.generations, NULL);
  for (i = 0; i < G_N_ELEMENTS (base_stats); i++)
    gst_structure_set_value (out, base_stats[i],
        gst_structure_get_value (base, base_stats[i]));
  gst_structure_free (base);
  return out;
}

/* ---- properties ---- */

/* Listeners see it at once. FALSE: it does not describe the channel. */
static gboolean
describe (GstP2PSink * self, guint id, const GValue * value)
{
  GstP2PMember *member;
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_p2p_description_set (&self->description, id, value);
  GST_OBJECT_UNLOCK (self);
  member = known ? gst_p2p_station_ref_member (&self->station) : NULL;
  if (member != NULL)
    update_directory (self, member);
  g_clear_object (&member);
  return known;
}

static void
gst_p2p_sink_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstP2PSink *self = GST_P2P_SINK (object);

  if (id == PROP_CHUNK_DURATION) {
    GST_OBJECT_LOCK (self);
    self->chunk_duration = g_value_get_uint64 (value);
    GST_OBJECT_UNLOCK (self);
  } else if (!gst_p2p_publication_set (&self->publication, id, value)
      && !describe (self, id, value)
      && !gst_p2p_station_set_property (&self->station, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static gboolean
read_property (GstP2PSink * self, guint id, GValue * value)
{
  gboolean known = TRUE;

  GST_OBJECT_LOCK (self);
  if (id == PROP_CHUNK_DURATION)
    g_value_set_uint64 (value, self->chunk_duration);
  else
    known = gst_p2p_description_get (&self->description, id, value);
  GST_OBJECT_UNLOCK (self);
  return known;
}

static void
gst_p2p_sink_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstP2PSink *self = GST_P2P_SINK (object);

  if (id == PROP_STATS)
    g_value_take_boxed (value, gst_p2p_sink_get_stats (self));
  else if (!read_property (self, id, value)
      && !gst_p2p_publication_get (&self->publication, id, value)
      && !gst_p2p_station_get_property (&self->station, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* ---- class ---- */

static void
gst_p2p_sink_finalize (GObject * object)
{
  GstP2PSink *self = GST_P2P_SINK (object);

  gst_p2p_station_clear (&self->station);
  gst_p2p_publication_clear (&self->publication);
  gst_p2p_description_clear (&self->description);
  g_mutex_clear (&self->cut_lock);
  g_mutex_clear (&self->wait_lock);
  g_cond_clear (&self->wait_cond);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

/**
 * GstP2PSink:chunk-duration:
 *
 * Nanoseconds of media that are signed and sent together, 1 s at most. 0 is
 * 125 ms, with video 62 ms. Shorter means less delay and more overhead.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:stats:
 *
 * A #GstStructure named application/x-p2p-stats that has the same fields at
 * any time; docs/elements/p2psrc.md and p2psink.md list them. Counters are
 * guint64, times are in nanoseconds.
 *
 * Since: 0.1
 */

static void
install_properties (GObjectClass * klass)
{
  gst_p2p_settings_install (klass);
  gst_p2p_publication_install (klass);
  g_object_class_install_property (klass, PROP_CHUNK_DURATION,
      g_param_spec_uint64 ("chunk-duration", "Chunk duration",
          "Nanoseconds of media that are signed and sent together "
          "(0 = 125 ms, with video 62 ms)", 0, MAX_CHUNK_DURATION,
          DEFAULT_CHUNK_DURATION,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_READY));
  gst_p2p_description_install (klass);
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Counters of the swarm and of the base class", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_p2p_sink_class_init (GstP2PSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  object_class->set_property = gst_p2p_sink_set_property;
  object_class->get_property = gst_p2p_sink_get_property;
  object_class->finalize = gst_p2p_sink_finalize;
  install_properties (object_class);

  element_class->change_state = GST_DEBUG_FUNCPTR (gst_p2p_sink_change_state);
  element_class->post_message = GST_DEBUG_FUNCPTR (gst_p2p_sink_post_message);
  element_class->send_event = GST_DEBUG_FUNCPTR (gst_p2p_sink_send_event);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "P2P live sink",
      "Sink/Network",
      "Broadcasts a stream to listeners who relay it to each other",
      "gst-plugins-p2p developers <developers@gst-plugins-p2p.example>");

  sink_class->start = GST_DEBUG_FUNCPTR (gst_p2p_sink_start);
  sink_class->stop = GST_DEBUG_FUNCPTR (gst_p2p_sink_stop);
  sink_class->unlock = GST_DEBUG_FUNCPTR (gst_p2p_sink_unlock);
  sink_class->unlock_stop = GST_DEBUG_FUNCPTR (gst_p2p_sink_unlock_stop);
  sink_class->set_caps = GST_DEBUG_FUNCPTR (gst_p2p_sink_set_caps);
  sink_class->event = GST_DEBUG_FUNCPTR (gst_p2p_sink_event);
  sink_class->render = GST_DEBUG_FUNCPTR (gst_p2p_sink_render);
  sink_class->render_list = GST_DEBUG_FUNCPTR (gst_p2p_sink_render_list);
}

static void
gst_p2p_sink_init (GstP2PSink * self)
{
  GstBaseSink *sink = GST_BASE_SINK (self);

  gst_p2p_station_init (&self->station, GST_ELEMENT (self), uri_properties);
  gst_p2p_publication_init (&self->publication, &self->station);
  self->chunk_duration = DEFAULT_CHUNK_DURATION;
  g_mutex_init (&self->cut_lock);
  g_mutex_init (&self->wait_lock);
  g_cond_init (&self->wait_cond);
  gst_base_sink_set_processing_deadline (sink, 0);
  gst_base_sink_set_last_sample_enabled (sink, FALSE);
  /* what lies before the segment is needed to decode what follows */
  gst_base_sink_set_drop_out_of_segment (sink, FALSE);
}
