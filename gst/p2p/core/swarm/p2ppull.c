/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppull.c: what is overdue, whom to ask, which links are dead.
 *
 * A chunk is overdue at its predicted arrival + max (60 ms, 4 x jitter): its
 * (predicted) signed time plus what the sub-stream usually takes; later when a new
 * parent is about to send it (video). Then it is
 * requested from somebody else at once; a request to one who does not hold it
 * yet stands there. A parent whose chunk is overdue and from whom nothing was
 * heard for 300 ms, a probe included, is suspect and loses all sub-streams.
 */
#include "p2pcatchup.h"
#include "p2ppatience.h"

#include <string.h>

#define MAX_SCAN 512            /* missing chunks looked at in one run */
#define URGENT_US P2P_SEC (1)   /* then two are asked at once */
#define EARLY_US P2P_MSEC (400) /* before it is overdue: see probe_early() */
#define AMPLE 24                /* eighths: uploads the stream more than thrice */
#define SILENT_US P2P_MSEC (100)
#define NEW_PARENT_US P2P_MSEC (150)    /* from SUBSCRIBE, or from SUB_OK */
#define NEW_PARENT_MAX_US P2P_MSEC (200)        /* after the chunk was overdue */
#define PROBE_AGAIN_US P2P_MSEC (400)   /* of one that answered, at audio rates */
#define TIGHT_ASK_US P2P_MSEC (250)     /* between doubts about a tight source */
#define PASSED_OVER 2           /* later chunks that say that it was sent, or left out */
#define MAX_REQUESTED 24        /* unanswered, of one neighbour */
#define REQUEST_COST 130        /* bytes of a REQUEST and its packet */
#define NO_ROOM_US P2P_MSEC (50)        /* the cap has none for control */
#define ANSWER_MAX_US P2P_MSEC (900)    /* who hopes for it may be better */
#define RANK_NONE INT64_MAX
#define SLOW_TRIES 4            /* from here on twice, then four times as slow */
#define SLOWER_TRIES 6
#define UNFED_PERCENT 30        /* of the latency: what nobody is to push is overdue */

/* What one run has found out about a sub-stream, while its parent is this. */
typedef struct
{
  bool known, checked;
  bool later;                   /* beyond the newest chunk none is due yet */
  P2pLinkId link;
  P2pPeer *parent;              /* NULL: none */
  int64_t slack, wait;          /* from the chunk's NTP time to overdue here */
  P2pTime check;                /* what check_parent() said */
} Expected;

typedef struct
{
  Expected expected[P2P_MAX_SUBSTREAMS];
  P2pPredictor line;
  P2pAsks asks;
} Scan;

static int64_t
typical_offset (const P2pSwarm * self, unsigned s, int64_t * jitter)
{
  int64_t best = INT64_MIN;

  *jitter = P2P_MSEC (5);
  if (self->sub[s].has_offset) {
    *jitter = self->sub[s].jitter_us;
    return self->sub[s].offset_us;
  }
  for (unsigned i = 0; i < self->k; i++) {
    if (self->sub[i].has_offset && self->sub[i].offset_us > best)
      best = self->sub[i].offset_us;
  }
  if (best != INT64_MIN)
    return best;
  /* nothing came by push yet: the clock, or the newest chunk we hold */
  if (self->has_clock)
    return P2P_MSEC (100) - self->clock_us;
  return self->edge_moved - p2p_ntp_to_us (self->newest_ntp);
}

/* max (60 ms + 2 RTT, 4 jitters): within two round trips SCTP repairs a loss by
 * itself, asking before that is a duplicate (docs/decisions/0002). */
static P2pTime
slack (const P2pPeer * p, int64_t jitter)
{
  P2pTime least = OVERDUE_MIN_US + (p ? 2 * p2p_peer_rtt (p) : 0);

  jitter *= OVERDUE_JITTERS;
  if (jitter > OVERDUE_MAX_US)
    jitter = OVERDUE_MAX_US;
  return jitter < least ? least : jitter;
}

/* Nobody is to push it: how late others of ours come says nothing of it. What hardly
 * anybody has grows by answers, each hop as late as the one who asks. */
static int64_t
unfed_wait (const P2pSwarm * self)
{
  int64_t us;

  if (!p2p_parents_eager (self) || !p2p_clock_get (self, self->now, &us))
    return INT64_MAX;
  return (int64_t) self->config.latency_us * UNFED_PERCENT / 100
      - (us - self->now);
}

