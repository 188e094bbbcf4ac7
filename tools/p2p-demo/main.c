/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2p-demo: real music, a broadcaster with little upload, listeners that
 * serve each other, a live table and a verdict. See demo.h for its parts.
 */
#include "demo.h"

#include <locale.h>
#include <string.h>

/* Each is a process. */
#define MAX_LISTENERS 500

static gboolean
parse_format (const gchar * option, const gchar * value, gpointer data,
    GError ** error)
{
  DemoOptions *options = data;
  guint i;

  for (i = 0; i < DEMO_FORMAT_COUNT; i++) {
    if (strcmp (demo_formats[i].name, value) == 0) {
      options->format = i;
      return TRUE;
    }
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "Formats are mp3, flv, ts, ogg and webm, not %s", value);
  return FALSE;
}

static GOptionGroup *
make_options (DemoOptions * o)
{
  const GOptionEntry entries[] = {
    {"listeners", 'n', 0, G_OPTION_ARG_INT, &o->listeners,
        "Listener processes (default 8)", "N"},
    {"seconds", 's', 0, G_OPTION_ARG_INT, &o->seconds,
        "How long all play together (default 30)", "S"},
    {"format", 'f', 0, G_OPTION_ARG_CALLBACK, parse_format,
        "mp3 (default), flv, ts, ogg or webm", "FORMAT"},
    {"latency", 0, 0, G_OPTION_ARG_INT, &o->latency,
        "How far behind they play (default 2000)", "MS"},
    {"upload", 'u', 0, G_OPTION_ARG_DOUBLE, &o->upload,
          "Source's upload, streams, 0 = no limit (2.5)",
        "X"},
    {"keep", 'k', 0, G_OPTION_ARG_NONE, &o->keep,
        "Go on until Ctrl-C", NULL},
    {"listen", 'l', 0, G_OPTION_ARG_NONE, &o->listen,
        "Play the first listener on the sound device", NULL},
    {"kill", 0, 0, G_OPTION_ARG_NONE, &o->kill,
        "Kill one every 3 s; another takes its place", NULL},
    {"seed", 0, 0, G_OPTION_ARG_INT, &o->seed,
        "Of --kill's choice (default 1)", "N"},
    {"directory", 'd', 0, G_OPTION_ARG_FILENAME, &o->directory,
        "Keep recordings and logs there", "DIR"},
    {"json", 0, 0, G_OPTION_ARG_FILENAME, &o->json,
        "Also write the result there", "FILE"},
    {"delay", 0, 0, G_OPTION_ARG_INT, &o->delay,
          "On air before the first listener (3000)",
        "MS"},
    {"stagger", 0, 0, G_OPTION_ARG_INT, &o->stagger,
        "Between two listeners' starts (default 100)", "MS"},
    {"source-peers", 0, 0, G_OPTION_ARG_INT, &o->source_peers,
        "max-peers of the broadcaster (benchmarks)", "N"},
    {"listener-peers", 0, 0, G_OPTION_ARG_INT, &o->listener_peers,
        "max-peers of the listeners (benchmarks)", "N"},
    {"bare", 0, 0, G_OPTION_ARG_NONE, &o->bare,
        "Neither decode nor record (benchmarks)", NULL},
    {"stamps", 0, 0, G_OPTION_ARG_NONE, &o->stamps,
        "Also write arrival times (benchmarks)", NULL},
    {"child", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &o->child, NULL,
        NULL},
    {"uri", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &o->uri, NULL, NULL},
    {"record", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &o->record,
        NULL, NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL,
        NULL},
    G_OPTION_ENTRY_NULL
  };
  GOptionGroup *group = g_option_group_new ("p2p-demo", "", "", o, NULL);

  g_option_group_add_entries (group, entries);
  return group;
}

/* NULL: every number is one that can be meant. A negative one was read into an
 * unsigned. */
static const gchar *
out_of_range (const DemoOptions * o)
{
  const guint numbers[] = { o->seconds, o->latency, o->delay, o->stagger,
    o->source_peers, o->listener_peers
  };
  guint i;

  if (o->listeners < 1 || o->listeners > MAX_LISTENERS)
    return "--listeners is a number from 1 to " G_STRINGIFY (MAX_LISTENERS);
  for (i = 0; i < G_N_ELEMENTS (numbers); i++) {
    if (numbers[i] > G_MAXINT)
      return "None of the numbers can be negative";
  }
  return o->upload >= 0 ? NULL : "--upload is a number of streams, or 0";
}

static gboolean
parse (DemoOptions * options, int *argc, char ***argv)
{
  GOptionContext *context = g_option_context_new ("[FILE or URL ...]");
  g_autoptr (GError) error = NULL;
  const gchar *wrong;

  g_option_context_set_summary (context,
      "Broadcasts music to listeners that relay it to each other, shows who "
      "gets what\nfrom whom, and says at the end whether all of them got all "
      "of it.");
  g_option_context_set_main_group (context, make_options (options));
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (g_option_context_parse (context, argc, argv, &error)
      && (wrong = out_of_range (options)) != NULL)
    error = g_error_new_literal (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        wrong);
  if (error)
    g_printerr ("%s\n", error->message);
  g_option_context_free (context);
  return error == NULL;
}

static gboolean
have_elements (void)
{
  static const gchar *const names[] = { "p2psink", "p2psrc" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    GstElementFactory *factory = gst_element_factory_find (names[i]);

    if (!factory) {
      g_printerr ("%s is not found: run this through scripts/demo or "
          "scripts/shell\n", names[i]);
      return FALSE;
    }
    gst_object_unref (factory);
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  DemoOptions options = {
    .listeners = 8,
    .seconds = 30,
    .latency = 2000,
    .upload = 2.5,
    .delay = 3000,
    .stagger = 100,
    .seed = 1
  };

  setlocale (LC_ALL, "");
  if (!parse (&options, &argc, &argv) || !have_elements ())
    return 2;
  if (g_strcmp0 (options.child, "broadcaster") == 0)
    return demo_broadcaster_main (&options);
  if (g_strcmp0 (options.child, "listener") == 0)
    return demo_listener_main (&options);
  return demo_run (&options);
}
