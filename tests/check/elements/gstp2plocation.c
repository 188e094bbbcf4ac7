/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2plocation.c: URIs are read, written, and refused. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/gstp2pannouncement.h"
#include "../../../gst/p2p/gstp2pelements.h"
#include "../../../gst/p2p/gstp2plocation.h"
#include "../../../gst/p2p/session/gstp2psession.h"

#define LIVE_ID "D9QGCGTFXMB8Z2X38IHcb1LmPVoSDDDJPGdiQQ4dbq2H"
#define STATIC_ID "D9QGCGTFXMB8Z2X38IHcb1LmPVoSDDDJPGdiQQ4dbq2"

typedef struct
{
  const gchar *uri;
  const gchar *rendezvous, *channel;
  const gchar *printed;         /* NULL = the same again */
} Good;

static const Good good[] = {
  {"p2p://example.org/live", "ws://example.org:8787/", "live", NULL},
  {"p2p://example.org:8787/live", "ws://example.org:8787/", "live",
      "p2p://example.org/live"},
  {"p2ps://example.org/a.b-c_9", "wss://example.org:443/", "a.b-c_9", NULL},
  {"p2ps://example.org:8443/live", "wss://example.org:8443/", "live", NULL},
  {"p2p://[::1]:9/live", "ws://[::1]:9/", "live", NULL},
  {"p2p://127.0.0.1/", "ws://127.0.0.1:8787/", "", NULL},
  {"p2p://127.0.0.1", "ws://127.0.0.1:8787/", "", "p2p://127.0.0.1/"},
  {"p2p://host/" LIVE_ID, "ws://host:8787/", LIVE_ID, NULL},
  {"p2p:///" LIVE_ID "?rendezvous=wss%3A%2F%2Ftracker.example", NULL, LIVE_ID,
      NULL},
  {"p2p://host/live?latency=500&relay=false", "ws://host:8787/", "live", NULL},
  {"p2p://host/li%76e", "ws://host:8787/", "live", "p2p://host/live"},
};

