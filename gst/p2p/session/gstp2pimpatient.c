/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pimpatient.c: listeners of one process with latencies of their own.
 *
 * They share a swarm, which fetches for the most patient one and delivers in
 * order: a chunk that is missing holds back what follows as long as that one
 * waits. Who waits less is given what follows when its own time is over, begins
 * where its latency says, plays later only when that is needed for it, and is
 * told that it starves when it does.
 * Session thread only; of the member only what belongs to that thread.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2psession-private.h"

/* As core/swarm/p2pcounters.c for the swarm: late twice within a minute, 5 s
 * apart, is no accident; the first seconds say nothing; back by 500 ppm. */
#define LATE_SPELL_US (5 * G_USEC_PER_SEC)
#define LATE_FORGOTTEN_US (60 * G_USEC_PER_SEC)
#define SETTLED_US (5 * G_USEC_PER_SEC)
#define TARGET_MARGIN_US (60 * 1000)
#define TARGET_SLEW_PPM 500
#define TARGET_MORE_US G_USEC_PER_SEC
#define MAX_TARGET_US (8 * G_USEC_PER_SEC)
/* A burst that does not come up to the latency by then is begun as it is. */
#define WITHHOLD_US (500 * 1000)

static gint64
latency_of (GstP2PMember * self)
{
  return (gint64) self->config.latency_ms * 1000;
}

static gint64
patience_of (GstP2PMember * self)
{
  return MAX (self->patience.target_us, latency_of (self));
}

gboolean
gst_p2p_member_is_impatient (GstP2PMember * self)
{
  return self->host && !self->host->publish && !self->config.publish
      && self->config.latency_ms < self->host->latency_ms;
}

/* How old a chunk is; 0 = the publisher's clock is not known yet. */
static gint64
age_of (GstP2PMember * self, const GstP2PItem * item)
{
  P2pNtp now;

  if (!gst_p2p_member_get_source_time (self, &now, NULL))
    return 0;
  return gst_p2p_ntp_diff_us (item->ntp, now);
}

static void
note_late (GstP2PPatience * p, gint64 now)
{
  if (p->late_spells > 0 && now - p->late_at < LATE_SPELL_US)
    return;
  p->late_spells++;
  p->late_at = now;
}

void
gst_p2p_member_gave (GstP2PMember * self, const GstP2PItem * item)
{
  GstP2PPatience *p = &self->patience;

  if (item->type != GST_P2P_ITEM_CHUNK && item->type != GST_P2P_ITEM_SKIP)
    return;
  if (item->type == GST_P2P_ITEM_CHUNK) {
    self->given_at = g_get_monotonic_time ();
    gst_p2p_member_set_starving (self, FALSE);
    /* it came back with another key, to another swarm */
    if (self->host && !self->host->publisher_left)
      gst_p2p_member_set_publisher_left (self, FALSE);
  }
  if (!p->begun)
    p->began = g_get_monotonic_time ();
  p->begun = TRUE;
  p->skipped = item->type == GST_P2P_ITEM_SKIP;
  p->withheld = 0;
  p->epoch = item->epoch;
  p->next = item->last + 1;
}

/* The swarm begins where the most patient one does. */
static gboolean
is_withheld (GstP2PMember * self, const GstP2PItem * item)
{
  GstP2PPatience *p = &self->patience;
  gint64 now = g_get_monotonic_time ();

  if (p->withheld == 0 && age_of (self, item) <= latency_of (self))
    return FALSE;
  if (p->withheld == 0)
    p->withheld = now;
  p->may_begin = age_of (self, item) <= latency_of (self)
      || now - p->withheld > WITHHOLD_US;
  return TRUE;
}

static gboolean
has_it (const GstP2PPatience * p, const GstP2PItem * item)
{
  return p->begun && item->epoch == p->epoch && item->last < p->next;
}

static gboolean
wants_chunk (GstP2PMember * self, GstP2PItem * item)
{
  GstP2PPatience *p = &self->patience;
  gint64 now = g_get_monotonic_time ();

  if (!p->begun && gst_p2p_member_is_impatient (self)
      && is_withheld (self, item))
    return FALSE;
  if (has_it (p, item))
    return FALSE;
  if (!gst_p2p_member_is_impatient (self) || !p->begun)
    return TRUE;
  if (item->chunk == p->next && !p->skipped)
    item->discont = FALSE;      /* the swarm's skip was none of ours */
  if (now - p->began > SETTLED_US && age_of (self, item) > latency_of (self))
    note_late (p, now);
  return TRUE;
}

gboolean
gst_p2p_member_wants (GstP2PMember * self, GstP2PItem * item)
{
  GstP2PPatience *p = &self->patience;

  switch (item->type) {
    case GST_P2P_ITEM_CHUNK:
      if (!wants_chunk (self, item))
        return FALSE;
      break;
    case GST_P2P_ITEM_SKIP:
      if (has_it (p, item))
        return FALSE;
      if (p->begun && item->epoch == p->epoch)
        item->chunk = MAX (item->chunk, p->next);
      break;
    case GST_P2P_ITEM_EPOCH:
      memset (p, 0, sizeof (*p));
      break;
    case GST_P2P_ITEM_END:
      self->given_at = 0;
      break;
    default:
      break;
  }
  gst_p2p_member_gave (self, item);
  return TRUE;
}

