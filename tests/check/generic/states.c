/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* states.c: every element survives any order of state changes, with no
 * rendezvous to be reached and nothing linked.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/check/gstcheck.h>

#include "../../../gst/p2p/gstp2pelements.h"

/* A busy machine makes seconds of it, a time-out of the network would be 10 s. */
#define PATIENCE (8 * GST_SECOND)

static const gchar *const elements[] = { "p2psink", "p2psrc" };

/* Up and down to READY, to PAUSED, to PLAYING, and straight there. */
static const GstState walks[][8] = {
  {GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PAUSED,
      GST_STATE_READY, GST_STATE_NULL, GST_STATE_NULL, GST_STATE_NULL},
  {GST_STATE_READY, GST_STATE_NULL, GST_STATE_PAUSED, GST_STATE_READY,
      GST_STATE_PLAYING, GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_NULL},
  {GST_STATE_PLAYING, GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_READY,
        GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_PLAYING,
      GST_STATE_NULL},
};

static GstElement *
make (const gchar * name)
{
  GstElement *e = gst_element_factory_make (name, NULL);

  fail_unless (e != NULL);
  if (g_str_equal (name, "p2psrc"))
    g_object_set (e, "uri", "p2p://127.0.0.1:1/live", NULL);
  else
    g_object_set (e, "bind-address", "127.0.0.1", "port", 0, NULL);
  return e;
}

/* Failures to reach a state are allowed, hanging and leaking are not. */
GST_START_TEST (test_state_walks)
{
  const gchar *name = elements[__i__ / G_N_ELEMENTS (walks)];
  const GstState *walk = walks[__i__ % G_N_ELEMENTS (walks)];
  GstElement *e = make (name);
  GstClockTime before;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (walks[0]); i++) {
    before = gst_util_get_timestamp ();
    gst_element_set_state (e, walk[i]);
    fail_unless (gst_util_get_timestamp () - before < PATIENCE,
        "%s blocks on its way to %s", name,
        gst_element_state_get_name (walk[i]));
  }
  gst_element_set_state (e, GST_STATE_NULL);
  gst_object_unref (e);
}

GST_END_TEST;

GST_START_TEST (test_made_and_dropped)
{
  gst_object_unref (make (elements[__i__]));
  gst_object_unref (make (elements[__i__]));
}

GST_END_TEST;

/* Every property can be read, and written with what was read. */
GST_START_TEST (test_properties_take_their_own_values)
{
  GstElement *e = make (elements[__i__]);
  GParamSpec **specs;
  guint n, i;

  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (e), &n);
  for (i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;

    fail_unless (g_param_spec_get_blurb (specs[i]) != NULL);
    if (!(specs[i]->flags & G_PARAM_READABLE))
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (e), specs[i]->name, &value);
    if ((specs[i]->flags & G_PARAM_WRITABLE)
        && !(specs[i]->flags & G_PARAM_CONSTRUCT_ONLY)
        && g_type_is_a (G_OBJECT_TYPE (e), specs[i]->owner_type)
        && !g_str_equal (specs[i]->name, "parent"))
      g_object_set_property (G_OBJECT (e), specs[i]->name, &value);
    g_value_unset (&value);
  }
  g_free (specs);
  gst_object_unref (e);
}

GST_END_TEST;

static Suite *
states_suite (void)
{
  Suite *s = suite_create ("states");
  TCase *tc = tcase_create ("general");

  GST_ELEMENT_REGISTER (p2psink, NULL);
  GST_ELEMENT_REGISTER (p2psrc, NULL);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_state_walks, 0,
      G_N_ELEMENTS (elements) * G_N_ELEMENTS (walks));
  tcase_add_loop_test (tc, test_made_and_dropped, 0, G_N_ELEMENTS (elements));
  tcase_add_loop_test (tc, test_properties_take_their_own_values, 0,
      G_N_ELEMENTS (elements));
  return s;
}

GST_CHECK_MAIN (states);
