/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppublisher.c: the media of the simulated source: equal chunks at equal
 * distances, of which only the envelope and a mark are stored. */
#include "p2pworldpriv.h"
#include "p2pheap.h"

#include <stdlib.h>
#include <string.h>

#define CAPS "audio/mpeg, mpegversion=(int)1, layer=(int)3, rate=(int)44100"

static void
destroy_chunk (P2pPayload * payload)
{
  int64_t *owner = p2p_heap_owner;

  p2p_heap_owner = NULL;
  free (payload);
  p2p_heap_owner = owner;
}

void
p2p_publisher_start (P2pWorld * w)
{
  P2pNode *n = w->nodes[0];
  P2pStreamHeader h = { 0 };

  h.k = w->config.k;
  h.flags = w->config.header_flags | (w->config.gop_us ? P2P_HEADER_VIDEO : 0);
  h.chunk_duration_us = (uint32_t) w->config.chunk_us;
  h.bitrate = (uint32_t) w->config.rate_bps;
  h.caps = (const uint8_t *) CAPS;
  h.caps_len = sizeof CAPS - 1;
  p2p_node_enter (n);
  p2p_swarm_publish_header (n->swarm, &h, p2p_node_now (w, n));
  p2p_node_left (w, n);
  w->publishing = true;
  w->chunk_number = 0;
  p2p_sim_at (&w->sim, w->sim.now + w->config.chunk_us, EV_PUBLISH, 0, 0,
      w->n_epochs, NULL);
}

static P2pPayload *
make_chunk (P2pWorld * w, uint32_t serial, bool last)
{
  P2pChunkEnvelope e = { 0 };
  P2pPayload *p = calloc (1, sizeof *p + P2P_WORLD_TAG);
  uint8_t *bytes = (uint8_t *) (p + 1);
  P2pTime at = (P2pTime) w->chunk_number * w->config.chunk_us;

  if (p == NULL)
    abort ();
  if (w->config.gop_us == 0
      || at / w->config.gop_us != (at - w->config.chunk_us) / w->config.gop_us
      || w->chunk_number == 0)
    e.flags |= P2P_CHUNK_JOIN;
  if (last)
    e.flags |= P2P_CHUNK_END;
  e.records = 1;
  e.duration_us = (uint32_t) w->config.chunk_us;
  e.base_pts_ns = (uint64_t) at *1000;
  p2p_chunk_envelope_put (bytes, &e);
  memcpy (bytes + P2P_CHUNK_ENVELOPE_LEN, &serial, 4);
  p->refs = 1;
  p->stored = P2P_WORLD_TAG;
  p->len = P2P_CHUNK_ENVELOPE_LEN
      + (uint32_t) (w->config.rate_bps * (uint64_t) w->config.chunk_us
      / 8000000);
  if (p->len < p->stored)
    p->len = p->stored;
  p->data = bytes;
  p->destroy = destroy_chunk;
  return p;
}

void
p2p_publisher_chunk (P2pWorld * w, uint32_t run, bool last)
{
  P2pNode *n = w->nodes[0];
  P2pPayload *chunk;
  uint32_t serial;

  if (!w->publishing || run != w->n_epochs || n->state != P2P_NODE_LIVE)
    return;
  serial = p2p_measure_published (&w->measure, w->sim.now);
  chunk = make_chunk (w, serial, last);
  if (w->k)
    p2p_measure_root_needed (&w->measure, w->chunk_number % w->k, w->sim.now);
  w->chunk_number++;
  p2p_node_enter (n);
  p2p_swarm_publish_chunk (n->swarm, chunk, (uint8_t *) chunk->data,
      p2p_node_now (w, n));
  p2p_node_left (w, n);
  p2p_payload_unref (chunk);
  for (unsigned i = 0; i < P2P_MEASURE_DELAYS; i++)
    p2p_sim_at (&w->sim, w->sim.now + p2p_measure_delay[i], EV_DUE, serial, i,
        0, NULL);
  if (!last)
    p2p_sim_at (&w->sim, w->sim.now + w->config.chunk_us, EV_PUBLISH, 0, 0,
        run, NULL);
  else
    w->publishing = false;
}
