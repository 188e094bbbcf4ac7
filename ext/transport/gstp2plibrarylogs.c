/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plibrarylogs.c: two libraries' words, one category each. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gnutls/gnutls.h>
#include <gst/gst.h>
#include <nice/debug.h>
#include <string.h>

#include "gstp2plibrarylogs.h"

GST_DEBUG_CATEGORY_STATIC (nice_debug_category);
GST_DEBUG_CATEGORY_STATIC (gnutls_debug_category);

/* GnuTLS tells of handshakes at 4 and of every record above that. */
#define GNUTLS_HANDSHAKES 4
#define GNUTLS_ALL 9

static void
on_nice_log (const gchar * domain, GLogLevelFlags level, const gchar * text,
    gpointer user_data)
{
  GST_CAT_LOG (nice_debug_category, "%s", text);
}

/* Its lines have an end. */
static void
on_gnutls_log (int level, const char *text)
{
  int len = (int) strcspn (text, "\n");

  if (level <= GNUTLS_HANDSHAKES)
    GST_CAT_LOG (gnutls_debug_category, "%.*s", len, text);
  else
    GST_CAT_TRACE (gnutls_debug_category, "%.*s", len, text);
}

static gboolean
wanted (GstDebugCategory * category, GstDebugLevel level)
{
  return gst_debug_category_get_threshold (category) >= level;
}

static void
listen_to_them (void)
{
  static const gchar *const domains[] = { "libnice", "libnice-stun" };
  guint i;

  GST_DEBUG_CATEGORY_INIT (nice_debug_category, "p2plibnice", 0,
      "what libnice says");
  GST_DEBUG_CATEGORY_INIT (gnutls_debug_category, "p2pgnutls", 0,
      "what GnuTLS says");
  if (wanted (nice_debug_category, GST_LEVEL_LOG)) {
    for (i = 0; i < G_N_ELEMENTS (domains); i++)
      g_log_set_handler (domains[i], G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO,
          on_nice_log, NULL);
    nice_debug_enable (wanted (nice_debug_category, GST_LEVEL_TRACE));
  }
  if (wanted (gnutls_debug_category, GST_LEVEL_LOG)) {
    gnutls_global_set_log_function (on_gnutls_log);
    gnutls_global_set_log_level (wanted (gnutls_debug_category,
            GST_LEVEL_TRACE) ? GNUTLS_ALL : GNUTLS_HANDSHAKES);
  }
}

void
gst_p2p_library_logs_init (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    listen_to_them ();
    g_once_init_leave (&once, 1);
  }
}
