/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pswarmpriv.h: what the files of this folder say to each other, about the state in
 * p2pswarmstate.h; nothing else includes it.
 *
 * Owner: the host's thread. Every public function enters through
 * p2p_swarm_begin() and leaves through p2p_swarm_settle(), which delivers,
 * pushes, asks, and computes the next deadlines. One file per idea:
 *
 *   p2pswarm.c    public functions, time      p2ppush.c     children, sending
 *   p2pactions.c  the queue to the host       p2pbucket.c   upload cap, slots
 *   p2ppeer.c     neighbours, their map       p2pparents.c  who feeds us
 *   p2pintake.c   frames -> the others        p2ppull.c     what is overdue
 *   p2pheader.c   stream headers, epochs      p2prepair.c   requests served
 *   p2pchunks.c   received -> verified        p2pplayout.c  join, order, skip
 *   p2pclock.c    the publisher's clock       p2pmembers.c  who we know
 *   p2ppublish.c  the source's input          p2pcounters.c what is seen
 *   p2psetup.c    links under way             p2pqueue.c    what waits for one
 *   p2pcapacity.c what the uplink carries     p2pneighbours.c who is one
 *   p2pstandin.c  a root that falls silent    p2pwarm.c     reads ahead
 *   p2pasked.c    asked, and not heard        p2pburst.c    what a newcomer finds
 *   p2pcatchup.c  the same, at video rates    p2pdelay.c    what the uplink delays
 *   p2pleave.c    who goes with a word        p2ppatience.c who waits for a path
 *   p2psubscribe.c from which chunk on        p2proots.c    a source whose roots fall
 */
#ifndef P2P_SWARM_PRIV_H
#define P2P_SWARM_PRIV_H

#include "p2pswarmstate.h"

/* ---- p2pactions.c ---- */
P2pAction *p2p_action_add (P2pSwarm * self, P2pActionType type, P2pLinkId link);
void p2p_action_set_body (P2pSwarm * self, P2pAction * a, P2pSlice body);
void p2p_action_event (P2pSwarm * self, P2pEventType event, P2pLinkId link,
    const P2pPeerId * peer, int64_t value);
/* Crypto: prefix and signature are copied; the token is new. 0: no memory. */
P2pToken p2p_action_crypto (P2pSwarm * self, P2pActionType type,
    P2pLinkId link, const uint8_t prefix[P2P_SIGN_PREFIX_LEN], P2pSlice body,
    const uint8_t * signature);
/* bytes copied behind the action's 'head' pointer place */
void p2p_action_set_bytes (P2pSwarm * self, P2pAction * a,
    const uint8_t * data, uint32_t len);
/* A frame to a peer: begin gives a writer over 'reserve' bytes that already
 * holds the channel; commit queues it. Control frames also take a PONG that
 * is due. begin is false when memory ran out or the peer can't be talked to. */
bool p2p_frame_begin (P2pSwarm * self, P2pPeer * p, uint32_t reserve,
    P2pWriter * w);
void p2p_frame_commit (P2pSwarm * self, P2pPeer * p, P2pWriter * w,
    uint8_t stream, P2pSlice body);
void p2p_actions_clear (P2pSwarm * self);

/* ---- p2ppeer.c ---- */
P2pPeer *p2p_peer_find (const P2pSwarm * self, P2pLinkId link);
P2pClockSpan *p2p_peer_clock (P2pSwarm * self, const P2pPeer * p);
/* It is told our STATUS then, if it is told any. */
void p2p_peer_tell_at (P2pSwarm * self, P2pPeer * p, P2pTime due);
P2pPeer *p2p_peer_by_id (const P2pSwarm * self, const P2pPeerId * id);
P2pPeer *p2p_peer_by_short (const P2pSwarm * self, uint32_t short_id);
P2pResult p2p_peer_add (P2pSwarm * self, P2pLinkId link,
    const P2pLinkInfo * info);
