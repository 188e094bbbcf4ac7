/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* bench-age: how old is what a listener hears, at each place of a chain?
 *
 * Real p2psink and p2psrc, a session each, over the in-process transport (1 ms a
 * link), so that nothing but elements and swarm is measured. The publisher takes
 * one neighbour, listeners two: a chain. Age is the time from when p2psink lets a
 * buffer go (its timestamp's, or its arrival when that is later) to its showing
 * at a sink that waits for the clock, whose own processing-deadline of 20 ms is
 * taken off; "first" is from setting the listener to PLAYING to the first one
 * shown. Goal: latency +-20 ms at any depth, first sample within 300 ms. Prints a
 * table, and JSON with --json.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <gst/gst.h>

#include "../../gst/p2p/gstp2pcontext.h"
#include "../../gst/p2p/gstp2pelements.h"
#include "../../gst/p2p/session/gstp2ploopback.h"

#define DEPTH 5
#define LINK_US 1000
#define AIR_S 4                 /* on the air before the first listener */
#define JOIN_S 1                /* between two listeners */
#define LISTEN_S 8
#define SINK_US 20000           /* GstBaseSink's processing-deadline */
#define SKIP 20                 /* frames at the start that are not counted */
#define RING 1024               /* 26 s of frames */

/* White noise: no two frames are alike. */
#define PUBLISH "audiotestsrc is-live=true wave=white-noise ! " \
    "audio/x-raw,rate=44100,channels=2 ! " \
    "lamemp3enc target=bitrate bitrate=128 cbr=true ! mpegaudioparse ! " \
    "p2psink name=end port=0 max-peers=1"
#define LISTEN "p2psrc uri=p2p://hub/live max-peers=2 latency=%u ! " \
    "fakesink name=end sync=true signal-handoffs=true"

typedef struct
{
  guint hash;
  gint64 at;
} Stamp;

static GMutex lock;
static Stamp ring[RING];        /* lock */
static guint n_ring;

typedef struct
{
  GstP2PSession *session;
  GstElement *pipeline;
  GArray *ages;                 /* gint64, us; lock */
  gint64 started, first;        /* monotonic, us */
} Listener;

static guint
hash_of (GstBuffer * buffer)
{
  guint hash = 5381;
  GstMapInfo map;
  gsize i;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (i = 0; i < map.size; i++)
    hash = hash * 33 + map.data[i];
  gst_buffer_unmap (buffer, &map);
  return hash;
}

static GstPadProbeReturn
on_published (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  guint hash = hash_of (buffer);
  /* the segment begins at 0, the pipeline's clock is the monotonic one */
  gint64 due = (gst_element_get_base_time (GST_ELEMENT (data))
      + GST_BUFFER_PTS (buffer)) / 1000;

  g_mutex_lock (&lock);
  ring[n_ring % RING].hash = hash;
  ring[n_ring++ % RING].at = MAX (due, g_get_monotonic_time ());
  g_mutex_unlock (&lock);
  return GST_PAD_PROBE_OK;
}

static void
on_shown (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  Listener *self = data;
  gint64 now = g_get_monotonic_time (), age;
  guint hash = hash_of (buffer), i;

  g_mutex_lock (&lock);
  if (self->first == 0)
    self->first = now;
  for (i = 0; i < RING && i < n_ring; i++) {
    if (ring[i].hash == hash) {
      age = now - ring[i].at - SINK_US;
      g_array_append_val (self->ages, age);
      break;
    }
  }
  g_mutex_unlock (&lock);
}

static GstElement *
launch (const gchar * line, GstP2PSession * session)
{
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  GstContext *context = gst_p2p_context_new (session);

  if (error != NULL)
    g_error ("%s", error->message);
  gst_element_set_context (pipeline, context);
  gst_context_unref (context);
  return pipeline;
}

static GstElement *
publish (GstP2PSession * session)
{
  GstElement *pipeline = launch (PUBLISH, session);
  GstElement *end = gst_bin_get_by_name (GST_BIN (pipeline), "end");
  GstPad *pad = gst_element_get_static_pad (end, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_published, pipeline,
      NULL);
  gst_object_unref (pad);
  gst_object_unref (end);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

static void
listener_start (Listener * self, GstP2PLoopbackHub * hub, guint latency)
{
  g_autofree gchar *line = g_strdup_printf (LISTEN, latency);
  GstElement *end;

  self->session = gst_p2p_session_new (gst_p2p_loopback_backend (), hub, NULL,
      NULL);
  self->pipeline = launch (line, self->session);
  self->ages = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->first = 0;
  end = gst_bin_get_by_name (GST_BIN (self->pipeline), "end");
  g_signal_connect (end, "handoff", G_CALLBACK (on_shown), self);
  gst_object_unref (end);
  self->started = g_get_monotonic_time ();
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static guint
get_depth (Listener * self)
{
  GstIterator *it = gst_bin_iterate_sources (GST_BIN (self->pipeline));
  GValue value = G_VALUE_INIT;
  GstStructure *stats = NULL;
  guint depth = 0;

  if (gst_iterator_next (it, &value) == GST_ITERATOR_OK) {
    g_object_get (g_value_get_object (&value), "stats", &stats, NULL);
    gst_structure_get_uint (stats, "depth", &depth);
    gst_structure_free (stats);
    g_value_unset (&value);
  }
  gst_iterator_free (it);
  return depth;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

static gdouble
percentile (GArray * ages, guint percent)
{
  return g_array_index (ages, gint64, (ages->len - 1) * percent / 100) / 1000.0;
}

static gboolean
report (Listener * self, guint n, guint latency, GString * json)
{
  gdouble first = (self->first - self->started) / 1000.0;
  gdouble p5, p50, p95;

  if (self->ages->len < 2 * SKIP) {
    g_print ("%7u  %5u  heard %u frames\n", latency, n, self->ages->len);
    return FALSE;
  }
  g_array_remove_range (self->ages, 0, SKIP);
  g_array_sort (self->ages, compare);
  p5 = percentile (self->ages, 5);
  p50 = percentile (self->ages, 50);
  p95 = percentile (self->ages, 95);
  g_print ("%7u  %5u  %5u  %8.1f  %7.1f  %7.1f  %7.1f  %+6.1f  %6u\n", latency,
      n, get_depth (self), first, p5, p50, p95, p50 - latency, self->ages->len);
  g_string_append_printf (json, "%s{\"latency_ms\": %u, \"place\": %u, "
      "\"first_ms\": %.1f, \"p5_ms\": %.1f, \"p50_ms\": %.1f, "
      "\"p95_ms\": %.1f}", json->len > 9 ? ", " : "", latency, n, first, p5,
      p50, p95);
  return TRUE;
}

static gboolean
measure (guint latency, GString * json)
{
  GstP2PLoopbackHub *hub = gst_p2p_loopback_hub_new (LINK_US, 0, 1);
  GstP2PSession *session = gst_p2p_session_new (gst_p2p_loopback_backend (),
      hub, NULL, NULL);
  GstElement *publisher = publish (session);
  Listener listeners[DEPTH];
  gboolean good = TRUE;
  guint i;

  g_usleep (AIR_S * G_USEC_PER_SEC);
  for (i = 0; i < DEPTH; i++) {
    listener_start (&listeners[i], hub, latency);
    g_usleep (JOIN_S * G_USEC_PER_SEC);
  }
  g_usleep (LISTEN_S * G_USEC_PER_SEC);
  g_mutex_lock (&lock);
  for (i = 0; i < DEPTH; i++)
    good &= report (&listeners[i], i + 1, latency, json);
  g_mutex_unlock (&lock);
  for (i = DEPTH; i-- > 0;) {
    gst_element_set_state (listeners[i].pipeline, GST_STATE_NULL);
    gst_object_unref (listeners[i].pipeline);
    g_object_unref (listeners[i].session);
    g_array_unref (listeners[i].ages);
  }
  gst_element_set_state (publisher, GST_STATE_NULL);
  gst_object_unref (publisher);
  g_object_unref (session);
  gst_p2p_loopback_hub_unref (hub);
  return good;
}

int
main (int argc, char **argv)
{
  const gchar *path = argc == 3 && g_str_equal (argv[1], "--json") ? argv[2]
      : NULL;
  GString *json = g_string_new ("{\"age\": [");
  g_autofree gchar *registry = g_build_filename (g_get_tmp_dir (),
      "p2p-bench-age-registry.bin", NULL);
  gboolean good;

  /* the elements are linked in: the plugin would be a second one of each */
  g_unsetenv ("GST_PLUGIN_PATH_1_0");
  g_setenv ("GST_REGISTRY_1_0", registry, TRUE);
  gst_init (&argc, &argv);
  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  g_print
      ("latency  place  depth     first       p5      p50      p95     off  "
      "frames   (ms)\n");
  good = measure (300, json);
  good &= measure (2000, json);
  g_string_append (json, "]}\n");
  if (path != NULL)
    g_file_set_contents (path, json->str, json->len, NULL);
  g_string_free (json, TRUE);
  return good ? 0 : 1;
}
