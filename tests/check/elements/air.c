/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* air.c: pipelines on the loopback, and what passed in them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "air.h"
#include "../../../gst/p2p/gstp2pcontext.h"

static GList *on_air = NULL;    /* Air; test thread only */
static GstP2PLoopbackHub *hub;
GstP2PSession *air_near, *air_far;

void
air_setup (void)
{
  const GstP2PBackend *backend = gst_p2p_loopback_backend ();

  hub = gst_p2p_loopback_hub_new (1000, 0, 1);
  air_near = gst_p2p_session_new (backend, hub, NULL, NULL);
  air_far = gst_p2p_session_new (backend, hub, NULL, NULL);
  fail_unless (air_near != NULL && air_far != NULL);
}

void
air_teardown (void)
{
  air_end_all ();
  g_clear_object (&air_near);
  g_clear_object (&air_far);
  gst_p2p_loopback_hub_unref (hub);
}

static void
seen_clear (gpointer data)
{
  gst_buffer_unref (((AirSeen *) data)->buffer);
}

static void
see_buffer (Air * self, GstBuffer * buffer)
{
  AirSeen s = { gst_buffer_ref (buffer), GST_CLOCK_TIME_NONE,
    self->segment.rate, g_get_monotonic_time ()
  };

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    s.running_time = gst_segment_to_running_time (&self->segment,
        GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  g_array_append_val (self->seen, s);
}

static void
see_event (Air * self, GstEvent * event)
{
  GstTagList *tags;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &self->segment);
      self->segments++;
      break;
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      gst_caps_replace (&self->caps, caps);
      break;
    case GST_EVENT_TAG:
      gst_event_parse_tag (event, &tags);
      g_ptr_array_add (self->tags, gst_tag_list_to_string (tags));
      break;
    default:
      break;
  }
}

static GstPadProbeReturn
on_probe (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Air *self = user_data;
  guint i;

  g_mutex_lock (&self->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    see_buffer (self, GST_PAD_PROBE_INFO_BUFFER (info));
  } else if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);

    for (i = 0; i < gst_buffer_list_length (list); i++)
      see_buffer (self, gst_buffer_list_get (list, i));
  } else {
    see_event (self, GST_PAD_PROBE_INFO_EVENT (info));
  }
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

Air *
air_new (const gchar * launch, GstP2PSession * session)
{
  Air *self = g_new0 (Air, 1);
  GError *error = NULL;
  GstElement *watch;
  GstPad *pad;

  self->pipeline = gst_parse_launch (launch, &error);
  on_air = g_list_prepend (on_air, self);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  g_mutex_init (&self->lock);
  self->seen = g_array_new (FALSE, FALSE, sizeof (AirSeen));
  g_array_set_clear_func (self->seen, seen_clear);
  self->tags = g_ptr_array_new_with_free_func (g_free);
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  watch = gst_bin_get_by_name (GST_BIN (self->pipeline), "watch");
  if (watch != NULL) {
    pad = gst_element_get_static_pad (watch, "sink");
    if (pad == NULL)
      pad = gst_element_get_static_pad (watch, "src");
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
        GST_PAD_PROBE_TYPE_BUFFER_LIST | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        on_probe, self, NULL);
    gst_object_unref (pad);
    gst_object_unref (watch);
  }
  if (session != NULL) {
    GstContext *context = gst_p2p_context_new (session);

    gst_element_set_context (self->pipeline, context);
    gst_context_unref (context);
  }
  return self;
}

void
air_start (Air * self)
{
  self->started = g_get_monotonic_time ();
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

GError *
air_wait_error (Air * self, gchar ** debug)
{
  GstBus *bus = gst_element_get_bus (self->pipeline);
  GstMessage *m = gst_bus_timed_pop_filtered (bus, AIR_WAIT, GST_MESSAGE_ERROR);
  GError *error = NULL;

  fail_unless (m != NULL, "no error came");
  gst_message_parse_error (m, &error, debug);
  gst_message_unref (m);
  gst_object_unref (bus);
  return error;
}

GstMessage *
air_wait (Air * self, GstMessageType type, const gchar * name)
{
  GstBus *bus = gst_element_get_bus (self->pipeline);
  gint64 end = g_get_monotonic_time () + AIR_WAIT / 1000;
  GstMessage *m;

  for (;;) {
    m = gst_bus_timed_pop_filtered (bus, MAX (end - g_get_monotonic_time (),
            0) * 1000, type | GST_MESSAGE_ERROR);
    fail_unless (m != NULL, "no %s %s came", gst_message_type_get_name (type),
        name ? name : "");
    if (GST_MESSAGE_TYPE (m) == GST_MESSAGE_ERROR && type != GST_MESSAGE_ERROR) {
      GError *error;
      gchar *debug;

      gst_message_parse_error (m, &error, &debug);
      fail ("%s (%s)", error->message, debug);
    }
    if (name == NULL || gst_message_has_name (m, name))
      break;
    gst_message_unref (m);
  }
  gst_object_unref (bus);
  return m;
}

void
air_wait_on_air (Air * self)
{
  gst_message_unref (air_wait (self, GST_MESSAGE_INFO, NULL));
}

GstElement *
air_get (Air * self, const gchar * name)
{
  return gst_bin_get_by_name (GST_BIN (self->pipeline), name);
}

guint
air_count (Air * self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->seen->len;
  g_mutex_unlock (&self->lock);
  return n;
}

void
air_wait_buffers (Air * self, guint n)
{
  gint64 end = g_get_monotonic_time () + AIR_WAIT / 1000;

  while (air_count (self) < n) {
    fail_unless (g_get_monotonic_time () < end, "%u of %u buffers came",
        air_count (self), n);
    g_usleep (5000);
  }
}

guint
air_count_segments (Air * self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->segments;
  g_mutex_unlock (&self->lock);
  return n;
}

guint
air_count_tags (Air * self, const gchar * what)
{
  guint i, found = 0;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->tags->len; i++)
    found += strstr (g_ptr_array_index (self->tags, i), what) != NULL;
  g_mutex_unlock (&self->lock);
  return found;
}

