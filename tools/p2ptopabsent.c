/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptopabsent.c: see p2ptopabsent.h. A session opens its socket when it begins, so
 * P2P_TOP_DIR has to be there when the process starts: /proc tells who is without.
 */
#include "p2ptopabsent.h"

#include <stdlib.h>
#include <string.h>

#define PLUGIN "/libgstp2p.so"
#define VARIABLE "P2P_TOP_DIR="

/* Of /proc/PID/what; NULL: not ours to read. transfer full */
static gchar *
read_of (const gchar * pid, const gchar * what, gsize * len)
{
  g_autofree gchar *path = g_build_filename ("/proc", pid, what, NULL);
  gchar *text = NULL;

  return g_file_get_contents (path, &text, len, NULL) ? text : NULL;
}

static gboolean
has_plugin (const gchar * pid)
{
  g_autofree gchar *maps = read_of (pid, "maps", NULL);

  return maps != NULL && strstr (maps, PLUGIN) != NULL;
}

/* NULL: it has none. transfer full */
static gchar *
find_dir (const gchar * env, gsize len)
{
  gsize i;

  for (i = 0; i < len; i += strlen (env + i) + 1) {
    if (g_str_has_prefix (env + i, VARIABLE))
      return g_strdup (env + i + strlen (VARIABLE));
  }
  return NULL;
}

static gboolean
is_same (const gchar * a, const gchar * b)
{
  char *x = realpath (a, NULL), *y = realpath (b, NULL);
  gboolean same = x != NULL && y != NULL && strcmp (x, y) == 0;

  free (x);
  free (y);
  return same;
}

static void
tell (FILE * out, const gchar * pid, const gchar * its, const gchar * dir)
{
  g_autofree gchar *name = read_of (pid, "comm", NULL);

  fprintf (out, "  %s %s: ", pid, name != NULL ? g_strstrip (name) : "");
  if (its == NULL || *its == '\0')
    fprintf (out, "started without P2P_TOP_DIR; start it again with %s%s\n",
        VARIABLE, dir != NULL ? dir : "DIR");
  else if (dir == NULL || !is_same (its, dir))
    fprintf (out, "look with --dir=%s\n", its);
  else
    fprintf (out, "no session of it runs, or it could not open a socket there "
        "(GST_DEBUG=p2psession:2 tells)\n");
}

void
p2p_top_tell_absent (FILE * out, const gchar * dir)
{
  GDir *all = g_dir_open ("/proc", 0, NULL);
  const gchar *pid;
  guint n = 0;

  if (dir != NULL)
    fprintf (out, "p2p-top: nobody answers in %s\n", dir);
  while (all != NULL && (pid = g_dir_read_name (all)) != NULL) {
    g_autofree gchar *env = NULL;
    g_autofree gchar *its = NULL;
    gsize len = 0;

    if (!g_ascii_isdigit (*pid) || !has_plugin (pid)
        || (env = read_of (pid, "environ", &len)) == NULL)
      continue;
    its = find_dir (env, len);
    if (n++ == 0)
      fprintf (out, "Processes with p2psink or p2psrc:\n");
    tell (out, pid, its, dir);
  }
  if (n == 0)
    fprintf (out, "No process of this user has p2psink or p2psrc.\n");
  if (all != NULL)
    g_dir_close (all);
}
