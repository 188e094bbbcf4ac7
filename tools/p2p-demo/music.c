/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* music: real music without an end, as a bin with one raw audio pad.
 *
 * Each title is decoded by its own uridecodebin; "concat" lines them up
 * without a gap. The next title is set up while one plays, because concat must
 * know it when the current one ends. Files are played over and over; a URL is
 * played once (a live stream has no end, and two connections would be rude).
 * Titles change on streaming threads; what alters the bin is handed to
 * GStreamer's own worker threads. The fields are under the object lock.
 */
#include "demo.h"

#define MUSIC_DIR "/usr/share/games/frozen-bubble/snd/"

static const gchar *const default_music[] = {
  MUSIC_DIR "frozen-mainzik-1p.ogg",
  MUSIC_DIR "introzik.ogg",
  MUSIC_DIR "frozen-mainzik-2p.ogg",
  NULL
};

/* Debian's other music, 8 kHz mono. */
static const gchar *const other_music[] = {
  "/usr/share/asterisk/moh/macroform-cold_day.wav",
  "/usr/share/asterisk/moh/macroform-robot_dity.wav",
  NULL
};

typedef struct
{
  GstElement *bin, *concat;
  gchar **uris;
  guint next;
  gboolean endless;
  GPtrArray *titles;
} Music;

typedef struct
{
  Music *music;
  GstElement *decoder, *convert, *resample, *filter;
  GstPad *concat_pad;
} Title;

static void add_title (Music * music);

static void
free_title (gpointer data)
{
  Title *title = data;

  gst_clear_object (&title->concat_pad);
  g_free (title);
}

static void
on_pad_added (GstElement * decoder, GstPad * pad, gpointer user_data)
{
  Title *title = user_data;
  GstPad *sink = gst_element_get_static_pad (title->convert, "sink");
  GstCaps *caps = gst_pad_query_caps (pad, NULL);
  const gchar *type = "";

  if (caps && !gst_caps_is_any (caps) && !gst_caps_is_empty (caps))
    type = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  if (g_str_has_prefix (type, "audio/") && !gst_pad_is_linked (sink))
    gst_pad_link (pad, sink);
  gst_clear_caps (&caps);
  gst_object_unref (sink);
}

static GstPadProbeReturn
on_source_query (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  GstQuery *query = gst_pad_probe_info_get_query (info);
  GstFormat format;

  if (GST_QUERY_TYPE (query) != GST_QUERY_SEEKING)
    return GST_PAD_PROBE_OK;
  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  gst_query_set_seeking (query, format, FALSE, 0, -1);
  return GST_PAD_PROBE_HANDLED;
}

/* A URL is played once, from its beginning. Demuxers that look at its end first fail
 * where the server does not know ranges, and souphttpsrc promises them. */
static void
on_source_setup (GstElement * decoder, GstElement * source, gpointer user_data)
{
  GstPad *pad = gst_element_get_static_pad (source, "src");

  if (pad == NULL)
    return;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM |
      GST_PAD_PROBE_TYPE_PUSH, on_source_query, NULL, NULL);
  gst_object_unref (pad);
}

/* On a worker thread: the title that ended goes, one more gets ready. */
static void
replace_title (GstElement * bin, gpointer user_data)
{
  Title *title = user_data;
  GstElement *elements[] = { title->filter, title->resample, title->convert,
    title->decoder
  };
  guint i;

  add_title (title->music);
  for (i = 0; i < G_N_ELEMENTS (elements); i++) {
    gst_element_set_state (elements[i], GST_STATE_NULL);
    gst_bin_remove (GST_BIN (bin), elements[i]);
  }
  gst_element_release_request_pad (title->music->concat, title->concat_pad);
  GST_OBJECT_LOCK (bin);
  g_ptr_array_remove (title->music->titles, title);
  GST_OBJECT_UNLOCK (bin);
}

static GstPadProbeReturn
on_title_event (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  Title *title = user_data;

  if (GST_EVENT_TYPE (gst_pad_probe_info_get_event (info)) != GST_EVENT_EOS
      || !title->music->endless)
    return GST_PAD_PROBE_OK;
  gst_element_call_async (title->music->bin, replace_title, title, NULL);
  return GST_PAD_PROBE_REMOVE;
}

static GstElement *
add_element (Title * title, const gchar * factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  gst_bin_add (GST_BIN (title->music->bin), element);
  return element;
}

