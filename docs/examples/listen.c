/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* listen.c: a listener in a program of its own. Plays an address, tells what happens
 * in the swarm, and once a second a few of the figures of "stats".
 *
 *   gcc listen.c -o listen $(pkg-config --cflags --libs gstreamer-1.0)
 *   ./listen p2p://127.0.0.1/live
 */
#include <gst/gst.h>

typedef struct
{
  GMainLoop *loop;
  GstElement *source;           /* the p2psrc that playbin made of the address */
} Player;

static void
on_source_setup (GstElement * playbin, GstElement * source, Player * self)
{
  /* another address than p2p:// has a source without figures */
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (source), "stats"))
    gst_object_replace ((GstObject **) & self->source, GST_OBJECT (source));
}

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Player *self = data;
  GError *error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      g_printerr ("%s\n", error->message);      /* says what to do, too */
      g_error_free (error);
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_ELEMENT:  /* p2p-peer-added, p2p-starving ... */
      if (g_str_has_prefix (gst_structure_get_name (gst_message_get_structure
                  (message)), "p2p-"))
        g_print ("%s\n", gst_structure_get_name (gst_message_get_structure
                (message)));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_second (gpointer data)
{
  Player *self = data;
  GstStructure *stats = NULL;
  guint64 lag = 0, lost = 0;
  guint peers = 0;

  if (self->source == NULL)
    return G_SOURCE_CONTINUE;
  g_object_get (self->source, "stats", &stats, NULL);
  gst_structure_get (stats, "lag", G_TYPE_UINT64, &lag, "fragments-lost",
      G_TYPE_UINT64, &lost, "peers", G_TYPE_UINT, &peers, NULL);
  g_print ("%u neighbours, lag %u ms, %u lost\n", peers,
      (guint) (lag / GST_MSECOND), (guint) lost);
  gst_structure_free (stats);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  Player self = { 0 };
  GstElement *playbin;
  GstBus *bus;

  gst_init (&argc, &argv);
  if (argc != 2) {
    g_printerr ("Usage: listen p2p://HOST/CHANNEL\n");
    return 1;
  }
  playbin = gst_element_factory_make ("playbin", NULL);
  if (playbin == NULL) {
    g_printerr ("playbin is missing: install GStreamer's base plugins\n");
    return 1;
  }
  self.loop = g_main_loop_new (NULL, FALSE);
  g_object_set (playbin, "uri", argv[1], NULL);
  g_signal_connect (playbin, "source-setup", G_CALLBACK (on_source_setup),
      &self);
  bus = gst_element_get_bus (playbin);
  gst_bus_add_watch (bus, on_message, &self);
  g_timeout_add_seconds (1, on_second, &self);
  gst_element_set_state (playbin, GST_STATE_PLAYING);
  g_main_loop_run (self.loop);
  gst_element_set_state (playbin, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  gst_object_replace ((GstObject **) & self.source, NULL);
  gst_object_unref (playbin);
  g_main_loop_unref (self.loop);
  return 0;
}