static Expected *
expect (const P2pSwarm * self, Scan * scan, unsigned s)
{
  const P2pSubstream *sub = &self->sub[s];
  Expected *x = &scan->expected[s];
  int64_t jitter;

  if (x->known && x->link == sub->parent)
    return x;
  x->known = true;
  x->checked = false;
  x->link = sub->parent;
  x->parent = p2p_peer_find (self, sub->parent);
  x->wait = typical_offset (self, s, &jitter);
  x->wait += slack (x->parent, jitter);
  if (!x->parent)
    x->wait = p2p_min_time (x->wait, unfed_wait (self));
  x->slack = slack (x->parent, sub->jitter_us);
  return x;
}

/* When nobody has it by now something is wrong; NEVER = can't be said. */
static P2pTime
first_due (const P2pSwarm * self, uint32_t chunk, Scan * scan)
{
  unsigned s = p2p_sub_of (self, chunk);
  const P2pSubstream *sub = &self->sub[s];
  int64_t us;
  P2pTime due;

  if (p2p_burst_covers (self, chunk))
    return p2p_burst_due (self);
  if (!p2p_predict_next (self, &scan->line, chunk, &us))
    return FOREVER;
  due = us + expect (self, scan, s)->wait;
  /* a later one of the sub-stream came by push: a gap */
  if (sub->parent && sub->newest != NO_CHUNK && sub->newest > chunk
      && chunk >= sub->first)
    due = p2p_min_time (due, sub->newest_arrival + GAP_WAIT_US);
  /* another one has it, and nothing is heard of the parent */
  if (chunk == sub->offered && expect (self, scan, s)->parent)
    due = p2p_min_time (due, scan->expected[s].parent->last_heard + SUSPECT_US);
  return due;
}

bool
p2p_pull_is_overdue (const P2pSwarm * self, uint32_t chunk)
{
  Scan scan;

  memset (scan.expected, 0, sizeof scan.expected);
  memset (&scan.line, 0, sizeof scan.line);
  return first_due (self, chunk, &scan) <= self->now;
}

/* What it takes to send one chunk more, and those that we wait for there: of its
 * upload the free slots and the share that is no slot. Who is full of pushes
 * answers when it is too late. */
int64_t
p2p_pull_answer_time (const P2pSwarm * self, const P2pPeer * p)
{
  int64_t interval = p2p_playout_step (self), spare, v;

  /* in small meshes the nearest is better; without a header there is no K */
  if (!p2p_parents_eager (self) || self->k == 0)
    return p->requested * 20000;
  spare = p->free_slots * (64 / self->k) + p->capacity * 8 / 12 + 1;
  v = interval * 64 * (1 + p->requested) / spare;
  return v < ANSWER_MAX_US ? v : ANSWER_MAX_US;
}

static P2pTime
retry_due (const P2pSwarm * self, const P2pEntry * e)
{
  P2pTime wait = ASK_HOPE_US + P2P_MSEC (100);

  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    P2pPeer *p = p2p_peer_find (self, e->u.asked.link[i]);
    P2pTime w;
    bool sure;

    if (!p || p->suspect)
      continue;
    sure = p2p_peer_has (self, p, e->chunk);
    w = 2 * p2p_peer_rtt (p) + p2p_patience_with_answer (self, e->chunk, sure);
    if (sure && p2p_parents_eager (self))
      w += p2p_pull_answer_time (self, p) / 2;
    if (w > wait)
      wait = w;
  }
  if (e->u.asked.tries >= SLOW_TRIES)   /* nobody seems to have it */
    wait *= e->u.asked.tries > SLOWER_TRIES ? 4 : 2;
  return e->u.asked.at + (wait < P2P_MSEC (1500) ? wait : P2P_MSEC (1500));
}

static bool
asked (const P2pEntry * e, P2pLinkId link)
{
  for (int i = 0; e && i < P2P_ENTRY_ASKED; i++) {
    if (e->u.asked.link[i] == link)
      return true;
  }
  return false;
}

static bool
half_gone (const P2pSwarm * self, uint32_t chunk)
{
  int64_t us, now_us;

  return p2p_predict_us (self, chunk, &us)
      && p2p_clock_get (self, self->now, &now_us)
      && now_us - us > (int64_t) self->config.latency_us / 2;
}

