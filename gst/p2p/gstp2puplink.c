/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2puplink.c: see gstp2puplink.h. One group a network:
 *
 *   [eth0 192.168.1.1]
 *   upload=2950000
 *   time=1795000000
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <sys/stat.h>

#include "gstp2psettings.h"
#include "gstp2puplink.h"

#define KEY_UPLOAD "upload"
#define KEY_TIME "time"
#define ROUTES "/proc/net/route"

gchar *
gst_p2p_uplink_get_file (void)
{
  return g_build_filename (g_get_user_cache_dir (), "gst-plugins-p2p",
      "uplinks.ini", NULL);
}

/* Interface, destination and gateway, the addresses as the machine's words. */
static gchar *
parse_route (const gchar * line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", 0);
  guint64 destination, gateway;
  guint32 word;
  guint8 b[4];

  if (g_strv_length (words) < 8
      || !g_ascii_string_to_unsigned (words[1], 16, 0, G_MAXUINT32,
          &destination, NULL)
      || !g_ascii_string_to_unsigned (words[2], 16, 0, G_MAXUINT32, &gateway,
          NULL)
      || destination != 0 || strcmp (words[7], "00000000") != 0
      || strlen (words[0]) > 15 || strpbrk (words[0], "[]") != NULL)
    return NULL;
  word = (guint32) gateway;
  memcpy (b, &word, 4);
  return g_strdup_printf ("%s %u.%u.%u.%u", words[0], b[0], b[1], b[2], b[3]);
}

gchar *
gst_p2p_uplink_parse_network (const gchar * routes)
{
  g_auto (GStrv) lines = g_strsplit (routes, "\n", 64);
  guint i;

  for (i = 0; lines[i] != NULL; i++) {
    gchar *network = parse_route (lines[i]);

    if (network != NULL)
      return network;
  }
  return NULL;
}

gchar *
gst_p2p_uplink_get_network (void)
{
  g_autofree gchar *routes = NULL;

  if (!g_file_get_contents (ROUTES, &routes, NULL, NULL))
    return NULL;
  return gst_p2p_uplink_parse_network (routes);
}

/* Nobody else writes it, but it is read as if somebody did. */
static GKeyFile *
load (const gchar * file)
{
  GKeyFile *keys = g_key_file_new ();
  struct stat st;

  if (stat (file, &st) == 0 && S_ISREG (st.st_mode)
      && st.st_size <= GST_P2P_UPLINK_MAX_BYTES
      && !g_key_file_load_from_file (keys, file, G_KEY_FILE_NONE, NULL)) {
    g_key_file_unref (keys);    /* half of it may be there */
    keys = g_key_file_new ();
  }
  return keys;
}

static gboolean
is_fresh (GKeyFile * keys, const gchar * network, gint64 now)
{
  gint64 at = g_key_file_get_int64 (keys, network, KEY_TIME, NULL);

  return at > 0 && at <= now && now - at <= GST_P2P_UPLINK_AGE;
}

guint32
gst_p2p_uplink_recall (const gchar * file, const gchar * network, gint64 now)
{
  GKeyFile *keys = load (file);
  guint64 bps = 0;

  if (is_fresh (keys, network, now))
    bps = g_key_file_get_uint64 (keys, network, KEY_UPLOAD, NULL);
  g_key_file_unref (keys);
  return bps >= GST_P2P_MIN_UPLOAD && bps <= G_MAXUINT32 ? (guint32) bps : 0;
}

static void
forget_old (GKeyFile * keys, gint64 now)
{
  gsize n, i;
  gchar **groups = g_key_file_get_groups (keys, &n);

  for (i = 0; i < n; i++) {
    if (!is_fresh (keys, groups[i], now) || n - i >= GST_P2P_UPLINK_MAX)
      g_key_file_remove_group (keys, groups[i], NULL);
  }
  g_strfreev (groups);
}

gboolean
gst_p2p_uplink_remember (const gchar * file, const gchar * network,
    guint32 bps, gint64 now)
{
  g_autofree gchar *folder = g_path_get_dirname (file);
  GKeyFile *keys = load (file);
  gboolean ok;

  forget_old (keys, now);
  g_key_file_remove_group (keys, network, NULL);        /* the newest is last */
  g_key_file_set_uint64 (keys, network, KEY_UPLOAD, bps);
  g_key_file_set_int64 (keys, network, KEY_TIME, now);
  ok = g_mkdir_with_parents (folder, 0700) == 0
      && g_key_file_save_to_file (keys, file, NULL);
  g_key_file_unref (keys);
  return ok;
}
