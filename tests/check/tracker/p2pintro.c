/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pintro.c: the a=x-p2p: line. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/tracker/p2pintro.h"

static bool
parse (const char *text, P2pIntro * intro)
{
  return p2p_intro_parse (text, strlen (text), intro);
}

GST_START_TEST (test_what_is_written_is_read)
{
  P2pIntro in = { 1, P2P_INTRO_ROLE_SUPER, 24, 0, 2000, 65534 }, out;
  char text[P2P_MAX_INTRO];

  fail_unless (p2p_intro_format (&in, "abc", text, sizeof (text)) > 0);
  fail_unless_equals_string (text,
      "v=1;role=u;cap=24;free=0;lat=65534;rate=2000;k=abc");
  fail_unless (parse (text, &out));
  fail_unless (memcmp (&in, &out, sizeof (in)) == 0);
  fail_unless_equals_int (p2p_intro_format (&in, "abc", text, 10), 0);
  fail_unless_equals_int (p2p_intro_format (&in, NULL, text, 0), 0);
}

GST_END_TEST;

GST_START_TEST (test_unknown_and_wrong_fields_are_skipped)
{
  P2pIntro intro;

  fail_unless (parse ("future=x;;=;v=1;role=robot;cap=-1;free=99999999999;lat",
          &intro));
  fail_unless_equals_int (intro.role, P2P_INTRO_ROLE_UNKNOWN);
  fail_unless_equals_int (intro.capacity, P2P_INTRO_UNKNOWN);
  fail_unless_equals_int (intro.free_slots, P2P_INTRO_UNKNOWN - 1);
  fail_unless_equals_int (intro.lag_ms, P2P_INTRO_UNKNOWN);
  fail_unless_equals_int (intro.rate_kbps, P2P_INTRO_UNKNOWN);
}

GST_END_TEST;

GST_START_TEST (test_a_line_without_version_or_too_long_is_none)
{
  P2pIntro intro = {.version = 77 };
  char text[P2P_MAX_INTRO + 2];

  fail_if (parse ("", &intro));
  fail_if (parse ("role=r", &intro));
  fail_if (parse ("v=0", &intro));
  memset (text, ';', sizeof (text));
  memcpy (text, "v=1", 3);
  fail_unless (p2p_intro_parse (text, P2P_MAX_INTRO, &intro));
  intro.version = 77;
  fail_if (p2p_intro_parse (text, P2P_MAX_INTRO + 1, &intro));
  fail_unless_equals_int (intro.version, 77);
}

GST_END_TEST;

GST_START_TEST (test_the_line_is_found_in_the_session_part_of_an_sdp)
{
  static const char good[] = "v=0\r\ns=-\r\na=x-p2p:v=1;role=s\r\nm=x\r\n";
  static const char bare[] = "v=0\na=x-p2p:v=2";
  static const char late[] = "v=0\r\nm=x\r\na=x-p2p:v=1;role=s\r\n";
  P2pIntro intro;

  fail_unless (p2p_intro_from_sdp (good, strlen (good), &intro));
  fail_unless_equals_int (intro.role, P2P_INTRO_ROLE_SOURCE);
  fail_unless (p2p_intro_from_sdp (bare, strlen (bare), &intro));
  fail_unless_equals_int (intro.version, 2);
  fail_if (p2p_intro_from_sdp (late, strlen (late), &intro));
  fail_if (p2p_intro_from_sdp ("", 0, &intro));
}

GST_END_TEST;

static Suite *
p2pintro_suite (void)
{
  Suite *s = suite_create ("p2pintro");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_what_is_written_is_read);
  tcase_add_test (tc, test_unknown_and_wrong_fields_are_skipped);
  tcase_add_test (tc, test_a_line_without_version_or_too_long_is_none);
  tcase_add_test (tc, test_the_line_is_found_in_the_session_part_of_an_sdp);
  return s;
}

GST_CHECK_MAIN (p2pintro);
