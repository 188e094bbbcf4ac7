/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* compare: does what a listener recorded stand in the broadcast?
 *
 * Used for the demo's verdict. The work is quadratic at worst and done on
 * minutes of music, so nothing here is clever.
 */
#define _GNU_SOURCE             /* memmem */
#include "compare.h"

#include <string.h>

/* So many equal frames in a row are a place found: single frames of digital
 * silence are all alike. */
#define ANCHOR_FRAMES 6

typedef struct
{
  const guint8 *data;
  gsize len;
} Frame;

/* kbit/s by index (ISO/IEC 11172-3 table 2.4.2.3, 13818-3 for the half rates) */
static const guint16 bitrates_v1[16] = { 0, 32, 40, 48, 56, 64, 80, 96, 112,
  128, 160, 192, 224, 256, 320, 0
};

static const guint16 bitrates_v2[16] = { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80,
  96, 112, 128, 144, 160, 0
};

static const guint16 rates_v1[4] = { 44100, 48000, 32000, 0 };

gsize
demo_mp3_frame_length (const guint8 * data, gsize len)
{
  guint version, layer, bitrate, rate, padding;

  if (len < 4 || data[0] != 0xff || (data[1] & 0xe0) != 0xe0)
    return 0;
  version = (data[1] >> 3) & 3; /* 3 = MPEG-1, 2 = MPEG-2, 0 = MPEG-2.5 */
  layer = (data[1] >> 1) & 3;   /* 1 = layer III */
  if (version == 1 || layer != 1)
    return 0;
  bitrate = (version == 3 ? bitrates_v1 : bitrates_v2)[data[2] >> 4];
  rate = rates_v1[(data[2] >> 2) & 3];
  if (bitrate == 0 || rate == 0)
    return 0;
  rate >>= version == 3 ? 0 : version == 2 ? 1 : 2;
  padding = (data[2] >> 1) & 1;
  return (version == 3 ? 144000 : 72000) * bitrate / rate + padding;
}

static GArray *
split_frames (const guint8 * data, gsize len, gsize * junk)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  gsize pos = 0;

  while (pos < len) {
    Frame frame = { data + pos, demo_mp3_frame_length (data + pos, len - pos) };

    if (frame.len == 0) {
      (*junk)++;
      pos++;
    } else if (frame.len > len - pos) {
      break;                    /* cut by the end of the recording */
    } else {
      g_array_append_val (frames, frame);
      pos += frame.len;
    }
  }
  return frames;
}

static const Frame *
frame_at (const GArray * frames, gsize i)
{
  return &g_array_index (frames, Frame, i);
}

/* Equal frames from sent[s] and got[g] on, at most max. */
static gsize
run_length (const GArray * sent, gsize s, const GArray * got, gsize g,
    gsize max)
{
  gsize n = 0;

  while (n < max && s + n < sent->len && g + n < got->len) {
    const Frame *a = frame_at (sent, s + n), *b = frame_at (got, g + n);

    if (a->len != b->len || memcmp (a->data, b->data, a->len) != 0)
      break;
    n++;
  }
  return n;
}

static gboolean
is_anchor (const GArray * sent, gsize s, const GArray * got, gsize g)
{
  gsize need = MIN (ANCHOR_FRAMES, got->len - g);

  return run_length (sent, s, got, g, need) == need;
}

/* Where the recording begins: of all places, the one that holds longest. */
static gboolean
find_start (const GArray * sent, const GArray * got, gsize * start)
{
  gsize best = 0, s;

  for (s = 0; s < sent->len; s++) {
    gsize n = run_length (sent, s, got, 0, G_MAXSIZE);

    if (n > best) {
      best = n;
      *start = s;
      if (n == got->len)
        break;
    }
  }
  return best > 0;
}

/* After a difference at (s, g): nearest place forward (frames were lost), else
 * backward (frames came again). */
static gboolean
find_again (const GArray * sent, gsize s, const GArray * got, gsize g,
    gsize * found)
{
  gsize i;

  for (i = s; i < sent->len; i++) {
    if (is_anchor (sent, i, got, g)) {
      *found = i;
      return TRUE;
    }
  }
  for (i = MIN (s, sent->len); i-- > 0;) {
    if (is_anchor (sent, i, got, g)) {
      *found = i;
      return TRUE;
    }
  }
  return FALSE;
}

static void
follow (const GArray * sent, const GArray * got, DemoMp3Result * result)
{
  gsize s = result->first, g = 0, found;

  while (g < got->len) {
    gsize n = run_length (sent, s, got, g, G_MAXSIZE);

    s += n;
    g += n;
    if (g == got->len)
      break;
    if (!find_again (sent, s, got, g, &found)) {
      result->foreign++;
      g++;
    } else if (found >= s) {
      result->lost += found - s;
      s = found;
    } else {
      result->repeated += s - found;
      s = found;
    }
  }
  result->tail = sent->len - s;
}

void
demo_compare_mp3 (const guint8 * sent, gsize sent_len, const guint8 * got,
    gsize got_len, DemoMp3Result * result)
{
  gsize ignored = 0;
  GArray *sent_frames = split_frames (sent, sent_len, &ignored);
  GArray *got_frames;

  memset (result, 0, sizeof (*result));
  got_frames = split_frames (got, got_len, &result->junk);
  result->frames = got_frames->len;
  if (!find_start (sent_frames, got_frames, &result->first))
    result->foreign = got_frames->len;
  else
    follow (sent_frames, got_frames, result);
  g_array_unref (sent_frames);
  g_array_unref (got_frames);
}

gboolean
demo_mp3_is_contiguous (const DemoMp3Result * result)
{
  return result->frames > 0 && result->lost == 0 && result->repeated == 0
      && result->foreign == 0 && result->junk == 0;
}

static gsize
equal_bytes (const guint8 * a, gsize a_len, const guint8 * b, gsize b_len)
{
  gsize n = 0, max = MIN (a_len, b_len);

  while (n < max && a[n] == b[n])
    n++;
  return n;
}

/* Looks for the piece as a whole, else for the place where its beginning is. */
static gboolean
find_piece (const guint8 * sent, gsize sent_len, const guint8 * piece,
    gsize len, DemoBytesResult * result)
{
  const guint8 *at = len ? memmem (sent, sent_len, piece, len) : NULL;
  gsize matched = len, begin;

  for (begin = MIN (len, 1024); !at && begin >= 16; begin /= 2) {
    at = memmem (sent, sent_len, piece, begin);
    if (at)
      matched = equal_bytes (at, sent_len - (at - sent), piece, len);
  }
  if (!at || matched < result->matched)
    return FALSE;
  result->contiguous = matched == len;
  result->media = len;
  result->matched = matched;
  result->first = at - sent;
  result->tail = sent_len - result->first - matched;
  return TRUE;
}

void
demo_compare_bytes (const guint8 * sent, gsize sent_len, const guint8 * header,
    gsize header_len, const guint8 * got, gsize got_len,
    DemoBytesResult * result)
{
  memset (result, 0, sizeof (*result));
  result->media = got_len;
  find_piece (sent, sent_len, got, got_len, result);
  if (!result->contiguous && header_len > 0 && got_len > header_len
      && memcmp (got, header, header_len) == 0)
    find_piece (sent, sent_len, got + header_len, got_len - header_len, result);
}
