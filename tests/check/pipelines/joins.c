/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* joins.c: whoever joins anywhere decodes what everybody decodes.
 *
 * For each format: 50 joins at random places (seeded); the decoded frames must
 * be the end of what one hears who was there from the beginning, and begin
 * where the join point is.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "recording.h"

/* Where a sanitizer looks on, it is for what it finds, not for every place. */
#ifdef __SANITIZE_ADDRESS__
#define N_JOINS 4
#else
#define N_JOINS 50
#endif
#define SEED 20261121
#define NONE G_MAXUINT

#define AUDIO "audiotestsrc wave=white-noise num-buffers=240 ! " \
    "audio/x-raw,rate=44100,channels=2 ! "
#define AUDIO48 "audiotestsrc wave=ticks num-buffers=240 ! " \
    "audio/x-raw,rate=48000,channels=2 ! "
#define VIDEO_FRAMES 150
#define VIDEO "videotestsrc pattern=ball num-buffers=150 ! " \
    "video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! "
#define X264 VIDEO "x264enc tune=zerolatency key-int-max=30 bitrate=300 ! "
#define LIVE_AUDIO "audiotestsrc is-live=true num-buffers=210 ! " \
    "audio/x-raw,rate=44100,channels=2 ! "
#define LIVE_X264 "videotestsrc is-live=true pattern=ball num-buffers=150 ! " \
    "video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! " \
    "x264enc tune=zerolatency key-int-max=30 bitrate=300 ! "
#define GOP 30
#define OUT "fakesink name=out sync=false"
#define SHOW "appsrc name=in ! decodebin name=d " \
    "d. ! video/x-raw ! fakesink name=video " \
    "d. ! audio/x-raw ! fakesink name=audio"
#define SHOW_VIDEO "appsrc name=in ! decodebin ! video/x-raw ! " \
    "fakesink name=video"
#define SHOW_AUDIO "appsrc name=in ! decodebin ! audio/x-raw ! " \
    "fakesink name=audio"

/* one MP3 frame of 44.1 kHz stereo, 16 bit */
#define MP3_FRAME (1152 * 2 * 2)
#define MP3_WARM_UP 4           /* design: frames that may differ at a join */

/* join, end: when the join point and the last media were published, ns. Who
 * decoded only the end of what lies between would pass every other comparison. */
typedef void (*Compare) (const Decoded * all, const Decoded * joined,
    gint64 join, gint64 end);

#define MS ((gint64) GST_MSECOND)
#define FRAME_NS ((gint64) (GST_SECOND / 30))

/* The last frame may lack a duration in the container; the encoder delays the
 * sound, the demuxer drops what lies before the first picture. */
#define VIDEO_SLACK 1
#define OPUS_SLACK (20 * MS)
#define MUXED_SLACK (300 * MS)

/* 16 bit, stereo; rate is the most it may be. */
static gint64
heard_of (const Decoded * decoded, gint64 rate)
{
  return decoded->samples->len / 4 * (gint64) GST_SECOND / rate;
}

/* What not even those hear who were there from the beginning (a live muxer on a
 * busy machine leaves late sound out) is not missed. */
static void
fail_unless_heard (const Decoded * all, const Decoded * joined, gint64 rate,
    gint64 slack, gint64 join, gint64 end)
{
  gint64 heard = heard_of (joined, rate);
  gint64 least = end - join - MAX (end - heard_of (all, rate), 0);

  fail_unless (heard + slack >= least, "%" G_GINT64_FORMAT " ms were heard of %"
      G_GINT64_FORMAT, heard / MS, least / MS);
}

static gsize
common_end (const guint8 * a, gsize a_len, const guint8 * b, gsize b_len)
{
  gsize n = 0;

  while (n < a_len && n < b_len && a[a_len - 1 - n] == b[b_len - 1 - n])
    n++;
  return n;
}

static void
compare_video (const Decoded * all, const Decoded * joined, gint64 join,
    gint64 end)
{
  guint n = joined->frames->len, m = all->frames->len;
  gint64 least = MIN (end, VIDEO_FRAMES * FRAME_NS) - join;

  fail_unless ((n + VIDEO_SLACK) * FRAME_NS >= least, "%u frames are not %"
      G_GINT64_FORMAT " ms", n, least / MS);

  fail_unless (n > 0 && n <= m, "%u of %u frames", n, m);
  fail_unless (memcmp (&g_array_index (all->frames, guint, m - n),
          joined->frames->data, n * sizeof (guint)) == 0,
      "the %u frames after the join are not the last of %u", n, m);
  fail_unless_equals_int ((m - n) % GOP, 0);
}

static void
compare_mp3 (const Decoded * all, const Decoded * joined, gint64 join,
    gint64 end)
{
  gsize same = common_end (all->samples->data, all->samples->len,
      joined->samples->data, joined->samples->len);

  fail_unless_heard (all, joined, 44100, MP3_WARM_UP * 26 * MS, join, end);
  fail_unless (same + MP3_WARM_UP * MP3_FRAME >= joined->samples->len,
      "%" G_GSIZE_FORMAT " of %u decoded bytes are right", same,
      joined->samples->len);
}

