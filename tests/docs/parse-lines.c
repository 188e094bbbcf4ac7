/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* parse-lines: builds, but does not start, the pipelines given on standard
 * input, one a line and quoted as for a shell; answers "ok" or the error for
 * each. scripts/check-docs.py feeds it with the lines of the documentation.
 */
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

static gchar *
parse_line (const gchar * line)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *pipeline;

  if (!g_shell_parse_argv (line, NULL, &words, &error))
    return g_strdup (error->message);
  pipeline = gst_parse_launchv_full ((const gchar **) words, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (pipeline)
    gst_object_unref (gst_object_ref_sink (pipeline));
  return g_strdup (error ? error->message : "ok");
}

int
main (int argc, char **argv)
{
  char line[8192];

  gst_init (&argc, &argv);
  while (fgets (line, sizeof (line), stdin)) {
    g_autofree gchar *answer = NULL;

    g_strchomp (line);
    answer = parse_line (line);
    g_strdelimit (answer, "\n", ' ');
    puts (answer);
  }
  return 0;
}
