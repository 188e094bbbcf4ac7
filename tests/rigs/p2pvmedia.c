/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pvmedia.c: see p2pvmedia.h. The numbers are those of the rig's FLV. */
#include "p2pvmedia.h"

#include <string.h>

#define OVERHEAD 122            /* of a chunk's message, beside its records */
#define RECORD 10               /* of a record, beside its data */
#define TIMER_US 62000          /* chunk-duration of video */
#define AUDIO_US 23220          /* 1024 samples at 44.1 kHz */
#define AUDIO_BYTES 390         /* of 128 kbit/s, with the tag's header */
#define AUDIO_BPS 134000
#define KEY_FRAMES 60           /* one in so many */
#define KEY_X10 20              /* its size, in tenths of another's */
#define SPREAD_PERCENT 15       /* sizes differ so much, up and down */

void
p2p_vmedia_init (P2pVmedia * self, P2pVnet * net,
    const P2pVswarmConfig * config, int64_t start)
{
  memset (self, 0, sizeof *self);
  self->net = net;
  self->config = config;
  self->start = start;
  self->limit = config->packets * P2P_VNET_ONE_PACKET - OVERHEAD;
}

static void
close_chunk (P2pVmedia * self)
{
  if (!self->open)
    return;
  self->open = false;
  if (self->n == P2P_VMEDIA_QUEUE)
    return;
  self->len[self->n] = self->used;
  self->joins[self->n++] = self->join;
}

static void
open_chunk (P2pVmedia * self, int64_t now, bool join)
{
  self->open = true;
  self->opened = now;
  self->used = 0;
  self->join = join;
}

/* As the cutter: what fits goes in; what is larger than a chunk fills the open
 * one unless that has less than a packet's room. */
static void
put (P2pVmedia * self, int64_t now, uint32_t bytes, bool key)
{
  bool parts = bytes + RECORD > self->limit;

  if (key)
    close_chunk (self);
  if (self->open && !parts && self->used + bytes + RECORD > self->limit)
    close_chunk (self);
  if (self->open && parts
      && self->used + RECORD + P2P_VNET_ONE_PACKET > self->limit)
    close_chunk (self);
  if (!self->open)
    open_chunk (self, now, key);
  while (bytes > 0) {
    uint32_t room = self->limit - self->used - RECORD;
    uint32_t n = bytes < room ? bytes : room;

    self->used += n + RECORD;
    bytes -= n;
    if (bytes > 0) {
      close_chunk (self);
      open_chunk (self, now, false);
    }
  }
}

static int64_t
video_at (const P2pVmedia * self)
{
  return self->start + (int64_t) (self->video * 1000000 / self->config->fps);
}

static int64_t
audio_at (const P2pVmedia * self)
{
  return self->start + (int64_t) self->audio * AUDIO_US;
}

static uint32_t
equal_len (const P2pVmedia * self)
{
  return self->limit;
}

static int64_t
equal_at (const P2pVmedia * self)
{
  return self->start + (int64_t) ((self->equal + 1) * equal_len (self)
      * 8000000 / self->config->media_bps);
}

int64_t
p2p_vmedia_next (const P2pVmedia * self)
{
  int64_t next;

  if (self->config->fps == 0)
    return equal_at (self);
  next = video_at (self) < audio_at (self) ? video_at (self) : audio_at (self);
  if (self->open && self->opened + TIMER_US < next)
    next = self->opened + TIMER_US;
  return next;
}

static void
put_video (P2pVmedia * self)
{
  uint32_t mean = (self->config->media_bps - AUDIO_BPS) / 8 / self->config->fps;
  bool key = self->video % KEY_FRAMES == 0;
  uint32_t bytes;

  /* so that the mean is kept with the key frames */
  mean = mean * KEY_FRAMES * 10 / (KEY_FRAMES * 10 + KEY_X10 - 10);
  bytes = mean * (100 - SPREAD_PERCENT
      + p2p_vnet_random (self->net, 2 * SPREAD_PERCENT + 1)) / 100;
  if (key)
    bytes = bytes * KEY_X10 / 10;
  put (self, video_at (self), bytes, key);
  self->video++;
}

static void
fill (P2pVmedia * self, int64_t now)
{
  if (self->config->fps == 0) {
    if (equal_at (self) <= now) {
      self->len[self->n] = equal_len (self);
      self->joins[self->n++] = self->equal % 100 == 0;
      self->equal++;
    }
    return;
  }
  if (self->open && self->opened + TIMER_US <= now)
    close_chunk (self);
  while (video_at (self) <= now)
    put_video (self);
  while (audio_at (self) <= now) {
    put (self, audio_at (self), AUDIO_BYTES, false);
    self->audio++;
  }
}

bool
p2p_vmedia_take (P2pVmedia * self, int64_t now, uint32_t * len, bool *join)
{
  if (self->n == 0)
    fill (self, now);
  if (self->n == 0)
    return false;
  *len = self->len[0];
  *join = self->joins[0];
  self->n--;
  memmove (self->len, self->len + 1, self->n * sizeof *self->len);
  memmove (self->joins, self->joins + 1, self->n * sizeof *self->joins);
  return true;
}
