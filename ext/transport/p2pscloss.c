/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pscloss.c: see p2pscloss.h. */
#include "p2pscloss.h"

bool
p2p_scloss_is_left (const P2pScLoss * l)
{
  return l->state != P2P_SCLOSS_REPAIR;
}

static void
enter (P2pScLoss * l, P2pScLossState state)
{
  l->state = state;
  l->sent = l->lost = l->lost_here = 0;
}

static void
judge_window (P2pScLoss * l, int64_t now)
{
  bool bad = l->lost > P2P_SCLOSS_LIMIT;

  if (bad && now >= l->until) {
    l->before = l->lost;
    l->n_trials++;
    enter (l, P2P_SCLOSS_DRAINING);
    return;
  }
  if (!bad && l->leave_us > P2P_SCLOSS_LEAVE_US)
    l->leave_us /= 2;
  enter (l, P2P_SCLOSS_REPAIR);
}

/* Half of what was lost before is enough, and then the trial ends sooner. If it
 * is less in the end, it was the queue that we filled. */
static void
judge_trial (P2pScLoss * l, int64_t now)
{
  if (2 * l->lost * P2P_SCLOSS_WINDOW >= l->before * P2P_SCLOSS_TRIAL) {
    l->until = now + P2P_SCLOSS_INNOCENT_US;
    enter (l, P2P_SCLOSS_REPAIR);
    return;
  }
  if (l->sent < P2P_SCLOSS_TRIAL)
    return;
  if (l->leave_us == 0)
    l->leave_us = P2P_SCLOSS_LEAVE_US;
  l->until = now + l->leave_us;
  l->leave_us *= 2;
  if (l->leave_us > P2P_SCLOSS_LEAVE_MAX_US)
    l->leave_us = P2P_SCLOSS_LEAVE_MAX_US;
  l->n_left++;
  enter (l, P2P_SCLOSS_LEFT);
}

void
p2p_scloss_sent (P2pScLoss * l, int64_t now)
{
  if (++l->sent % P2P_SCLOSS_STRETCH == 0)
    l->lost_here = 0;
  switch (l->state) {
    case P2P_SCLOSS_REPAIR:
      if (l->sent >= P2P_SCLOSS_WINDOW)
        judge_window (l, now);
      break;
    case P2P_SCLOSS_DRAINING:
      if (l->sent >= P2P_SCLOSS_DRAIN)
        enter (l, P2P_SCLOSS_TRYING);
      break;
    case P2P_SCLOSS_TRYING:
      judge_trial (l, now);
      break;
    case P2P_SCLOSS_LEFT:
      if (now >= l->until)
        enter (l, P2P_SCLOSS_REPAIR);
      break;
  }
}

void
p2p_scloss_lost (P2pScLoss * l)
{
  if (l->lost_here++ < P2P_SCLOSS_STRETCH_MAX)
    l->lost++;
}
