/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2ploopback.c: links inside one process keep what a transport promises. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/session/gstp2ploopback.h"
#include "../../../gst/p2p/session/gstp2psession.h"
#include "../../../gst/p2p/session/gstp2ptransport.h"

/* One end of a link, on a context of its own: the test decides whose turn it is. */
typedef struct
{
  GMainContext *context;
  GstP2PTransport *transport;
  GstP2PLink *link;
  gchar *description;
  GString *seen;                /* u: up; letters: messages */
} End;

static void
say (End * end, const gchar * text)
{
  fail_unless_equals_int (gst_p2p_link_send (end->link, 1,
          (const guint8 *) text, strlen (text), NULL, 0, 0), GST_P2P_SEND_OK);
}

static void
on_description (GstP2PLink * link, const gchar * sdp, gpointer user_data)
{
  ((End *) user_data)->description = g_strdup (sdp);
}

static void
on_state (GstP2PLink * link, GstP2PLinkState state, const GError * error,
    gpointer user_data)
{
  if (state == GST_P2P_LINK_STATE_CONNECTED)
    g_string_append_c (((End *) user_data)->seen, 'u');
}

/* A peer answers what it hears. */
static void
on_message (GstP2PLink * link, guint16 stream, GBytes * message,
    gpointer user_data)
{
  End *end = user_data;
  gsize len;
  const gchar *text = g_bytes_get_data (message, &len);

  g_string_append_len (end->seen, text, len);
  if (*text == 'q')
    say (end, "a");
}

static const GstP2PLinkCallbacks callbacks = {
  .local_description = on_description,
  .state_changed = on_state,
  .message = on_message,
};

static void
end_init (End * end, GstP2PLoopbackHub * hub)
{
  end->context = g_main_context_new ();
  end->transport = gst_p2p_loopback_backend ()->new_transport (end->context,
      NULL, hub, NULL);
  end->seen = g_string_new (NULL);
}

static void
end_turns (End * end)
{
  while (g_main_context_iteration (end->context, FALSE));
}

static void
end_clear (End * end)
{
  gst_p2p_link_close (end->link);
  end_turns (end);
  g_object_unref (end->link);
  g_object_unref (end->transport);
  g_main_context_unref (end->context);
  g_string_free (end->seen, TRUE);
  g_free (end->description);
}

/* Who is up first speaks first. The other end is up when it hears it, and its
 * answer goes out: lost, each would take the other for linked, for ever. */
GST_START_TEST (test_nothing_is_heard_before_a_link_is_up)
{
  GstP2PLoopbackHub *hub = gst_p2p_loopback_hub_new (0, 0, 1);
  GstP2PIceConfig ice = { 0, };
  End early = { 0, }, late = { 0, };

  end_init (&early, hub);
  end_init (&late, hub);
  early.link = gst_p2p_transport_create_offer (early.transport, &ice, NULL);
  gst_p2p_link_set_callbacks (early.link, &callbacks, &early);
  end_turns (&early);
  late.link = gst_p2p_transport_accept_offer (late.transport, &ice, NULL,
      early.description, NULL);
  gst_p2p_link_set_callbacks (late.link, &callbacks, &late);
  end_turns (&late);
  fail_unless (gst_p2p_link_set_answer (early.link, late.description, NULL));
  end_turns (&early);
  say (&early, "q");
  end_turns (&late);
  end_turns (&early);
  fail_unless_equals_string (late.seen->str, "uq");
  fail_unless_equals_string (early.seen->str, "ua");
  end_clear (&early);
  end_clear (&late);
  gst_p2p_loopback_hub_unref (hub);
}

GST_END_TEST;

static Suite *
loopback_suite (void)
{
  Suite *suite = suite_create ("gstp2ploopback");
  TCase *tc = tcase_create ("links");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_nothing_is_heard_before_a_link_is_up);
  return suite;
}

GST_CHECK_MAIN (loopback);
