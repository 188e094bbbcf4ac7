/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pworldpriv.h: shared by the files of the world only.
 *
 *   p2pworld.c  nodes, the loop, trouble     p2phost.c  what a core asks for
 *   p2plinks.c  links, frames in flight      p2ppublisher.c  the media
 *   p2phints.c  what is read soon            p2prendezvous.c  the tracker
 */
#ifndef P2P_WORLD_PRIV_H
#define P2P_WORLD_PRIV_H

#include "p2pworld.h"
#include "../../gst/p2p/core/base/p2pledger.h"

#define NOBODY UINT32_MAX

enum
{
  EV_FRAME,                     /* a: link, b: FRAME_*, c: sent; data: payload */
  EV_ACKS,                      /* a: node; all of a link is acknowledged */
  EV_UPKEEP,                    /* a: node; figures of links in use */
  EV_TIMER,                     /* a: node */
  EV_IDLE_STATS,                /* a: node */
  EV_VERIFIED,                  /* a: node, b: token, c: serial; data: good, chunk */
  EV_SIGNED,                    /* a: node, b: token; data: signature */
  EV_INTRODUCE,                 /* a: node */
  EV_ANNOUNCE,                  /* a: node */
  EV_OFFER,                     /* a: node, b: whom it waits for, c: so long;
                                 * data: number of the offer */
  EV_LINK_UP,                   /* a: link */
  EV_LINK_FAIL,                 /* a: link, c: tell the core */
  EV_LINK_DOWN,                 /* a: link, b: side */
  EV_AGAIN,                     /* a: link, b: sending side, c: how often so far */
  EV_DEAD,                      /* a: link, b: side whose peer fell silent */
  EV_PUBLISH,                   /* c: number of the run */
  EV_DUE,                       /* a: serial, b: which delay */
  EV_ROOTS,
  EV_ANSWER_LATE,               /* a: node, b: peer node */
  EV_LEFT,                      /* a: node */
  EV_GATE                       /* a: node; something may go under its cap */
};

#define FRAME_SIDE 1u           /* the receiving end */
#define FRAME_PASSED 2u         /* came through the downlink */
#define FRAME_LEN_SHIFT 8

typedef struct
{
  uint32_t link;
  uint8_t side, stream;         /* side: who sends */
  P2pPayload *frame;            /* NULL: an acknowledgement */
  uint32_t wire, len, sent;     /* of that: its bytes, what of, sent when */
} P2pGateItem;

#define VERDICT_GOOD 1
#define VERDICT_CHUNK 2