static gchar *
next_uri (Music * music)
{
  gchar *uri;

  GST_OBJECT_LOCK (music->bin);
  if (!music->uris[music->next])
    music->next = 0;
  uri = music->uris[music->next++];
  GST_OBJECT_UNLOCK (music->bin);
  return uri;
}

static void
add_title (Music * music)
{
  Title *title = g_new0 (Title, 1);
  GstElement *elements[4];
  GstCaps *caps = gst_caps_from_string ("audio/x-raw,rate=44100,channels=2");
  GstPad *src;
  gint i;

  title->music = music;
  GST_OBJECT_LOCK (music->bin);
  g_ptr_array_add (music->titles, title);
  GST_OBJECT_UNLOCK (music->bin);
  title->decoder = elements[0] = add_element (title, "uridecodebin");
  title->convert = elements[1] = add_element (title, "audioconvert");
  title->resample = elements[2] = add_element (title, "audioresample");
  title->filter = elements[3] = add_element (title, "capsfilter");
  g_object_set (title->decoder, "uri", next_uri (music), NULL);
  g_object_set (title->filter, "caps", caps, NULL);
  gst_caps_unref (caps);
  gst_element_link_many (title->convert, title->resample, title->filter, NULL);
  g_signal_connect (title->decoder, "pad-added", G_CALLBACK (on_pad_added),
      title);
  if (!music->endless)
    g_signal_connect (title->decoder, "source-setup",
        G_CALLBACK (on_source_setup), NULL);

  title->concat_pad = gst_element_request_pad_simple (music->concat, "sink_%u");
  gst_pad_add_probe (title->concat_pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_title_event, title, NULL);
  src = gst_element_get_static_pad (title->filter, "src");
  gst_pad_link (src, title->concat_pad);
  gst_object_unref (src);
  for (i = 3; i >= 0; i--)
    gst_element_sync_state_with_parent (elements[i]);
}

static gboolean
all_exist (const gchar * const *paths)
{
  for (; *paths; paths++)
    if (!g_file_test (*paths, G_FILE_TEST_IS_REGULAR))
      return FALSE;
  return TRUE;
}

static gchar **
make_uris (const gchar * const *inputs, GError ** error)
{
  GPtrArray *uris = g_ptr_array_new_with_free_func (g_free);

  for (; *inputs; inputs++) {
    gchar *uri = gst_uri_is_valid (*inputs) ? g_strdup (*inputs)
        : gst_filename_to_uri (*inputs, error);

    if (!uri) {
      g_ptr_array_unref (uris);
      return NULL;
    }
    g_ptr_array_add (uris, uri);
  }
  g_ptr_array_add (uris, NULL);
  return (gchar **) g_ptr_array_free (uris, FALSE);
}

static gchar **
find_music (gchar ** inputs, GError ** error)
{
  if (inputs && inputs[0])
    return make_uris ((const gchar * const *) inputs, error);
  if (all_exist (default_music))
    return make_uris (default_music, error);
  if (all_exist (other_music))
    return make_uris (other_music, error);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "No music: install frozen-bubble-data, or name a file or URL");
  return NULL;
}

static void
free_music (gpointer data)
{
  Music *music = data;

  g_ptr_array_unref (music->titles);
  g_strfreev (music->uris);
  g_free (music);
}

GstElement *
demo_music_new (gchar ** inputs, GError ** error)
{
  gchar **uris = find_music (inputs, error);
  Music *music;
  GstPad *src;
  guint i;

  if (!uris)
    return NULL;
  music = g_new0 (Music, 1);
  music->uris = uris;
  music->titles = g_ptr_array_new_with_free_func (free_title);
  music->endless = TRUE;
  for (i = 0; uris[i]; i++)
    music->endless &= g_str_has_prefix (uris[i], "file:");
  music->bin = gst_bin_new ("music");
  g_object_set_data_full (G_OBJECT (music->bin), "music", music, free_music);
  music->concat = gst_element_factory_make ("concat", NULL);
  gst_bin_add (GST_BIN (music->bin), music->concat);
  src = gst_element_get_static_pad (music->concat, "src");
  gst_element_add_pad (music->bin, gst_ghost_pad_new ("src", src));
  gst_object_unref (src);
  add_title (music);
  for (i = 1; music->endless ? i < 2 : uris[i] != NULL; i++)
    add_title (music);
  return music->bin;
}