/* A parent that does not even answer a probe is more likely dead than late:
 * then two are asked at once, for the first may have hung on the same one. */
static bool
parent_silent (const P2pSwarm * self, uint32_t chunk)
{
  P2pPeer *p = p2p_peer_find (self, self->sub[p2p_sub_of (self,
              chunk)].parent);

  if (!p)
    return true;
  return p->probed_at != P2P_TIME_NONE && p->probed_at > p->last_heard
      && self->now - p->probed_at > SILENT_US + p2p_peer_rtt (p);
}

/* A source with less than two streams to give sends each chunk once. Asking it
 * for one that it has not sent yet only delays that: it is asked when the one
 * it was sent to fell, and for what it left out. */
static bool
tight_may_help (const P2pSwarm * self, const P2pPeer * p, uint32_t chunk)
{
  const P2pSubstream *sub = &self->sub[p2p_sub_of (self, chunk)];

  if (sub->parent == p->link)   /* before it was: the one that fell had it */
    return chunk < sub->first
        || (sub->newest != NO_CHUNK && sub->newest > chunk);
  if (sub->path_len <= 2 && parent_silent (self, chunk))
    return true;
  return half_gone (self, chunk) && self->window.end > chunk + PASSED_OVER
      && (p->asked_at == P2P_TIME_NONE
      || self->now - p->asked_at > TIGHT_ASK_US);
}

/* Small is good: has it, will have it soon, may get it. The source comes last
 * until half of the time is gone, unless our (lost) parent had it from there. */
static int64_t
rank (const P2pSwarm * self, const P2pPeer * p, uint32_t chunk, bool first_hop)
{
  unsigned s = p2p_sub_of (self, chunk);
  int64_t v = p2p_peer_rtt (p) + p2p_pull_answer_time (self, p);

  if (!p2p_peer_usable (self, p) || p->suspect || p->choked
      || p->role == P2P_ROLE_LEAF || p->requested >= MAX_REQUESTED)
    return RANK_NONE;
  if (p->has_map && p->newest >= p->base && chunk < p->base)
    return RANK_NONE;
  if (p2p_peer_has (self, p, chunk))
    v += 0;
  else if (p->role == P2P_ROLE_SOURCE)
    v += P2P_MSEC (10);
  else if (p->lag_4ms[s] != 0xffff && !(p->child_mask >> s & 1))
    v += P2P_MSEC (100) + p->lag_4ms[s] * 1000;
  else
    v += P2P_SEC (1);
  if (self->sub[s].parent == p->link
      && (chunk >= self->sub[s].first || !p2p_push_near_tight (self)))
    v += P2P_SEC (2);           /* it should have pushed it */
  if (p->role == P2P_ROLE_SOURCE && !first_hop && !half_gone (self, chunk))
    v += P2P_SEC (3);
  if (p->link == self->burst_from && p2p_burst_covers (self, chunk)
      && p2p_burst_trickles (self))
    v += P2P_SEC (2);           /* it sends it when it can */
  if (p2p_peer_is_tight (p) && !tight_may_help (self, p, chunk))
    return RANK_NONE;
  return v;
}

static P2pPeer *
choose_holder (const P2pSwarm * self, const P2pEntry * e, uint32_t chunk)
{
  const P2pSubstream *sub = &self->sub[p2p_sub_of (self, chunk)];
  bool first_hop = sub->path_len <= 2;  /* source, parent */
  int64_t best_rank = RANK_NONE;
  P2pPeer *best = NULL;

  for (uint32_t i = 0; i < self->n_peers; i++) {
    P2pPeer *p = self->peers[i];
    int64_t v = asked (e, p->link) ? RANK_NONE :
        rank (self, p, chunk, first_hop);

    if (v < best_rank) {
      best_rank = v;
      best = p;
    }
  }
  return best;
}

/* All who may have it were asked, and an answer that the transport gave up does
 * not come (it gives up after 500 ms): the one asked first is asked again, a
 * good second later and then each second or two, as retry_due() makes of the
 * tries. Where there are two neighbours, that is all there is to do. */
static P2pPeer *
ask_again (const P2pSwarm * self, const P2pEntry * e, uint32_t chunk)
{
  if (e->u.asked.tries != SLOW_TRIES && e->u.asked.tries <= SLOWER_TRIES)
    return NULL;
  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    P2pPeer *p = p2p_peer_find (self, e->u.asked.link[i]);

    if (p && rank (self, p, chunk, true) != RANK_NONE)
      return p;
  }
  return NULL;
}