void p2p_peer_remove (P2pSwarm * self, P2pPeer * p);
void p2p_peer_free (P2pPeer * p);
bool p2p_peer_is_source (const P2pSwarm * self, const P2pPeer * p);
bool p2p_peer_is_tight (const P2pPeer * p);
/* It told its role or its capacity. */
void p2p_peer_described (P2pSwarm * self, P2pPeer * p);
void p2p_peer_drop (P2pSwarm * self, P2pPeer * p, bool bad, uint8_t reason);
/* Its map says that it holds the chunk. */
bool p2p_peer_has (const P2pSwarm * self, const P2pPeer * p, uint32_t chunk);
void p2p_peer_note_chunk (const P2pSwarm * self, P2pPeer * p, uint32_t chunk);
void p2p_peer_note_older (const P2pSwarm * self, P2pPeer * p, uint32_t chunk);
unsigned p2p_target_neighbours (const P2pSwarm * self);
unsigned p2p_max_neighbours (const P2pSwarm * self);
/* Links that one more neighbour could have: those that yield theirs do not count. */
unsigned p2p_peer_places (const P2pSwarm * self);
unsigned p2p_live_neighbours (const P2pSwarm * self, bool leaves);
bool p2p_peer_leaves_full (const P2pSwarm * self);
bool p2p_peer_yields_place (const P2pSwarm * self, const P2pPeer * p);
/* Something was sent so long ago, and nothing has come since. */
bool p2p_peer_is_silent (const P2pSwarm * self, const P2pPeer * p, P2pTime us);

/* ---- p2pneighbours.c ---- */
unsigned p2p_prefix_limit (const P2pSwarm * self);
bool p2p_prefix_admit (P2pSwarm * self, P2pLinkId link, uint32_t prefix);
uint32_t p2p_prefix_share (const P2pSwarm * self);
void p2p_neighbours_tick (P2pSwarm * self);
void p2p_super_tick (P2pSwarm * self);
/* Adds to the list who could help, those with room first. */
void p2p_fill_candidates (P2pSwarm * self, P2pPeerList * list,
    const P2pPeer * except);

/* ---- p2pstatus.c ---- */
void p2p_status_put (P2pSwarm * self, P2pPeer * p, P2pWriter * w);
void p2p_status_send (P2pSwarm * self, P2pPeer * p);
void p2p_status_receive (P2pSwarm * self, P2pPeer * p, const P2pStatus * m);
void p2p_pong_receive (P2pSwarm * self, P2pPeer * p, const P2pPong * m);
bool p2p_pong_put (P2pSwarm * self, P2pPeer * p, P2pWriter * w);
void p2p_status_tick (P2pSwarm * self);
/* Not more than STATUS_SOON_US after the last one. */
void p2p_status_soon (P2pSwarm * self, P2pPeer * p);
/* Sub-stream s comes in: who was told otherwise hears it soon. */
void p2p_status_fed (P2pSwarm * self, unsigned s);
/* ... and who asked for it while it did not at once. */
void p2p_status_owed (P2pSwarm * self, P2pPeer * p, unsigned s);
P2pTime p2p_status_period (const P2pSwarm * self);
bool p2p_status_has_media (const P2pSwarm * self);
uint8_t p2p_own_capacity (const P2pSwarm * self);
/* LEAF also when the cap has no place for a child. */
P2pRole p2p_own_role (const P2pSwarm * self);
void p2p_hello_flight (P2pSwarm * self, P2pPeer * p);

/* ---- p2pintake.c ---- */
void p2p_intake_frame (P2pSwarm * self, P2pPeer * p, P2pSlice frame);

/* ---- p2pheader.c ---- */
void p2p_header_object_free (P2pHeaderObject * h);
const P2pStreamHeader *p2p_header_current (const P2pSwarm * self);
P2pHeaderObject *p2p_header_find (const P2pSwarm * self, uint16_t generation);
void p2p_header_part (P2pSwarm * self, P2pPeer * p, const P2pHeaderPart * m);
void p2p_header_verified (P2pSwarm * self, P2pHeaderObject * h, P2pPeer * p);
/* Takes the object; makes its epoch ours when it is higher. */
void p2p_header_adopt (P2pSwarm * self, P2pHeaderObject * h);
void p2p_header_send (P2pSwarm * self, P2pPeer * p, const P2pHeaderObject * h);
void p2p_header_request (P2pSwarm * self, P2pPeer * p, uint16_t generation);
/* TRUE: that header may go to that peer on its request now. */
bool p2p_header_may_answer (P2pSwarm * self, P2pPeer * p, uint16_t generation);
/* Writes the newest header as one part when it fits. */
bool p2p_header_put_whole (P2pSwarm * self, P2pWriter * w);
bool p2p_header_fits (const P2pSwarm * self);

/* ---- p2pchunks.c ---- */
void p2p_chunk_receive (P2pSwarm * self, P2pPeer * p, P2pSlice frame,
    const P2pData * data, const P2pSignedIntegrity * sig, uint32_t sig_at);
void p2p_chunk_verified (P2pSwarm * self, P2pPending * done, bool good);
void p2p_chunk_accept (P2pSwarm * self, const P2pPending * c,
    const uint8_t * signature, bool own_signature);