/* ---- p2pworld.c ---- */
P2pTime p2p_node_now (const P2pWorld * w, const P2pNode * n);
/* Every call into a core is between these. */
void p2p_node_enter (P2pNode * n);
void p2p_node_left (P2pWorld * w, P2pNode * n);
P2pNode *p2p_node_by_id (P2pWorld * w, const P2pPeerId * id);
void p2p_trace (P2pWorld * w, const P2pNode * n, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void p2p_node_count_wire (P2pWorld * w, P2pNode * n, uint32_t bytes,
    P2pTime when);

/* The clock goes on to the end of a stall that has begun. */
static inline void
p2p_world_stand_still (P2pWorld * w)
{
  while (w->stall < w->n_stalls && w->stalls[w->stall].until <= w->sim.now)
    w->stall++;
  if (w->stall < w->n_stalls && w->stalls[w->stall].at <= w->sim.now)
    w->sim.now = w->stalls[w->stall].until;
}

/* ---- p2plinks.c ---- */
#define P2P_LINK_SLOT_BITS 20   /* a million links at a time, ids above that
                                 * are the slot's age */
static inline uint32_t
p2p_link_slot (uint32_t id)
{
  return (id & ((1u << P2P_LINK_SLOT_BITS) - 1)) - 1;
}

P2pLink *p2p_link_get (P2pWorld * w, uint32_t id);
P2pLink *p2p_link_between (P2pWorld * w, const P2pNode * a, const P2pNode * b);
/* Starts a set-up; false: they are linked, or not allowed to. */
bool p2p_link_start (P2pWorld * w, P2pNode * offerer, P2pNode * answerer,
    P2pTime took, bool tell_failure);
void p2p_link_is_up (P2pWorld * w, uint32_t id);
void p2p_link_failed (P2pWorld * w, uint32_t id, bool tell);
/* That end closes now; the other learns it when the last frame is there. */
void p2p_link_close (P2pWorld * w, P2pLink * l, unsigned side);
/* It stands still and finds the event when it goes on. */
void p2p_node_keep (P2pNode * n, const P2pSimEvent * e);
void p2p_link_down (P2pWorld * w, uint32_t id, unsigned side);
/* The node fell silent: the others' transports notice after dead_after. */
void p2p_link_peer_silent (P2pWorld * w, P2pLink * l, unsigned side);
void p2p_link_detach (P2pWorld * w, P2pLink * l, P2pNode * n);
void p2p_link_send (P2pWorld * w, P2pLink * l, unsigned side, uint8_t stream,
    const uint8_t * head, uint32_t head_len, P2pSlice body);
void p2p_link_frame (P2pWorld * w, const P2pSimEvent * e);
/* What the peer does not acknowledge is sent again. */
void p2p_link_again (P2pWorld * w, const P2pSimEvent * e);
/* ... or only asked for. */
void p2p_link_thrift (P2pWorld * w, uint32_t id, const P2pNode * n);
/* Figures of all links of a node: those in use (50 ms), the others (1 s). */
void p2p_links_upkeep (P2pWorld * w, P2pNode * n);
void p2p_links_idle (P2pWorld * w, P2pNode * n);
/* Tells the core of links whose last byte was acknowledged: before whatever
 * else it is told, and at once when it waits for that. */
void p2p_links_acked (P2pWorld * w, P2pNode * n);
void p2p_links_await (P2pWorld * w, P2pNode * n);
P2pPayload *p2p_frame_new (P2pWorld * w, const uint8_t * head,
    uint32_t head_len, P2pSlice body);
void p2p_frames_free (P2pWorld * w);

/* A message leaves, or an acknowledgement. */
void p2p_link_depart (P2pWorld * w, const P2pGateItem * item);

/* ---- p2pgate.c ---- */
void p2p_gate_init (P2pNode * n);
void p2p_gate_free (P2pNode * n);
/* Its account will be read soon. */
void p2p_gate_warm (const P2pNode * n, P2pTime now);
/* May something be sent again, past what waits? */
bool p2p_gate_may (P2pWorld * w, P2pNode * n, uint32_t wire);
void p2p_gate_reserve (P2pNode * n, int32_t bytes);
/* True: it waits, and leaves later with what is of its link then. */
bool p2p_gate_holds (P2pWorld * w, P2pNode * n, const P2pGateItem * item);
void p2p_gate_run (P2pWorld * w, P2pNode * n, P2pTime when);

/* ---- p2phost.c ---- */
void p2p_host_drain (P2pWorld * w, P2pNode * n);
void p2p_host_signature (const P2pWorld * w, const uint8_t * prefix,
    P2pSlice body, uint8_t out[P2P_SIGNATURE_LEN]);
void p2p_host_introduce (P2pWorld * w, P2pNode * n);
void p2p_host_offer (P2pWorld * w, P2pNode * n, P2pNode * m, P2pTime since, uint32_t serial);
void p2p_host_introduced (P2pWorld * w, P2pNode * n, P2pNode * m, uint32_t serial);
bool p2p_host_banned (const P2pNode * n, uint32_t other);
uint32_t p2p_world_serial (const P2pWorld * w, uint64_t epoch, uint32_t chunk);

/* ---- p2prendezvous.c, with config.real_tracker only ---- */
void p2p_rendezvous_join (P2pWorld * w, P2pNode * n);
void p2p_rendezvous_gone (P2pWorld * w, P2pNode * n);
void p2p_rendezvous_want (P2pWorld * w, P2pNode * n, unsigned count);
void p2p_rendezvous_kick (P2pWorld * w, P2pNode * n);   /* it starves */
void p2p_rendezvous_room (P2pWorld * w, P2pNode * n);   /* may have changed */
void p2p_rendezvous_announce (P2pWorld * w, P2pNode * n, P2pTime when);
/* m takes n's offer, or refuses it. */
void p2p_rendezvous_answer (P2pWorld * w, P2pNode * m, P2pNode * n, uint32_t serial);
void p2p_rendezvous_answered (P2pNode * n, uint32_t serial);

/* ---- p2phints.c ---- */
#define P2P_HINT_LINKS 48
void p2p_hints_start (P2pWorld * w);
/* What is said of the chunk at this member will be read soon. */
void p2p_hint_due (const P2pNode * n, uint32_t serial);

/* ---- p2ppublisher.c ---- */
void p2p_publisher_start (P2pWorld * w);
void p2p_publisher_chunk (P2pWorld * w, uint32_t run, bool last);

#endif /* P2P_WORLD_PRIV_H */