static void
note_asked (P2pSwarm * self, P2pEntry * e, P2pPeer * p)
{
  P2pPeer *old = p2p_peer_find (self, e->u.asked.link[0]);

  if (old && old->requested > 0)
    old->requested--;
  for (int i = 0; i + 1 < P2P_ENTRY_ASKED; i++)
    e->u.asked.link[i] = e->u.asked.link[i + 1];
  e->u.asked.link[P2P_ENTRY_ASKED - 1] = p->link;
  e->u.asked.at = p->asked_at = self->now;
  if (e->u.asked.tries < 255)
    e->u.asked.tries++;
  if (p->requested < 255)
    p->requested++;
}

void
p2p_pull_ask (P2pSwarm * self, P2pAsks * asks, P2pEntry * e, uint32_t chunk,
    P2pPeer * p)
{
  if (e->u.asked.tries == 0)
    self->stats.overdue++;
  note_asked (self, e, p);
  asks->link[asks->n] = p->link;
  asks->chunk[asks->n++] = chunk;
}

void
p2p_pull_send (P2pSwarm * self, P2pAsks * asks)
{
  for (unsigned i = 0; i < asks->n; i++) {
    P2pPeer *p = p2p_peer_find (self, asks->link[i]);
    P2pWriter w;

    if (!p || !p2p_frame_begin (self, p, 64 + 9 * MAX_ASKS, &w))
      continue;
    for (unsigned j = i; j < asks->n; j++) {
      P2pRange r = { asks->chunk[j], asks->chunk[j] };

      if (asks->link[j] != p->link)
        continue;
      p2p_wire_put_range (&w, P2P_MSG_REQUEST, r);
      self->stats.requests_sent++;
      if (j != i)
        asks->link[j] = 0;
    }
    p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
  }
}

/* Later than this nobody wants it any more. */
static bool
expired (const P2pSwarm * self, P2pPredictor * line, uint32_t chunk)
{
  const P2pStreamHeader *h = p2p_header_current (self);
  int64_t us, now_us;

  if (h && (h->flags & P2P_HEADER_CONTAINER))
    return false;
  return p2p_predict_next (self, line, chunk, &us)
      && p2p_clock_get (self, self->now, &now_us)
      && now_us - us > (int64_t) self->target_us;
}

static bool
urgent (const P2pSwarm * self, uint32_t chunk)
{
  int64_t us, now_us;

  return p2p_predict_us (self, chunk, &us)
      && p2p_clock_get (self, self->now, &now_us)
      && now_us - us > (int64_t) self->target_us - URGENT_US
      && (int64_t) self->target_us > 2 * URGENT_US;
}

/* Silent although something is due: ask for a sign of life, then give up. */
static P2pTime
check_parent (P2pSwarm * self, P2pPeer * p)
{
  P2pTime silent = self->now - p->last_heard;
  P2pTime answer = 2 * p2p_peer_rtt (p);
  /* it pays for the answer, and one a second shows as well that it lives */
  P2pTime after = p2p_peer_is_tight (p) ? SUSPECT_US - SILENT_US : PROBE_US;

  if (p->suspect || silent < after)
    return self->now + after - (silent < after ? silent : 0);
  if (p->probed_at == P2P_TIME_NONE || (p->probed_at < p->last_heard
          && !p2p_peer_is_tight (p) && (p2p_parents_eager (self)
              || self->now - p->probed_at > PROBE_AGAIN_US))
      || self->now - p->probed_at > P2P_SEC (1)) {
    if (!p2p_bucket_has_room (self, STATUS_COST))
      return self->now + NO_ROOM_US;
    p->probed_at = self->now;
    p2p_status_send (self, p);
  }
  if (answer < P2P_MSEC (100))
    answer = P2P_MSEC (100);
  if (silent >= SUSPECT_US && self->now - p->probed_at >= answer) {
    p->suspect = true;
    p2p_parents_lose (self, p, 0xffff, true);
    p2p_pull_forget_link (self, p);
    return FOREVER;
  }
  return p2p_min_time (p->last_heard + (silent < SUSPECT_US ? SUSPECT_US :
          silent + P2P_MSEC (20)), p->probed_at + answer > self->now ?
      p->probed_at + answer : self->now + P2P_MSEC (20));
}

