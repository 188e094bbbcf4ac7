/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pjoin.c: join points by flags and by fixed bits of FLV and MPEG-TS.
 * Owner: the cutter. Thread: whoever holds the cutter.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pjoin.h"

#define FLV_HEADER_LEN 13       /* file header and first tag size, FLV 10.1 E.2 */
#define FLV_HEADER_HAS_VIDEO 0x01
#define FLV_TAG_LEN 11          /* E.4.1; then the tag's data */
#define FLV_TAG_VIDEO 9
#define FLV_FRAME_KEY 1         /* upper four bits, E.4.3.1 */

#define TS_PACKET 188
#define TS_SYNC 0x47
#define TS_UNIT_START 0x40      /* byte 1, ISO/IEC 13818-1 2.4.3.2 */
#define TS_HAS_ADAPTATION 0x20  /* byte 3 */
#define TS_HAS_PAYLOAD 0x10
#define TS_RANDOM_ACCESS 0x40   /* byte 5, 2.4.3.4 */
#define PES_VIDEO 0xe0          /* stream_id 1110 xxxx, table 2-22 */
/* A marked audio packet counts when no video showed up for so long. */
#define TS_AUDIO_ONLY_AFTER (500 * GST_MSECOND)

typedef enum
{ PACKET_OTHER, PACKET_MARKED, PACKET_VIDEO, PACKET_VIDEO_MARKED }
PacketKind;

void
gst_p2p_join_init (GstP2PJoin * self, const GstP2PMediaInfo * info)
{
  memset (self, 0, sizeof (*self));
  self->info = *info;
}

void
gst_p2p_join_see_header (GstP2PJoin * self, GstBuffer * header)
{
  guint8 b[FLV_HEADER_LEN];

  if (self->info.format == GST_P2P_MEDIA_FLV
      && gst_buffer_extract (header, 0, b, sizeof (b)) == sizeof (b)
      && memcmp (b, "FLV", 3) == 0 && (b[4] & FLV_HEADER_HAS_VIDEO))
    self->video_seen = TRUE;
}

gboolean
gst_p2p_join_has_video (const GstP2PJoin * self)
{
  return self->info.video || self->video_seen;
}

static gboolean
check_flv (GstP2PJoin * self, GstBuffer * buffer)
{
  guint8 b[FLV_TAG_LEN + 1];

  if (gst_buffer_extract (buffer, 0, b, sizeof (b)) < sizeof (b))
    return FALSE;
  if (b[0] == FLV_TAG_VIDEO) {
    self->video_seen = TRUE;
    return b[FLV_TAG_LEN] >> 4 == FLV_FRAME_KEY;
  }
  return !self->video_seen
      && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

static PacketKind
look_at_packet (const guint8 * p)
{
  guint payload = 4;
  gboolean marked = FALSE, video;

  if (p[0] != TS_SYNC)
    return PACKET_OTHER;
  if (p[3] & TS_HAS_ADAPTATION) {
    payload += 1 + p[4];
    marked = p[4] > 0 && (p[5] & TS_RANDOM_ACCESS);
  }
  video = (p[1] & TS_UNIT_START) && (p[3] & TS_HAS_PAYLOAD)
      && payload + 4 <= TS_PACKET
      && p[payload] == 0 && p[payload + 1] == 0 && p[payload + 2] == 1
      && (p[payload + 3] & 0xf0) == PES_VIDEO;
  if (video)
    return marked ? PACKET_VIDEO_MARKED : PACKET_VIDEO;
  return marked ? PACKET_MARKED : PACKET_OTHER;
}

static gboolean
check_ts (GstP2PJoin * self, GstBuffer * buffer, gint64 now)
{
  guint step = self->info.packet_size;
  guint skip = step - TS_PACKET;
  gboolean join = FALSE;
  GstMapInfo map;
  gsize i;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  for (i = skip; i + TS_PACKET <= map.size; i += step) {
    PacketKind kind = look_at_packet (map.data + i);

    if (kind == PACKET_VIDEO || kind == PACKET_VIDEO_MARKED)
      self->video_seen = TRUE;
    if (kind == PACKET_VIDEO_MARKED)
      join = self->marked = TRUE;
    else if (kind == PACKET_MARKED && !self->video_seen
        && now - self->start >= (gint64) TS_AUDIO_ONLY_AFTER)
      join = TRUE;
  }
  gst_buffer_unmap (buffer, &map);
  return join;
}

/* Nothing marked for long: is any buffer as good as another? */
static gboolean
any_will_do (GstP2PJoin * self, gint64 now)
{
  gint64 waited = now - self->last_join;

  if (!gst_p2p_join_has_video (self))
    return waited >= (gint64) GST_P2P_JOIN_PATIENCE;
  return self->info.format == GST_P2P_MEDIA_TS && !self->marked
      && waited >= (gint64) GST_P2P_JOIN_GIVE_UP;
}

gboolean
gst_p2p_join_check (GstP2PJoin * self, GstBuffer * buffer, gboolean first,
    gint64 now)
{
  gboolean join;

  if (!self->started) {
    self->started = TRUE;
    self->start = self->last_join = self->last_request = now;
    if (self->info.format == GST_P2P_MEDIA_FLV)
      check_flv (self, buffer);
    else if (self->info.format == GST_P2P_MEDIA_TS)
      check_ts (self, buffer, now);
    return TRUE;                /* the beginning itself */
  }
  switch (self->info.format) {
    case GST_P2P_MEDIA_FLV:
      join = check_flv (self, buffer);
      break;
    case GST_P2P_MEDIA_TS:
      join = check_ts (self, buffer, now);
      break;
    default:
      join = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  }
  if (join)
    self->last_join = now;
  else if (first && any_will_do (self, now))
    return TRUE;                /* last_join stays: the next call's, too */
  return join;
}

gboolean
gst_p2p_join_wants_key_unit (GstP2PJoin * self, gint64 now)
{
  if (!self->started || !gst_p2p_join_has_video (self)
      || now - self->last_join < (gint64) GST_P2P_JOIN_PATIENCE
      || now - self->last_request < (gint64) GST_P2P_JOIN_PATIENCE)
    return FALSE;
  self->last_request = now;
  return TRUE;
}