P2pPending *p2p_pending_add (P2pSwarm * self, P2pPendingKind kind);
void p2p_pending_release (P2pPending * c);
void p2p_pending_forget_link (P2pSwarm * self, P2pLinkId link);
void p2p_pending_clear (P2pSwarm * self);

/* ---- p2pclock.c ---- */
int64_t p2p_ntp_to_us (P2pNtp ntp);
P2pNtp p2p_us_to_ntp (int64_t us);
/* Source time in us at local time t; false = not known. */
bool p2p_clock_get (const P2pSwarm * self, P2pTime t, int64_t * us);
/* p's answer to a ping of this round trip. */
void p2p_clock_sample (P2pSwarm * self, P2pPeer * p, P2pNtp source,
    P2pTime rtt, uint32_t error_us);
/* Another run, or time that was slept through. */
void p2p_clock_forget (P2pSwarm * self);
void p2p_clock_heard (P2pSwarm * self, P2pNtp ntp, P2pTime arrival);
/* Predicted NTP time (us) of a chunk; false before any is held. */
bool p2p_predict_us (const P2pSwarm * self, uint32_t chunk, int64_t * us);
/* The same for one after the other, while nothing comes in. Zeroed at first:
 * times of held chunks around the last hole, and beyond the newest. */
typedef struct
{
  uint32_t prev, next;          /* next: 0 = none yet */
  bool has_prev, has_edge;
  int64_t t0, t1, edge_us, step;
} P2pPredictor;
bool p2p_predict_next (const P2pSwarm * self, P2pPredictor * line,
    uint32_t chunk, int64_t * us);
/* Newest chunk that should be closed by now as we see it. */
uint32_t p2p_predict_edge (const P2pSwarm * self);

/* ---- p2pbucket.c ---- */
uint32_t p2p_wire_cost (uint32_t message_len);
void p2p_bucket_refill (P2pSwarm * self);
void p2p_bucket_soon (const P2pSwarm * self);   /* for p2pwarm.c */
bool p2p_bucket_has_room (const P2pSwarm * self, uint32_t cost);
bool p2p_bucket_has_room_to_subscribe (const P2pSwarm * self, uint32_t cost);
bool p2p_bucket_has_room_for_link (const P2pSwarm * self, uint32_t bytes);
/* There was none, and one is needed. */
void p2p_bucket_want_room_for_link (P2pSwarm * self, uint32_t bytes);
bool p2p_bucket_spare (P2pSwarm * self);
void p2p_bucket_spend_spare (P2pSwarm * self, uint32_t cost);
bool p2p_bucket_allows (P2pSwarm * self, uint32_t cost);
P2pTime p2p_bucket_when (const P2pSwarm * self, uint32_t cost, bool urgent);
void p2p_bucket_charge (P2pSwarm * self, uint32_t cost);
void p2p_bucket_note_spent (P2pSwarm * self, uint32_t bytes);
void p2p_bucket_sent (P2pSwarm * self, P2pPeer * p, uint32_t len);
void p2p_bucket_received (P2pSwarm * self, P2pPeer * p, uint32_t len);
void p2p_bucket_stats (P2pSwarm * self, P2pPeer * p, const P2pLinkStats * s);
/* Can the cap carry a child? */
void p2p_bucket_note_leaf (P2pSwarm * self);
uint32_t p2p_stream_bps (const P2pSwarm * self);
/* What one sub-stream to one child costs on the wire, bit/s. */
uint64_t p2p_slot_bps (const P2pSwarm * self);
/* Slots: sub-streams to children. hard: by the cap; else by custom. */
unsigned p2p_slots_total (const P2pSwarm * self, bool * hard);
unsigned p2p_slots_used (const P2pSwarm * self, int substream);
unsigned p2p_slots_of_source (const P2pSwarm * self);   /* at most, whatever its cap */
void p2p_control_tick (P2pSwarm * self);

/* ---- p2pcapacity.c ---- */
/* The cap is an estimate. */
bool p2p_capacity_measures (const P2pSwarm * self);
void p2p_capacity_init (P2pSwarm * self);
void p2p_capacity_round_trip (P2pSwarm * self, P2pPeer * p, uint32_t srtt_us);
void p2p_capacity_acked (P2pSwarm * self, P2pPeer * p, uint32_t len);
void p2p_capacity_tick (P2pSwarm * self);
uint32_t p2p_capacity_fresh_window (const P2pSwarm * self);
unsigned p2p_capacity_fresh_slots (const P2pSwarm * self, uint64_t slot_bps,
    bool * hard);