/* Who was asked and has said nothing since is not asked again. */
static void
doubt_silent (P2pSwarm * self, const P2pEntry * e)
{
  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    P2pPeer *p = p2p_peer_find (self, e->u.asked.link[i]);

    if (p && !p->suspect && p->last_heard < e->u.asked.at
        && self->now - p->last_heard >= SUSPECT_US
        && self->now - e->u.asked.at >= 2 * p2p_peer_rtt (p)) {
      p->suspect = true;
      p2p_parents_lose (self, p, 0xffff, true);
    }
  }
}

static P2pTime
check_once (P2pSwarm * self, Expected * x)
{
  if (!x->checked)
    x->check = check_parent (self, x->parent);
  x->checked = true;
  return x->check;
}

/* At audio rates small uplinks are late all the time: only who has upload to
 * spare doubts its parents before it has to. */
bool
p2p_pull_is_ample (const P2pSwarm * self)
{
  return !p2p_parents_eager (self) && p2p_own_capacity (self) > AMPLE;
}

/* Before it is overdue: a silent parent is probed while the transport may still
 * repair a loss, so that the answer, or its lack, is there when it is. At audio
 * rates chunks are further apart than that silence: not sooner than the
 * answer can tell anything. */
static P2pTime
probe_early (P2pSwarm * self, Scan * scan, uint32_t chunk, P2pTime due)
{
  unsigned s = p2p_sub_of (self, chunk);
  Expected *x = expect (self, scan, s);
  P2pTime early;

  if (!x->parent || chunk < self->sub[s].first || p2p_peer_is_tight (x->parent))
    return FOREVER;
  early = due - x->slack + OVERDUE_MIN_US;
  if (!p2p_parents_eager (self)) {
    P2pTime silent = x->parent->last_heard + SUSPECT_US;

    early = early < silent ? silent : early;
    if (!p2p_pull_is_ample (self) || early >= due)
      return FOREVER;
  }
  return early > self->now ? early : check_once (self, x);
}

static void
ask_for (P2pSwarm * self, P2pEntry * e, uint32_t chunk, Scan * scan)
{
  unsigned count = (urgent (self, chunk) && e->u.asked.tries > 0)
      || parent_silent (self, chunk) ? 2 : 1;
  unsigned s = p2p_sub_of (self, chunk);

  while (count-- > 0 && scan->asks.n < MAX_ASKS) {
    P2pPeer *p = choose_holder (self, e, chunk);

    if (!p) {
      p = ask_again (self, e, chunk);
      count = 0;
    }
    if (!p)
      break;
    p2p_pull_ask (self, &scan->asks, e, chunk, p);
    /* nobody fell, or this one lives: one that holds it is as good as two, and upload
     * is scarcer than time there */
    if (e->u.asked.tries == 1 && p2p_parents_eager (self)
        && p2p_peer_has (self, p, chunk) && ((!self->sub[s].parent
                && !self->sub[s].avoid)
            || self->now - p->last_heard < SUSPECT_US))
      break;
  }
  /* nobody to ask: look again later */
  if (scan->asks.n == 0 || e->u.asked.tries == 0) {
    e->u.asked.at = self->now;
    if (e->u.asked.tries < 255)
      e->u.asked.tries++;
  }
}

/* Chunks that are not due come one after the other: of those beyond the newest
 * the first of a sub-stream speaks for the rest. */
static bool
is_later (const P2pSwarm * self, const Scan * scan, uint32_t chunk)
{
  return chunk >= self->window.end
      && scan->expected[p2p_sub_of (self, chunk)].later;
}

static void
note_later (const P2pSwarm * self, Scan * scan, uint32_t chunk, P2pTime due)
{
  if (chunk >= self->window.end && due > self->now && due != FOREVER
      && !p2p_burst_covers (self, chunk))
    scan->expected[p2p_sub_of (self, chunk)].later = true;
}

/* A new parent that holds it sends it unasked, as soon as it says yes. Until when that
 * is waited for; refusals follow each other, so for no chunk for long. */
