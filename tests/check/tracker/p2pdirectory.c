/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdirectory.c: names of channels in virtual time. */
#include <gst/check/gstcheck.h>
#include <string.h>

#include "../../../gst/p2p/core/tracker/p2pdirectory.h"

#define DAY P2P_SEC (24 * 3600)

static P2pDirectory *directory;
static P2pDirectoryLimits limits;
static int freed;

static void
free_record (void *record)
{
  freed++;
}

static void
setup (void)
{
  freed = 0;
  p2p_directory_limits_init (&limits);
  directory = p2p_directory_new (&limits, free_record);
}

static void
teardown (void)
{
  p2p_directory_free (directory);
}

static P2pDirectoryResult
publish_for (const char *name, uint8_t key, int owner, P2pTime lease,
    P2pTime now)
{
  P2pSwarmId id = { {P2P_SWARM_ALG_ED25519, key} };

  return p2p_directory_publish (directory, name, strlen (name), &id, lease,
      GINT_TO_POINTER (owner), GINT_TO_POINTER (1), now);
}

static P2pDirectoryResult
publish (const char *name, uint8_t key, int owner, P2pTime now)
{
  return publish_for (name, key, owner, P2P_SEC (24 * 3600), now);
}

static const P2pDirectoryEntry *
resolve (const char *name, P2pTime now)
{
  return p2p_directory_resolve (directory, name, strlen (name), now);
}

GST_START_TEST (test_names_have_1_to_40_plain_characters)
{
  char name[64];

  memset (name, 'a', sizeof (name));
  fail_unless (p2p_channel_name_is_valid ("a", 1));
  fail_unless (p2p_channel_name_is_valid ("my.radio_1-2", 12));
  fail_unless (p2p_channel_name_is_valid (name, 40));
  fail_if (p2p_channel_name_is_valid (name, 41));
  fail_if (p2p_channel_name_is_valid ("", 0));
  fail_if (p2p_channel_name_is_valid ("Live", 4));
  fail_if (p2p_channel_name_is_valid ("a b", 3));
  fail_if (p2p_channel_name_is_valid ("a/b", 3));
  fail_if (p2p_channel_name_is_valid ("a\0b", 3));
  fail_if (p2p_channel_name_is_valid ("\xc3\xa4", 2));
  fail_unless_equals_int (publish ("Live", 1, 1, 0), P2P_DIRECTORY_BAD_NAME);
}

GST_END_TEST;

GST_START_TEST (test_a_name_stays_with_its_key_for_a_day_off_the_air)
{
  fail_unless_equals_int (publish ("live", 1, 1, 0), P2P_DIRECTORY_OK);
  fail_unless_equals_int (publish ("live", 2, 2, 0), P2P_DIRECTORY_TAKEN);
  /* On the air for two days, then away: the day begins then. */
  p2p_directory_owner_gone (directory, GINT_TO_POINTER (1), 2 * DAY);
  fail_unless (resolve ("live", 2 * DAY)->owner == NULL);
  fail_unless_equals_int (publish ("live", 2, 2, 3 * DAY - 1),
      P2P_DIRECTORY_TAKEN);
  fail_unless_equals_int (publish ("live", 1, 3, 3 * DAY - 1),
      P2P_DIRECTORY_OK);
  p2p_directory_owner_gone (directory, GINT_TO_POINTER (3), 3 * DAY);
  fail_unless (resolve ("live", 4 * DAY - 1) != NULL);
  fail_unless_equals_int (publish ("live", 2, 2, 4 * DAY), P2P_DIRECTORY_OK);
  fail_unless_equals_int (resolve ("live", 4 * DAY)->swarm_id.b[1], 2);
}

GST_END_TEST;

GST_START_TEST (test_a_lease_is_as_long_as_wished_but_at_most_a_day)
{
  P2pTime day = P2P_SEC (24 * 3600), hour = P2P_SEC (3600);

  fail_unless_equals_int (publish_for ("brief", 1, 1, hour, 0), 0);
  fail_unless_equals_int (publish_for ("long", 1, 1, 3 * day, 0), 0);
  fail_unless_equals_int (publish_for ("none", 1, 1, 0, 0), 0);
  /* On the air nothing runs out. */
  fail_unless_equals_int (p2p_directory_count (directory, 5 * day), 3);
  p2p_directory_owner_gone (directory, GINT_TO_POINTER (1), 5 * day);
  fail_unless (resolve ("none", 5 * day) == NULL);
  fail_unless_equals_int (publish ("brief", 2, 2, 5 * day + hour - 1),
      P2P_DIRECTORY_TAKEN);
  fail_unless_equals_int (publish ("brief", 2, 2, 5 * day + hour), 0);
  fail_unless_equals_int (publish ("long", 2, 2, 6 * day - 1),
      P2P_DIRECTORY_TAKEN);
  fail_unless_equals_int (publish ("long", 2, 2, 6 * day), 0);
  /* The last record counts. */
  fail_unless_equals_int (publish_for ("long", 2, 2, hour, 6 * day), 0);
  p2p_directory_owner_gone (directory, GINT_TO_POINTER (2), 6 * day);
  fail_unless (resolve ("long", 6 * day + hour - 1) != NULL);
  fail_unless (resolve ("long", 6 * day + hour) == NULL);
}

