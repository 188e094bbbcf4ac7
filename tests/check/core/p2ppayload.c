/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* Reference counts of payloads and views into them. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/base/p2ppayload.h"

static guint destroyed;

static void
count_destroy (P2pPayload * self)
{
  destroyed++;
}

GST_START_TEST (test_payload_goes_with_its_last_reference)
{
  P2pPayload p = {.refs = 1,.destroy = count_destroy };

  fail_unless (p2p_payload_ref (&p) == &p);
  p2p_payload_unref (&p);
  fail_unless_equals_int (destroyed, 0);
  p2p_payload_unref (&p);
  fail_unless_equals_int (destroyed, 1);
  p2p_payload_unref (NULL);
}

GST_END_TEST;

GST_START_TEST (test_copy_does_not_depend_on_what_was_copied)
{
  guint8 bytes[4] = { 1, 2, 3, 4 };
  P2pPayload *p = p2p_payload_new_copy (bytes, 4), *empty;

  memset (bytes, 0, 4);
  fail_unless_equals_int (p->refs, 1);
  fail_unless_equals_int (p->len, 4);
  fail_unless_equals_int (p->stored, 4);
  fail_unless_equals_int (p->data[3], 4);
  p2p_payload_unref (p);
  empty = p2p_payload_new_copy (NULL, 0);
  fail_unless_equals_int (empty->len, 0);
  p2p_payload_unref (empty);
}

GST_END_TEST;

GST_START_TEST (test_view_is_clamped_to_what_it_is_cut_from)
{
  guint8 bytes[10] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
  P2pPayload *p = p2p_payload_new_copy (bytes, 10);
  P2pSlice all = { p, 0, 10 }, s;
  uint32_t stored;

  s = p2p_slice_sub (all, 2, 5);
  fail_unless_equals_int (s.offset, 2);
  fail_unless_equals_int (s.len, 5);
  fail_unless_equals_int (*p2p_slice_data (s, &stored), 2);
  fail_unless_equals_int (stored, 5);
  s = p2p_slice_sub (s, 4, 100);
  fail_unless_equals_int (s.offset, 6);
  fail_unless_equals_int (s.len, 1);
  s = p2p_slice_sub (s, UINT32_MAX, UINT32_MAX);
  fail_unless_equals_int (s.offset, 7);
  fail_unless_equals_int (s.len, 0);
  fail_unless_equals_int (p->refs, 1);
  p2p_payload_unref (p);
}

GST_END_TEST;

GST_START_TEST (test_view_past_the_stored_bytes_has_none)
{
  /* 20 bytes that stand for 15,000, as the simulator has them */
  guint8 bytes[20] = { 0 };
  P2pPayload *p = p2p_payload_new_copy (bytes, 20);
  P2pSlice s = { p, 15, 100 }, none = { NULL, 0, 0 };
  uint32_t stored;

  p->len = 15000;
  fail_unless (p2p_slice_data (s, &stored) == p->data + 15);
  fail_unless_equals_int (stored, 5);
  s.offset = 20;
  fail_unless (p2p_slice_data (s, &stored) == NULL);
  fail_unless_equals_int (stored, 0);
  fail_unless (p2p_slice_data (none, NULL) == NULL);
  p2p_payload_unref (p);
}

GST_END_TEST;

static Suite *
p2ppayload_suite (void)
{
  Suite *s = suite_create ("p2ppayload");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_payload_goes_with_its_last_reference);
  tcase_add_test (tc, test_copy_does_not_depend_on_what_was_copied);
  tcase_add_test (tc, test_view_is_clamped_to_what_it_is_cut_from);
  tcase_add_test (tc, test_view_past_the_stored_bytes_has_none);
  return s;
}

GST_CHECK_MAIN (p2ppayload);