static P2pTime
comes_unasked (const P2pSwarm * self, uint32_t chunk, P2pTime due)
{
  const P2pSubstream *sub = &self->sub[p2p_sub_of (self, chunk)];
  const P2pPeer *p = p2p_peer_find (self, sub->pending);

  if (!p2p_parents_eager (self) || self->now - due >= NEW_PARENT_MAX_US)
    return self->now;
  if (p && !p->suspect && self->positioned && p2p_peer_has (self, p, chunk)
      && self->now - sub->pending_since < NEW_PARENT_US)
    return sub->pending_since + NEW_PARENT_US;
  p = p2p_peer_find (self, sub->parent);
  if (p && chunk >= sub->first && p2p_peer_has (self, p, chunk)
      && self->now - sub->moved_at < NEW_PARENT_US)
    return sub->moved_at + NEW_PARENT_US;
  return self->now;
}

/* Looks at one missing chunk; returns when to look again. */
static P2pTime
look_at (P2pSwarm * self, uint32_t chunk, Scan * scan)
{
  const P2pSubstream *sub = &self->sub[p2p_sub_of (self, chunk)];
  P2pEntry *e = p2p_window_get (&self->window, chunk);
  P2pTime due = first_due (self, chunk, scan), probe = FOREVER, unasked;
  Expected *x;

  if (due > self->now && due - self->now < EARLY_US)
    probe = probe_early (self, scan, chunk, due);
  if (due > self->now) {
    if (probe < due)
      return probe;
    note_later (self, scan, chunk, due);
    return due;
  }
  unasked = comes_unasked (self, chunk, due);
  if (unasked > self->now)
    return unasked;
  x = expect (self, scan, p2p_sub_of (self, chunk));
  if (x->parent && chunk >= sub->first)
    probe = check_once (self, x);
  due += p2p_patience_with_chunk (self, chunk);
  if (due > self->now)
    return p2p_min_time (due, probe);
  if (!e)
    e = p2p_window_reserve (&self->window, chunk, 0);
  if (!e || expired (self, &scan->line, chunk))
    return probe;
  e->chunk = chunk;
  if (e->u.asked.tries > 0) {
    due = retry_due (self, e);
    if (due > self->now)
      return p2p_min_time (due, probe);
  }
  if (e->u.asked.tries > 0)
    doubt_silent (self, e);
  if (!p2p_bucket_has_room (self, REQUEST_COST * (scan->asks.n + 1)))
    return p2p_min_time (self->now + NO_ROOM_US, probe);
  if (scan->asks.n < MAX_ASKS)
    ask_for (self, e, chunk, scan);
  return p2p_min_time (retry_due (self, e), probe);
}

void
p2p_pull_run (P2pSwarm * self)
{
  Scan scan;
  unsigned scanned = 0;
  uint32_t c, edge;
  P2pTime next;

  self->pull_at = FOREVER;
  if (self->source || self->k == 0 || self->leaving)
    return;
  next = p2p_min_time (p2p_burst_run (self), p2p_catchup_run (self));
  if (self->window.end == self->window.base) {
    self->pull_at = next;
    return;
  }
  memset (scan.expected, 0, self->k * sizeof *scan.expected);
  memset (&scan.line, 0, sizeof scan.line);
  scan.asks.n = 0;
  /* one step beyond what must be closed by now gives the next deadline */
  edge = p2p_predict_edge (self) + self->k;
  for (c = p2p_playout_first (self); scanned < MAX_SCAN; c++) {
    const P2pEntry *e;

    c = p2p_window_next_hole (&self->window, c);
    if (c > edge)
      break;
    if (is_later (self, &scan, c) || p2p_catchup_covers (self, c))
      continue;
    /* none is PENDING while nothing is, and entries are not in the cache */
    e = self->n_pending ? p2p_window_get (&self->window, c) : NULL;
    if (e && e->state != P2P_ENTRY_MISSING)
      continue;
    scanned++;
    next = p2p_min_time (next, look_at (self, c, &scan));
  }
  p2p_pull_send (self, &scan.asks);
  self->pull_at = next > self->now ? next : self->now + P2P_MSEC (5);
}

/* There is one who has it: who missed it may ask now (first_due()), and who
 * asked in vain so far asks again. */