void
air_wait_tag (Air * self, const gchar * what)
{
  gint64 end = g_get_monotonic_time () + AIR_WAIT / 1000;

  while (air_count_tags (self, what) == 0) {
    fail_unless (g_get_monotonic_time () < end, "no tag with %s came", what);
    g_usleep (5000);
  }
}

void
air_stop (Air * self)
{
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_NULL) ==
      GST_STATE_CHANGE_SUCCESS);
}

static void
free_stopped (Air * self)
{
  on_air = g_list_remove (on_air, self);
  gst_object_unref (self->pipeline);
  g_array_unref (self->seen);
  g_ptr_array_unref (self->tags);
  gst_clear_caps (&self->caps);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
air_free (Air * self)
{
  air_stop (self);
  free_stopped (self);
}

guint64
air_stat (GstElement * element, const gchar * name)
{
  GstStructure *stats;
  guint64 value = G_MAXUINT64;
  guint state;

  g_object_get (element, "stats", &stats, NULL);
  if (gst_structure_get_uint (stats, name, &state))
    value = state;
  else
    fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  gst_structure_free (stats);
  return value;
}

void
air_wait_arrived (GstElement * src, GstElement * sink)
{
  gint64 end = g_get_monotonic_time () + AIR_WAIT / 1000;

  while (air_stat (src, "next-fragment") < air_stat (sink,
          "fragments-published")) {
    fail_unless (g_get_monotonic_time () < end);
    g_usleep (5000);
  }
}

/* ---- the machine ---- */

/* It may stand still for so long in a run that is judged by the clock. */
#define STEADY_MS 400

static GThread *watcher = NULL;
static gint watching;           /* atomic */
static gint64 longest;          /* us; the watcher's until it is joined */

static gpointer
watch_machine (gpointer data)
{
  gint64 last = g_get_monotonic_time (), now;

  while (g_atomic_int_get (&watching)) {
    g_usleep (10000);
    now = g_get_monotonic_time ();
    longest = MAX (longest, now - last);
    last = now;
  }
  return NULL;
}

guint
air_machine_stood_still (void)
{
  g_atomic_int_set (&watching, FALSE);
  g_thread_join (watcher);
  watcher = NULL;
  return longest / 1000;
}

void
air_watch_machine (void)
{
  if (watcher != NULL)
    air_machine_stood_still ();
  longest = 0;
  g_atomic_int_set (&watching, TRUE);
  watcher = g_thread_new ("watcher", watch_machine, NULL);
}

gboolean
air_once_more (gboolean good, guint * tries, guint most)
{
  guint still = air_machine_stood_still ();

  if (good || still <= STEADY_MS || ++*tries == most)
    return FALSE;
  g_print ("the machine stood still for %u ms: once more\n", still);
  return TRUE;
}

gboolean
air_can_judge (guint tries, guint most)
{
  if (tries == most)
    g_print ("not judged: the machine stood still in all of %u tries\n", most);
  return tries < most;
}

void
air_end_all (void)
{
  if (watcher != NULL)
    air_machine_stood_still ();
  while (on_air != NULL) {
    Air *self = on_air->data;

    gst_element_set_state (self->pipeline, GST_STATE_NULL);
    free_stopped (self);
  }
}

gboolean
air_same_content (GstBuffer * a, GstBuffer * b)
{
  GstMapInfo map;
  gboolean same;

  gst_buffer_map (a, &map, GST_MAP_READ);
  same = gst_buffer_get_size (b) == map.size
      && gst_buffer_memcmp (b, 0, map.data, map.size) == 0;
  gst_buffer_unmap (a, &map);
  return same;
}

gint
air_find (Air * whole, Air * part, guint skip)
{
  guint i, j;

  for (i = 0; i < whole->seen->len; i++) {
    for (j = skip; j < part->seen->len; j++) {
      if (i + j - skip >= whole->seen->len
          || !air_same_content (g_array_index (whole->seen, AirSeen,
                  i + j - skip).buffer, g_array_index (part->seen, AirSeen,
                  j).buffer))
        break;
    }
    if (j == part->seen->len && j > skip)
      return i;
  }
  return -1;
}