void
gst_p2p_host_begin_impatient (GstP2PHost * self)
{
  guint i;

  for (i = 0; i < self->members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (self->members, i);

    if (!member->patience.may_begin)
      continue;
    member->patience.may_begin = FALSE;
    gst_p2p_host_replay (self, member);
  }
}

static void
pass_over (GstP2PHost * self, GstP2PMember * member, const P2pAhead * ahead)
{
  GstP2PItem *item = gst_p2p_item_new (GST_P2P_ITEM_SKIP, ahead->epoch);

  item->chunk = member->patience.next;
  item->last = ahead->chunk - 1;
  member->patience.lost += ahead->chunk - member->patience.next;
  note_late (&member->patience, g_get_monotonic_time ());
  gst_p2p_host_give (self, member, item);
}

static gint64
run_member (GstP2PHost * self, GstP2PMember * member, gint64 patience_us)
{
  gint64 now = g_get_monotonic_time (), until;
  GstP2PItem *item;
  P2pAhead ahead;

  while (p2p_swarm_look_ahead (self->swarm, member->patience.next,
          patience_us, now, &ahead, &until)) {
    item = gst_p2p_item_new (GST_P2P_ITEM_CHUNK, ahead.epoch);
    item->generation = ahead.generation;
    item->chunk = item->last = ahead.chunk;
    item->ntp = ahead.ntp;
    item->discont = ahead.chunk != member->patience.next;
    item->bytes = gst_p2p_slice_to_bytes (ahead.bytes);
    if (item->discont)
      pass_over (self, member, &ahead);
    gst_p2p_host_give (self, member, item);
  }
  return until;
}

/* Returns when it does, or P2P_TIME_NEVER. */
static gint64
check_starving (GstP2PHost * self, GstP2PMember * member)
{
  gint64 due = member->given_at
      + p2p_swarm_starves_after (self->swarm, latency_of (member));

  if (member->given_at == 0 || member->starving || self->publish)
    return P2P_TIME_NEVER;
  if (g_get_monotonic_time () < due)
    return due;
  gst_p2p_member_set_starving (member, TRUE);
  return P2P_TIME_NEVER;
}

void
gst_p2p_host_run_ahead (GstP2PHost * self)
{
  guint i;

  self->ahead_due = P2P_TIME_NEVER;
  for (i = 0; i < self->members->len; i++) {
    GstP2PMember *member = g_ptr_array_index (self->members, i);

    if (member->patience.begun && gst_p2p_member_is_impatient (member))
      self->ahead_due = MIN (self->ahead_due, run_member (self, member,
              patience_of (member)));
    self->ahead_due = MIN (self->ahead_due, check_starving (self, member));
  }
}

void
gst_p2p_host_hand_over (GstP2PHost * self, GstP2PMember * member)
{
  if (member->patience.begun && !self->publish)
    run_member (self, member, 0);
}

void
gst_p2p_host_update_latency (GstP2PHost * self)
{
  guint latency = 0, i;

  /* chunks are wanted as long as the most patient listener here waits */
  for (i = 0; i < self->members->len; i++)
    latency = MAX (latency, ((GstP2PMember *)
            g_ptr_array_index (self->members, i))->config.latency_ms);
  if (latency == self->latency_ms || self->members->len == 0)
    return;
  self->latency_ms = latency;
  p2p_swarm_set_latency (self->swarm, latency * 1000, g_get_monotonic_time ());
}

/* As the swarm does for itself: later by what keeps coming late. */
static void
update_target (GstP2PMember * self, gint64 p995, gint64 now)
{
  GstP2PPatience *p = &self->patience;
  gint64 latency = latency_of (self), late = latency, slow;

  if (p->late_spells > 0 && now - p->late_at > LATE_FORGOTTEN_US)
    p->late_spells = 0;
  if (p->late_spells >= 2 && p995 > latency)
    late = MIN (p995 + TARGET_MARGIN_US, MIN (MAX (2 * latency,
                latency + TARGET_MORE_US), MAX_TARGET_US));
  slow = (now - p->target_at) / 1000 * TARGET_SLEW_PPM / 1000;
  p->target_us = MAX (late, p->target_us - slow);
  p->target_at = now;
}

void
gst_p2p_member_own_stats (GstP2PMember * self, P2pSwarmStats * stats,
    gint64 now)
{
  stats->chunks_lost += self->patience.lost;
  if (!gst_p2p_member_is_impatient (self)) {
    self->patience.target_us = 0;
    return;
  }
  update_target (self, stats->lateness_p995_us, now);
  stats->target_us = self->patience.target_us > latency_of (self) ?
      self->patience.target_us : 0;
}