/* ---- p2pdelay.c ---- */
void p2p_delay_sent (P2pSwarm * self, P2pPeer * p);
void p2p_delay_acked (P2pSwarm * self, P2pPeer * p, uint32_t unacked);
void p2p_delay_stamped (P2pSwarm * self, P2pPeer * p, uint64_t stamp);
/* What waits in our uplink, us; -1: nobody knows. */
P2pTime p2p_delay_uplink (const P2pSwarm * self);

/* ---- p2psetup.c ---- */
/* The link is up or has failed; returns what the set-up has sent. */
uint64_t p2p_set_up_done (P2pSwarm * self, P2pLinkId link);
bool p2p_set_up_admitted (P2pSwarm * self, P2pLinkId link);
void p2p_set_up_tick (P2pSwarm * self);

/* ---- p2ppush.c ---- */
void p2p_push_chunk (P2pSwarm * self, P2pEntry * e);
void p2p_push_pump (P2pSwarm * self);
void p2p_push_forget (P2pPeer * p);
bool p2p_push_tight (const P2pSwarm * self);
bool p2p_push_near_tight (const P2pSwarm * self);
/* A chunk waits for it in push, pull or the burst; it goes. */
void p2p_push_list (P2pSwarm * self, P2pPeer * p);
/* It is a child, or asks for what is not here yet. */
void p2p_push_taker (P2pSwarm * self, P2pPeer * p);
void p2p_push_unlist (P2pSwarm * self, P2pPeer * p);
bool p2p_push_backlogged (const P2pSwarm * self);

/* What waits may have got less. */
void p2p_push_rest (P2pSwarm * self);

/* ---- p2pstandin.c ---- */
void p2p_stand_in_run (P2pSwarm * self);
/* A chunk was handed down to a child. */
void p2p_stand_in_sent (P2pSwarm * self, P2pPeer * p, uint32_t chunk);
/* A child of it names it as fallen, and misses chunk 'first'. */
void p2p_stand_in_accused (P2pSwarm * self, P2pPeer * p, uint32_t first);
void p2p_stand_in_acked (P2pSwarm * self, P2pPeer * p, uint32_t left);
bool p2p_stand_in_asks (const P2pSwarm * self);
/* Now and then: one more root in place of one that has two. */
void p2p_stand_in_spread (P2pSwarm * self);
/* One that was stuck has acknowledged something. */
void p2p_stand_in_back (P2pSwarm * self, P2pPeer * p);

/* ---- p2padmit.c ---- */
void p2p_admit_subscribe (P2pSwarm * self, P2pPeer * p,
    const P2pSubscribe * m);
void p2p_admit_unsubscribe (P2pSwarm * self, P2pPeer * p, uint16_t mask);
void p2p_admit_tick (P2pSwarm * self);
void p2p_admit_release (P2pSwarm * self, unsigned s);
/* There are fewer slots than children. */
void p2p_admit_shed (P2pSwarm * self);
void p2p_admit_path_changed (P2pSwarm * self, uint16_t mask);
/* Makes p a child unasked, from chunk 'first' on. */
void p2p_admit_appoint (P2pSwarm * self, P2pPeer * p, unsigned s,
    uint32_t first);
/* Somebody else has s now. */
void p2p_admit_dismiss (P2pSwarm * self, P2pPeer * p, unsigned s);

/* ---- p2pparents.c ---- */
/* Video rates, where messages cost next to nothing of the stream: what is known
 * is told and tried at once. Below, meshes around a source of 1.5 streams do not
 * gain by it (docs/bounds.md). */
bool p2p_parents_eager (const P2pSwarm * self);
void p2p_parents_choose (P2pSwarm * self);
void p2p_parents_ok (P2pSwarm * self, P2pPeer * p, const P2pSubOk * m);
void p2p_parents_redirect (P2pSwarm * self, P2pPeer * p,
    const P2pPeerList * m);
void p2p_parents_lose (P2pSwarm * self, P2pPeer * p, uint16_t mask,
    bool failed);
uint16_t p2p_parents_mask (const P2pSwarm * self, const P2pPeer * p);
/* For each sub-stream the neighbour with room that would be asked first if its parent
 * fell now, 0 = none: the warm backups of the swarm reference, 7.3. Nothing is sent for
 * them. */
