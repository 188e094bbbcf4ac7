/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcontext.c: which elements share a session, with real ones. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <glib/gstdio.h>
#include <string.h>

#include "air.h"
#include "../../../gst/p2p/gstp2pelements.h"

static gchar *
get_peer_id (Air * air, const gchar * name)
{
  GstElement *e = air_get (air, name);
  GstStructure *stats;
  gchar *id;

  g_object_get (e, "stats", &stats, NULL);
  id = g_strdup (gst_structure_get_string (stats, "peer-id"));
  gst_structure_free (stats);
  gst_object_unref (e);
  return id;
}

/* Given out by one element, taken by those with its identity, and by those that
 * the application gives it to. No address of theirs is ever asked. */
GST_START_TEST (test_a_session_is_shared_by_context)
{
  static const gchar listener[] = "p2psrc name=src rendezvous=ws://127.0.0.1:1 "
      "uri=p2p://127.0.0.1:1/live timeout=0 %s ! fakesink";
  g_autofree gchar *folder = g_dir_make_tmp ("p2p-context-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "other.pem", NULL);
  g_autofree gchar *option = g_strdup_printf ("certificate-location=%s", path);
  const gchar *options[] = { "", "", option, option };
  g_autofree gchar *first = NULL;
  GstP2PSession *session = NULL;
  Air *airs[4];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (airs); i++) {
    g_autofree gchar *line = g_strdup_printf (listener, options[i]);
    g_autofree gchar *id = NULL;

    airs[i] = air_new (line, i == 3 ? session : NULL);
    gst_element_set_state (airs[i]->pipeline, GST_STATE_PAUSED);
    id = get_peer_id (airs[i], "src");
    fail_unless (strlen (id) > 0);
    if (i == 0) {
      GstMessage *m = air_wait (airs[0], GST_MESSAGE_HAVE_CONTEXT, NULL);
      GstContext *context;

      gst_message_parse_have_context (m, &context);
      fail_if (gst_context_is_persistent (context));
      gst_structure_get (gst_context_get_structure (context), "session",
          GST_P2P_TYPE_SESSION, &session, NULL);
      fail_unless (session != NULL);
      gst_context_unref (context);
      gst_message_unref (m);
      first = g_strdup (id);
    }
    fail_unless (g_str_equal (id, first) == (i != 2), "%u", i);
  }
  for (i = 0; i < G_N_ELEMENTS (airs); i++)
    air_free (airs[i]);
  g_object_unref (session);
  g_unlink (path);
  g_rmdir (folder);
}

GST_END_TEST;

static Suite *
gstp2pcontext_suite (void)
{
  Suite *s = suite_create ("gstp2pcontext");
  TCase *tc = tcase_create ("general");

  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, air_end_all);
  tcase_add_test (tc, test_a_session_is_shared_by_context);
  return s;
}

GST_CHECK_MAIN (gstp2pcontext);
