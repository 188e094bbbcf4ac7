/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2plink.h: what one SCTP association does to a message, from the tables this
 * directory's rig measured, for a simulator that has no congestion window of
 * its own. Nearest row; draws are independent of each other, so bursts of
 * late messages are shorter than in truth. Plain C, integers only.
 */
#ifndef P2P_LINK_H
#define P2P_LINK_H

#include <stddef.h>
#include "tables/p2plinktable.h"

#define P2P_LINK_N(axis) (sizeof (p2p_link_table_##axis) / sizeof (uint32_t))

/* Nearest by ratio; 0 matches only the smallest. */
static inline size_t
p2p_link_nearest (const uint32_t * axis, size_t n, uint64_t v)
{
  size_t i = 0;

  while (i + 1 < n && v * v > (uint64_t) axis[i] * axis[i + 1])
    i++;
  /* a little loss is no loss-free line */
  if (axis[0] == 0 && v > 0 && i == 0)
    i = 1;
  return i;
}

/* Most that one association carries, bit/s of messages. */
static inline uint32_t
p2p_link_capacity (uint32_t rtt_us, uint32_t loss_ppm)
{
  size_t r = p2p_link_nearest (p2p_link_table_rtt_us, P2P_LINK_N (rtt_us),
      rtt_us);
  size_t l = p2p_link_nearest (p2p_link_table_loss_ppm, P2P_LINK_N (loss_ppm),
      loss_ppm);

  return p2p_link_table_bulk[r * P2P_LINK_N (loss_ppm) + l];
}

/* Microseconds over path and serialisation for a message of that many bytes
 * on an association that carries bps; draw is uniform in [0, 1000000). */
static inline uint32_t
p2p_link_added_us (uint32_t bps, uint32_t message, uint32_t rtt_us,
    uint32_t loss_ppm, uint32_t draw)
{
  size_t b = p2p_link_nearest (p2p_link_table_bps, P2P_LINK_N (bps), bps);
  size_t m = p2p_link_nearest (p2p_link_table_message, P2P_LINK_N (message),
      message);
  size_t r = p2p_link_nearest (p2p_link_table_rtt_us, P2P_LINK_N (rtt_us),
      rtt_us);
  size_t l = p2p_link_nearest (p2p_link_table_loss_ppm, P2P_LINK_N (loss_ppm),
      loss_ppm);
  const int32_t *row = p2p_link_table_delay[((b * P2P_LINK_N (message) + m)
          * P2P_LINK_N (rtt_us) + r) * P2P_LINK_N (loss_ppm) + l];
  const uint16_t *q = p2p_link_table_permille;
  int64_t low, high, delay;
  size_t i = 0;

  while (draw >= q[i + 1] * 1000u)
    i++;
  low = q[i] * 1000;
  high = q[i + 1] * 1000;
  delay = row[i] + (row[i + 1] - row[i]) * ((int64_t) draw - low) / (high - low);
  return delay > 0 ? (uint32_t) (delay * 100) : 0;
}

#endif