static const gchar *const bad[] = {
  "", "p2p", "p2p:", "http://host/live", "p2p:///live", "p2p://host:0/live",
  "p2p://host:99999/live", "p2p://host/a/b", "p2p://user@host/live",
  "p2p://host/UPPER", "p2p://host/sp ace", "p2p://host/%00",
  "p2p://host/%2e%2e%2fetc", "p2p://[::1/live", "p2p://host/live?latency",
  ("p2p://host/" STATIC_ID), "p2p:///live?other=1",
  "p2p://host/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

GST_START_TEST (test_good_uris_are_read_and_written_again)
{
  const Good *g = &good[__i__];
  GstP2PLocation l, again;
  GError *error = NULL;
  gchar *text, *rendezvous;

  fail_unless (gst_p2p_location_parse (g->uri, &l, &error), "%s: %s", g->uri,
      error ? error->message : "");
  fail_unless_equals_string (l.channel, g->channel);
  rendezvous = gst_p2p_location_get_rendezvous (&l);
  fail_unless_equals_string (rendezvous, g->rendezvous);
  text = gst_p2p_location_to_string (&l);
  fail_unless_equals_string (text, g->printed ? g->printed : g->uri);
  fail_unless (gst_p2p_location_parse (text, &again, NULL));
  gst_p2p_location_clear (&again);
  gst_p2p_location_clear (&l);
  g_free (rendezvous);
  g_free (text);
}

GST_END_TEST;

GST_START_TEST (test_bad_uris_are_refused_with_a_reason)
{
  GstP2PLocation l = { 0, };
  GError *error = NULL;

  fail_if (gst_p2p_location_parse (bad[__i__], &l, &error), "%s was taken",
      bad[__i__]);
  fail_unless (g_error_matches (error, GST_P2P_ERROR, GST_P2P_ERROR_URI));
  fail_unless (strlen (error->message) > 20);
  fail_unless (l.channel == NULL);
  g_error_free (error);
}

GST_END_TEST;

GST_START_TEST (test_a_uri_of_any_length_is_survived)
{
  gchar *uri = g_strnfill (100000, 'a');
  GstP2PLocation l;
  GError *error = NULL;

  memcpy (uri, "p2p://h/", 8);
  fail_if (gst_p2p_location_parse (uri, &l, &error));
  fail_unless (strlen (error->message) < 1000);
  g_error_free (error);
  g_free (uri);
}

GST_END_TEST;

static const gchar *const src_queries[] = {
  "latency=500", "relay=false", "max-peers=3", "max-upload-bitrate=64000",
  "ice-transport-policy=relay", "stun-server=stun%3A%2F%2Fs%3A3478",
  "timeout=1500", "idle-timeout=100", "catch-up=0", "provide-clock=true",
  "turn-server=turn%3A%2F%2Fu%3Ap%40t%3A3478",
  "rendezvous=ws%3A%2F%2Fother%3A1",
};

/* The URI sets the property, and the property shows in the URI. */
GST_START_TEST (test_query_and_properties_are_two_views_of_one_value)
{
  GstElement *src = gst_element_factory_make ("p2psrc", NULL);
  gchar *uri = g_strdup_printf ("p2p://host/live?%s", src_queries[__i__]);
  gchar **pair = g_strsplit (src_queries[__i__], "=", 2), *got, *value;
  GValue v = G_VALUE_INIT;
  GstElement *other;

  g_object_set (src, "uri", uri, NULL);
  g_object_get_property (G_OBJECT (src), pair[0],
      (g_value_init (&v, g_object_class_find_property (G_OBJECT_GET_CLASS (src),
                  pair[0])->value_type), &v));
  value = G_VALUE_HOLDS_STRING (&v) ? g_value_dup_string (&v) :
      gst_value_serialize (&v);
  got = g_uri_unescape_string (pair[1], NULL);
  fail_unless_equals_string (value, got);
  g_free (got);
  g_object_get (src, "uri", &got, NULL);
  fail_unless_equals_string (got, uri);
  g_free (got);

  other = gst_element_factory_make ("p2psrc", NULL);
  g_object_set (other, "uri", "p2p://host/live", NULL);
  g_object_set_property (G_OBJECT (other), pair[0], &v);
  g_object_get (other, "uri", &got, NULL);
  fail_unless_equals_string (got, uri);
  g_free (got);
  g_free (value);
  g_value_unset (&v);
  g_strfreev (pair);
  g_free (uri);
  gst_object_unref (src);
  gst_object_unref (other);
}

GST_END_TEST;

GST_START_TEST (test_a_uri_may_not_name_files)
{
  GstElement *src = gst_element_factory_make ("p2psrc", NULL);
  GstElement *sink = gst_element_factory_make ("p2psink", NULL);
  gchar *s = NULL;

  g_object_set (src, "uri", "p2p://h/live?certificate-location=/etc/passwd",
      NULL);
  g_object_get (src, "certificate-location", &s, NULL);
  fail_unless (s == NULL);
  g_object_set (sink, "uri", "p2p://h/live?key-location=/etc/passwd", NULL);
  g_object_get (sink, "key-location", &s, NULL);
  fail_unless (s == NULL);
  gst_object_unref (src);
  gst_object_unref (sink);
}

GST_END_TEST;

static gboolean
take_published (GstP2PAnnouncement * a, const gchar * server, gboolean no_names,
    gboolean * by_id)
{
  static GstStructure *s = NULL;

  g_clear_pointer (&s, gst_structure_free);
  if (server == NULL)
    return FALSE;
  s = gst_structure_new ("p2p-published", "rendezvous", G_TYPE_STRING, server,
      "by-id", G_TYPE_BOOLEAN, no_names, "port", G_TYPE_UINT, 0,
      "swarm-id", G_TYPE_STRING, LIVE_ID, NULL);
  return gst_p2p_announcement_take (a, s, by_id);
}

GST_START_TEST (test_where_no_names_are_kept_the_address_has_the_id)
{
  static const gchar first[] = "ws://h:1", second[] = "ws://i:2";
  GstP2PAnnouncement a = { first, "radio", NULL, NULL, NULL, 0 };
  gboolean by_id = FALSE;
  g_autofree gchar *name = NULL, *id = NULL, *web = NULL;

  /* the second one keeps no names: no affair of those sent to the first */
  fail_if (take_published (&a, second, TRUE, &by_id));
  fail_unless (take_published (&a, first, FALSE, &by_id));
  name = gst_p2p_announcement_get_uri (&a, &web);
  fail_unless_equals_string (name, "p2p://h:1/radio");
  fail_unless (take_published (&a, first, TRUE, &by_id));
  id = gst_p2p_announcement_get_uri (&a, &web);
  fail_unless_equals_string (id,
      "p2p:///" LIVE_ID "?rendezvous=ws%3A%2F%2Fh%3A1");
  fail_unless (web == NULL);
  /* nor is it the first one's what the second keeps */
  fail_if (take_published (&a, second, FALSE, &by_id));
  fail_unless (by_id);
  take_published (&a, NULL, FALSE, NULL);
}

GST_END_TEST;

GST_START_TEST (test_elements_are_made_from_uris)
{
  GError *error = NULL;
  GstElement *src =
      gst_element_make_from_uri (GST_URI_SRC, "p2p://h/live", NULL, &error);
  GstElement *sink =
      gst_element_make_from_uri (GST_URI_SINK, "p2ps://h/live", NULL, &error);
  gchar *uri;

  fail_unless (src != NULL && sink != NULL);
  uri = gst_uri_handler_get_uri (GST_URI_HANDLER (sink));
  fail_unless_equals_string (uri, "p2ps://h/live");
  g_free (uri);
  fail_if (gst_uri_handler_set_uri (GST_URI_HANDLER (src), "p2p://h/A",
          &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
  g_clear_error (&error);
  fail_if (gst_uri_handler_set_uri (GST_URI_HANDLER (src),
          "p2p://h/a?latency=x", &error));
  fail_unless (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
  g_clear_error (&error);
  gst_object_unref (src);
  gst_object_unref (sink);
}

GST_END_TEST;

GST_START_TEST (test_server_lists_are_split_and_checked)
{
  GError *error = NULL;
  gchar **list = gst_p2p_parse_servers ("ws://a:1/",
      " ws://b:2 ,, wss://c , ws://a:1/", &error);

  fail_unless_equals_int (g_strv_length (list), 3);
  fail_unless_equals_string (list[1], "ws://b:2");
  fail_if (gst_p2p_servers_are_loopback (list));
  g_strfreev (list);
  list = gst_p2p_parse_servers (NULL, "ws://127.0.0.1:1,ws://[::1]:2", NULL);
  fail_unless (gst_p2p_servers_are_loopback (list));
  g_strfreev (list);
  fail_unless (gst_p2p_parse_servers (NULL, "http://a", &error) == NULL);
  g_clear_error (&error);
  fail_unless (gst_p2p_parse_servers (NULL, "ws://a,ws://b,ws://c,ws://d,"
          "ws://e,ws://f,ws://g,ws://h,ws://i", &error) == NULL);
  g_clear_error (&error);
}

GST_END_TEST;

static Suite *
location_suite (void)
{
  Suite *s = suite_create ("gstp2plocation");
  TCase *tc = tcase_create ("general");

  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_good_uris_are_read_and_written_again, 0,
      G_N_ELEMENTS (good));
  tcase_add_loop_test (tc, test_bad_uris_are_refused_with_a_reason, 0,
      G_N_ELEMENTS (bad));
  tcase_add_test (tc, test_a_uri_of_any_length_is_survived);
  tcase_add_loop_test (tc, test_query_and_properties_are_two_views_of_one_value,
      0, G_N_ELEMENTS (src_queries));
  tcase_add_test (tc, test_a_uri_may_not_name_files);
  tcase_add_test (tc, test_where_no_names_are_kept_the_address_has_the_id);
  tcase_add_test (tc, test_elements_are_made_from_uris);
  tcase_add_test (tc, test_server_lists_are_split_and_checked);
  return s;
}

GST_CHECK_MAIN (location);