GST_END_TEST;

GST_START_TEST (test_the_old_owner_going_does_not_take_the_new_one_off_air)
{
  publish ("live", 1, 1, 0);
  publish ("live", 1, 2, 0);
  p2p_directory_owner_gone (directory, GINT_TO_POINTER (1), 1);
  fail_unless (resolve ("live", 1)->owner == GINT_TO_POINTER (2));
}

GST_END_TEST;

GST_START_TEST (test_no_name_means_the_only_channel_or_live)
{
  fail_unless (resolve ("", 0) == NULL);
  publish ("radio", 1, 1, 0);
  fail_unless_equals_string (resolve ("", 0)->name, "radio");
  publish ("tv", 2, 2, 0);
  fail_unless (resolve ("", 0) == NULL);
  publish ("live", 3, 3, 0);
  fail_unless_equals_string (resolve ("", 0)->name, "live");
  p2p_directory_owner_gone (directory, GINT_TO_POINTER (2), 1);
  p2p_directory_owner_gone (directory, GINT_TO_POINTER (3), 1);
  fail_unless_equals_string (resolve ("", 1)->name, "radio");
  fail_unless (resolve ("nothing", 1) == NULL);
}

GST_END_TEST;

GST_START_TEST (test_names_are_capped_in_all_and_for_one_owner)
{
  char name[8];

  limits.max_channels = 5;
  limits.max_channels_per_owner = 3;
  p2p_directory_set_limits (directory, &limits);
  for (int i = 0; i < 5; i++) {
    g_snprintf (name, sizeof (name), "c%d", i);
    fail_unless_equals_int (publish (name, i, 1 + i / 3, 0), P2P_DIRECTORY_OK);
  }
  fail_unless_equals_int (publish ("more", 9, 3, 0), P2P_DIRECTORY_FULL);
  limits.max_channels = 9;
  p2p_directory_set_limits (directory, &limits);
  fail_unless_equals_int (publish ("more", 9, 1, 0), P2P_DIRECTORY_FULL);
  fail_unless_equals_int (publish ("more", 9, 3, 0), P2P_DIRECTORY_OK);
  /* Again is no new name. */
  fail_unless_equals_int (publish ("c0", 0, 1, 0), P2P_DIRECTORY_OK);
  fail_unless_equals_int (p2p_directory_count (directory, 0), 6);
}

GST_END_TEST;

GST_START_TEST (test_a_key_can_be_forgotten_and_records_are_freed)
{
  P2pSwarmId id = { {P2P_SWARM_ALG_ED25519, 1}
  };

  publish ("a", 1, 1, 0);
  publish ("b", 2, 2, 0);
  publish ("c", 1, 1, 0);
  publish ("a", 1, 1, 0);
  fail_unless_equals_int (freed, 1);
  fail_unless_equals_string (p2p_directory_find_swarm (directory, &id,
          0)->name, "a");
  p2p_directory_forget (directory, &id);
  fail_unless_equals_int (freed, 3);
  fail_unless (resolve ("a", 0) == NULL && resolve ("c", 0) == NULL);
  fail_unless_equals_string (p2p_directory_nth (directory, 0, 0)->name, "b");
  fail_unless (p2p_directory_nth (directory, 1, 0) == NULL);
  fail_unless (p2p_directory_find_swarm (directory, &id, 0) == NULL);
}

GST_END_TEST;

static Suite *
p2pdirectory_suite (void)
{
  Suite *s = suite_create ("p2pdirectory");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_names_have_1_to_40_plain_characters);
  tcase_add_test (tc, test_a_name_stays_with_its_key_for_a_day_off_the_air);
  tcase_add_test (tc,
      test_the_old_owner_going_does_not_take_the_new_one_off_air);
  tcase_add_test (tc, test_a_lease_is_as_long_as_wished_but_at_most_a_day);
  tcase_add_test (tc, test_no_name_means_the_only_channel_or_live);
  tcase_add_test (tc, test_names_are_capped_in_all_and_for_one_owner);
  tcase_add_test (tc, test_a_key_can_be_forgotten_and_records_are_freed);
  return s;
}

GST_CHECK_MAIN (p2pdirectory);