void
p2p_pull_offered (P2pSwarm * self, uint32_t chunk)
{
  P2pEntry *e = p2p_window_get (&self->window, chunk);

  if (p2p_pull_is_ample (self) && (!e || e->state == P2P_ENTRY_MISSING)) {
    self->sub[p2p_sub_of (self, chunk)].offered = chunk;
    self->pull_at = self->now;
  }
  if (!e || e->state != P2P_ENTRY_MISSING || e->u.asked.tries == 0)
    return;
  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    P2pPeer *p = p2p_peer_find (self, e->u.asked.link[i]);

    if (p && p2p_peer_has (self, p, chunk))
      return;                   /* its answer is on the way */
  }
  e->u.asked.at = self->now - P2P_SEC (2);
  self->pull_at = self->now;
}

/* The source has made us a root in place of one that fell: what that one had and
 * did not pass on is nowhere else, and who was asked for it can't help. */
void
p2p_pull_appointed (P2pSwarm * self, unsigned s)
{
  uint32_t end = self->window.end;      /* 'first' is what it said */

  if (self->sub[s].first < end)
    end = self->sub[s].first;
  for (uint32_t c = self->window.base; c < end; c++) {
    P2pEntry *e = p2p_window_get (&self->window, c);

    if (e && e->state == P2P_ENTRY_MISSING && e->u.asked.tries > 0
        && p2p_sub_of (self, c) == s)
      e->u.asked.at = self->now - P2P_SEC (2);
  }
  self->pull_at = self->now;
}

/* Given up: those asked owe it no more. */
void
p2p_pull_give_up (P2pSwarm * self, uint32_t chunk)
{
  P2pEntry *e = p2p_window_get (&self->window, chunk);

  if (!e || e->state == P2P_ENTRY_HELD)
    return;
  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    P2pPeer *p = p2p_peer_find (self, e->u.asked.link[i]);

    e->u.asked.link[i] = 0;
    if (p && p->requested > 0)
      p->requested--;
  }
}

/* It would push it still, or will: HAVE cancels that. */
static void
say_have (P2pSwarm * self, P2pPeer * p, P2pRange r)
{
  P2pWriter w;

  if (!p || !p2p_peer_usable (self, p) || p->suspect
      || !p2p_bucket_has_room (self, REQUEST_COST)
      || !p2p_frame_begin (self, p, 64, &w))
    return;
  p2p_wire_put_range (&w, P2P_MSG_HAVE, r);
  p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
}

/* It came: others that were asked need not send it. */
void
p2p_pull_got (P2pSwarm * self, const P2pEntry * e, const P2pEntryAsked * asked)
{
  P2pLinkId from = e->u.held.from;
  const P2pSubstream *sub = &self->sub[p2p_sub_of (self, e->chunk)];
  P2pRange r = { e->chunk, e->chunk };
  P2pPeer *p;
  P2pWriter w;

  for (int i = 0; i < P2P_ENTRY_ASKED; i++) {
    p = p2p_peer_find (self, asked->link[i]);

    if (!p)
      continue;
    if (p->requested > 0)
      p->requested--;
    if (p->link == from && p->answered < 255)
      p->answered++;
    if (p->link != from && p2p_peer_usable (self, p) && !p->suspect
        && !p2p_peer_is_tight (p) && p2p_bucket_has_room (self, REQUEST_COST)
        && p2p_frame_begin (self, p, 64, &w)) {
      p2p_wire_put_range (&w, P2P_MSG_CANCEL, r);
      p2p_frame_commit (self, p, &w, P2P_STREAM_CONTROL, NO_BODY);
    }
  }
  if (from && sub->parent != from && e->chunk >= sub->first)
    say_have (self, p2p_peer_find (self, sub->parent), r);
  p = p2p_peer_find (self, sub->pending);
  if (from && p && p->link != from && e->chunk >= sub->asked_first
      && p2p_parents_eager (self) && !p2p_peer_is_tight (p))
    say_have (self, p, r);
}

/* What was asked there is asked elsewhere at once. */
void
p2p_pull_forget_link (P2pSwarm * self, P2pPeer * p)
{
  for (uint32_t i = 0; i < self->window.capacity && p->requested; i++) {
    P2pEntry *e = &self->window.ring[i];

    if (e->state == P2P_ENTRY_HELD)
      continue;
    for (int j = 0; j < P2P_ENTRY_ASKED; j++) {
      if (e->u.asked.link[j] == p->link) {
        e->u.asked.link[j] = 0;
        e->u.asked.at = self->now - P2P_SEC (2);
      }
    }
  }
  p->requested = 0;
  self->pull_at = self->now;
}