void p2p_parents_backups (const P2pSwarm * self, P2pLinkId * backup);
/* It feeds us, or was asked to. */
bool p2p_parents_has (const P2pSwarm * self, const P2pPeer * p);
void p2p_parents_heard (P2pSwarm * self, P2pPeer * p);
void p2p_parents_doubt (P2pSwarm * self, unsigned s, uint32_t fallen);
void p2p_parents_tick (P2pSwarm * self);
bool p2p_parents_fed (const P2pSwarm * self, unsigned s);
bool p2p_parents_fresh (const P2pSwarm * self, unsigned s);
void p2p_parents_improve (P2pSwarm * self);
void p2p_unsubscribe (P2pSwarm * self, P2pPeer * p, uint16_t mask);

/* ---- p2pasked.c ---- */
void p2p_asked_note (P2pSwarm * self, P2pPeer * p, uint16_t mask);
/* It was not heard since, for longer than an answer takes. */
bool p2p_asked_in_vain (const P2pSwarm * self, const P2pPeer * p);
/* The parent of s fell a moment ago. */
bool p2p_asked_after_death (const P2pSwarm * self, unsigned s);
/* What its silence counts where parents are chosen. */
P2pTime p2p_asked_silence (const P2pSwarm * self, const P2pPeer * p);
void p2p_asked_run (P2pSwarm * self);

/* ---- p2ppull.c ---- */
void p2p_pull_run (P2pSwarm * self);
/* It should have been here: p2p_pull_run() asks, or has asked, for it. */
bool p2p_pull_is_overdue (const P2pSwarm * self, uint32_t chunk);
/* Is HELD now; who was asked for it before. */
void p2p_pull_got (P2pSwarm * self, const P2pEntry * e,
    const P2pEntryAsked * asked);
bool p2p_pull_is_ample (const P2pSwarm * self);
/* Somebody says that it has the chunk. */
void p2p_pull_offered (P2pSwarm * self, uint32_t chunk);
void p2p_pull_appointed (P2pSwarm * self, unsigned s);
void p2p_pull_give_up (P2pSwarm * self, uint32_t chunk);
void p2p_pull_forget_link (P2pSwarm * self, P2pPeer * p);

/* ---- p2prepair.c ---- */
void p2p_repair_request (P2pSwarm * self, P2pPeer * p, P2pRange range);
void p2p_repair_cancel (P2pSwarm * self, P2pPeer * p, P2pRange range);
/* Tells those who may miss it that it is here. */
void p2p_repair_announce (P2pSwarm * self, const P2pEntry * e);
void p2p_repair_have (P2pSwarm * self, P2pPeer * p, P2pRange range);

/* ---- p2pplayout.c ---- */
void p2p_playout_run (P2pSwarm * self);
void p2p_playout_set_target (P2pSwarm * self);
P2pTime p2p_playout_slack (const P2pSwarm * self);
int64_t p2p_playout_step (const P2pSwarm * self);     /* media of a chunk, us */
uint32_t p2p_playout_first (const P2pSwarm * self);
void p2p_playout_reset (P2pSwarm * self);

/* ---- p2pmembers.c ---- */
void p2p_members_lost (P2pSwarm * self);
void p2p_members_tick (P2pSwarm * self);
/* It may be dialled now; dials it. */
bool p2p_candidate_usable (const P2pSwarm * self, const P2pCandidate * c);
void p2p_candidate_connect (P2pSwarm * self, P2pCandidate * c);
void p2p_members_receive (P2pSwarm * self, P2pPeer * p, const P2pPeerList * m);
void p2p_members_signal (P2pSwarm * self, P2pPeer * p,
    const P2pSignalPart * m);
void p2p_signal_object_free (P2pSignalObject * s);
/* Some fell, and fewer than half of the neighbours wanted live. */
bool p2p_members_bereft (const P2pSwarm * self);

/* ---- p2pdeficit.c ---- */
void p2p_deficit_tick (P2pSwarm * self);

/* ---- p2pcounters.c ---- */
void p2p_counters_arrival (P2pSwarm * self, uint32_t chunk, uint32_t lag_us);
void p2p_counters_soon (const P2pSwarm * self, uint32_t lag_us);        /* p2pwarm.c */
void p2p_counters_given_up (P2pSwarm * self);
void p2p_counters_reset_target (P2pSwarm * self);
void p2p_counters_tick (P2pSwarm * self);

/* ---- p2pswarm.c ---- */
void p2p_swarm_begin (P2pSwarm * self, P2pTime now);
void p2p_swarm_settle (P2pSwarm * self);
void p2p_swarm_reset_stream (P2pSwarm * self);

#endif /* P2P_SWARM_PRIV_H */
