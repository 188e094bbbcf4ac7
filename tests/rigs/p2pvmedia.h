/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvmedia.h: when a publisher closes which chunks: frames of video and audio
 * cut as the publisher's cutter does, or equal chunks.
 */
#ifndef P2P_VMEDIA_H
#define P2P_VMEDIA_H

#include "p2pvswarm.h"

#define P2P_VMEDIA_QUEUE 64

typedef struct
{
  P2pVnet *net;
  const P2pVswarmConfig *config;
  int64_t start;
  uint32_t limit;               /* bytes of records in a chunk */
  uint64_t video, audio;        /* frames so far */
  uint64_t equal;               /* chunks so far */
  bool open, join;
  int64_t opened;
  uint32_t used;
  uint32_t len[P2P_VMEDIA_QUEUE];       /* closed, not taken yet */
  bool joins[P2P_VMEDIA_QUEUE];
  unsigned n;
} P2pVmedia;

void p2p_vmedia_init (P2pVmedia * self, P2pVnet * net,
    const P2pVswarmConfig * config, int64_t start);
/* When something happens next. */
int64_t p2p_vmedia_next (const P2pVmedia * self);
/* One chunk that is closed by now, if there is one. */
bool p2p_vmedia_take (P2pVmedia * self, int64_t now, uint32_t * len,
    bool * join);

#endif