/* Opus converges: RFC 7845 4.6 wants 80 ms of it thrown away. */
static void
compare_opus (const Decoded * all, const Decoded * joined, gint64 join,
    gint64 end)
{
  gsize skip = 48000 / 1000 * 100 * 4;
  gsize n = joined->samples->len / 2, m = all->samples->len / 2, i;
  const gint16 *a = (const gint16 *) all->samples->data;
  const gint16 *b = (const gint16 *) joined->samples->data;
  gdouble signal = 0, noise = 0;

  fail_unless_heard (all, joined, 48000, OPUS_SLACK, join, end);
  fail_unless (n <= m, "%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT, n, m);
  for (i = MIN (skip / 2, n); i < n; i++) {
    gdouble d = a[m - n + i] - b[i];

    signal += (gdouble) a[m - n + i] * a[m - n + i];
    noise += d * d;
  }
  fail_unless (noise * 100 <= signal, "signal %g noise %g", signal, noise);
}

static void
compare_both (const Decoded * all, const Decoded * joined, gint64 join,
    gint64 end)
{
  compare_video (all, joined, join, end);
  fail_unless_heard (all, joined, 48000, MUXED_SLACK, join, end);
}

static void
join_often (const gchar * publish, const gchar * listen, Compare compare)
{
  Recording *recording = recording_new (publish);
  guint chunks = recording_count_chunks (recording);
  Reading *reading = reading_new (recording, 0, NONE, 0);
  Decoded *all = decode (reading, listen);
  GRand *rand = g_rand_new_with_seed (SEED);
  guint i;

  fail_unless (all->frames->len + all->samples->len > 0);
  fail_unless (reading->bytes->len == recording->bytes->len
      && memcmp (reading->bytes->data, recording->bytes->data,
          reading->bytes->len) == 0, "%u bytes came of %u",
      reading->bytes->len, recording->bytes->len);
  for (i = 0; i < N_JOINS; i++) {
    guint n = g_rand_int_range (rand, 0, chunks * 9 / 10);
    guint from = recording_find_join (recording, n);
    Reading *r = reading_new (recording, from, NONE, 0);
    Decoded *joined = decode (r, listen);

    GST_INFO ("join %u at chunk %u of %u, item %u", i, n, chunks, from);
    compare (all, joined, recording_time (recording, from), recording->now);
    decoded_free (joined);
    reading_free (r);
  }
  g_rand_free (rand);
  decoded_free (all);
  reading_free (reading);
  recording_free (recording);
}

#define JOIN_TEST(name, publish, listen, compare) \
GST_START_TEST (name) \
{ \
  join_often (publish, listen, compare); \
} \
GST_END_TEST

JOIN_TEST (test_mp3_joins_decode, AUDIO
    "lamemp3enc target=bitrate bitrate=128 cbr=true ! " OUT,
    "appsrc name=in ! mpegaudioparse ! mpg123audiodec ! "
    "audio/x-raw,format=S16LE ! fakesink name=audio", compare_mp3);
JOIN_TEST (test_h264_joins_decode, X264 "h264parse ! " OUT, SHOW_VIDEO,
    compare_video);
JOIN_TEST (test_h264_byte_stream_joins_decode,
    X264 "video/x-h264,stream-format=byte-stream ! " OUT, SHOW_VIDEO,
    compare_video);
JOIN_TEST (test_flv_joins_decode,
    X264 "h264parse ! queue ! " "flvmux streamable=true name=m ! queue ! " OUT
    " " AUDIO "voaacenc ! aacparse ! queue ! m.", SHOW, compare_both);
JOIN_TEST (test_ts_188_joins_decode,
    X264 "h264parse ! queue ! " "mpegtsmux alignment=1 name=m ! queue ! " OUT
    " " AUDIO "voaacenc ! aacparse ! queue ! m.", SHOW, compare_both);
JOIN_TEST (test_ts_1316_joins_decode,
    X264 "h264parse ! queue ! " "mpegtsmux alignment=7 name=m ! queue ! " OUT
    " " AUDIO "voaacenc ! aacparse ! queue ! m.", SHOW, compare_both);
/* Live, mpegtsmux announces its tables after the first packets. */
JOIN_TEST (test_live_ts_joins_decode, LIVE_X264 "h264parse ! queue ! "
    "mpegtsmux alignment=7 name=m ! queue ! " OUT
    " " LIVE_AUDIO "voaacenc ! aacparse ! queue ! m.", SHOW, compare_both);
JOIN_TEST (test_webm_joins_decode, VIDEO
    "vp8enc deadline=1 keyframe-max-dist=30 ! queue ! "
    "webmmux streamable=true name=m ! queue ! " OUT
    " " AUDIO48 "opusenc ! queue ! m.", SHOW, compare_both);
JOIN_TEST (test_ogg_opus_joins_decode, AUDIO48 "opusenc ! "
    "oggmux max-delay=20000000 max-page-delay=20000000 ! " OUT, SHOW_AUDIO,
    compare_opus);

/* Stock oggmux and oggdemux of GStreamer 1.22 raise this themselves when they
 * meet EOS; nothing of ours is involved. */
static void
allow_ogg_criticals (void)
{
  gst_check_add_log_filter ("GStreamer", G_LOG_LEVEL_CRITICAL,
      g_regex_new ("gst_event_set_seqnum: assertion 'seqnum != "
          "GST_SEQNUM_INVALID' failed", 0, 0, NULL), NULL, NULL, NULL);
}

static Suite *
joins_suite (void)
{
  Suite *s = suite_create ("joins");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 600);
  tcase_add_test (tc, test_mp3_joins_decode);
  tcase_add_test (tc, test_h264_joins_decode);
  tcase_add_test (tc, test_h264_byte_stream_joins_decode);
  tcase_add_test (tc, test_flv_joins_decode);
  tcase_add_test (tc, test_ts_188_joins_decode);
  tcase_add_test (tc, test_ts_1316_joins_decode);
  tcase_add_test (tc, test_live_ts_joins_decode);
  tcase_add_test (tc, test_webm_joins_decode);
  tcase_add_test (tc, test_ogg_opus_joins_decode);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  allow_ogg_criticals ();
  return gst_check_run_suite (joins_suite (), "joins", __FILE__);
}
