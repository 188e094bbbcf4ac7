/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* verdict: what was promised, against what the recordings and counters say.
 *
 * - Every listener has one contiguous run of the broadcast (compare.h), up to
 *   its end; one that was killed has it up to its death.
 * - No listener's player had a hole (one in a container whose bytes are whole
 *   stands in the broadcast); with MP3 it was never late either, but while the
 *   machine stood still (behind demuxers the distance to the join point comes on
 *   top of the latency, which the player itself has to bear).
 * - The broadcaster kept its upload limit, also in the worst two seconds.
 */
#include "peers.h"
#include "compare.h"

#include <stdio.h>
#include <string.h>

/* The upload limit is judged over this time (of samples every 500 ms), with
 * one message of tolerance: the token bucket's depth. */
#define CAP_WINDOW_US (2 * G_USEC_PER_SEC)
#define CAP_TOLERANCE_BYTES 17408

/* Of a terminal; "  L1    ok   " stands before what is said of a peer. */
#define COLUMNS 80
#define INDENT 13

typedef struct
{
  gchar *bytes;
  gsize len;
} File;

static File
read_file (const gchar * path)
{
  File file = { NULL, 0 };

  g_file_get_contents (path, &file.bytes, &file.len, NULL);
  return file;
}

static gboolean
judge_mp3 (const File * sent, const File * got, gboolean killed, gchar ** text)
{
  DemoMp3Result r;

  demo_compare_mp3 ((const guint8 *) sent->bytes, sent->len,
      (const guint8 *) got->bytes, got->len, &r);
  if (demo_mp3_is_contiguous (&r)) {
    *text =
        g_strdup_printf ("%" G_GSIZE_FORMAT " frames in one run from %"
        G_GSIZE_FORMAT "%s", r.frames, r.first,
        r.tail == 0 ? " to the end" : killed ? " until killed" : "");
    if (r.tail > 0 && !killed) {
      gchar *all = g_strdup_printf ("%s, but %" G_GSIZE_FORMAT
          " frames at the end are missing", *text, r.tail);

      g_free (*text);
      *text = all;
    }
    return r.tail == 0 || killed;
  }
  *text = g_strdup_printf ("%" G_GSIZE_FORMAT " frames: %" G_GSIZE_FORMAT
      " lost, %" G_GSIZE_FORMAT " repeated, %" G_GSIZE_FORMAT " foreign, %"
      G_GSIZE_FORMAT " bytes of junk", r.frames, r.lost, r.repeated, r.foreign,
      r.junk);
  return FALSE;
}

static gboolean
judge_bytes (const File * sent, const File * header, const File * got,
    gboolean killed, gchar ** text)
{
  DemoBytesResult r;

  demo_compare_bytes ((const guint8 *) sent->bytes, sent->len,
      (const guint8 *) header->bytes, header->len,
      (const guint8 *) got->bytes, got->len, &r);
  if (!r.contiguous) {
    *text = g_strdup_printf ("%" G_GSIZE_FORMAT " bytes, of which only %"
        G_GSIZE_FORMAT " stand in the broadcast at %" G_GSIZE_FORMAT, r.media,
        r.matched, r.first);
    return FALSE;
  }
  *text = g_strdup_printf ("header and %" G_GSIZE_FORMAT
      " bytes in one piece from %" G_GSIZE_FORMAT "%s", r.media, r.first,
      r.tail == 0 ? " to the end" : killed ? " until killed"
      : ", but the end is missing");
  return r.media > 0 && (r.tail == 0 || killed);
}

static gboolean
judge_recording (DemoPeer * peer, const File * sent, const File * header,
    gchar ** text)
{
  gboolean killed = peer->state == DEMO_PEER_KILLED;
  File got = read_file (peer->record);
  gboolean good;

  if (got.len == 0 && killed)
    *text = g_strdup ("killed before its first byte");
  if (got.len == 0 && killed)
    good = TRUE;
  else if (peer->run->options->format == DEMO_FORMAT_MP3)
    good = judge_mp3 (sent, &got, killed, text);
  else
    good = judge_bytes (sent, header, &got, killed, text);
  g_free (got.bytes);
  return good;
}

/* Late pieces that no stall of the machine explains. */
static guint64
unexplained (const DemoPeer * peer)
{
  guint64 n = demo_peer_stat (peer, "late-buffers");
  guint i;

  for (i = 0; i < peer->late->len && n > 0; i++) {
    const DemoLate *late = &g_array_index (peer->late, DemoLate, i);

    if (demo_stalls_excuse (peer->run->stalls, late->due, late->at,
            DEMO_LATE / GST_USECOND))
      n--;
  }
  return n;
}

/* What the player met; FALSE: something the product has to answer for. */
static gboolean
judge_player (DemoPeer * peer, gboolean whole, GString * text)
{
  gboolean mp3 = peer->run->options->format == DEMO_FORMAT_MP3;
  guint64 holes = demo_peer_stat (peer, "holes");
  guint64 late = demo_peer_stat (peer, "late-buffers");
  guint64 bad = unexplained (peer);

  g_string_append_printf (text, "heard %.1f s",
      demo_peer_stat (peer, "heard") / 1e9);
  if (holes > 0)
    g_string_append_printf (text, ", %" G_GUINT64_FORMAT " holes%s", holes,
        whole && !mp3 ? " of the broadcast itself" : "");
  if (late > 0)
    g_string_append_printf (text, ", %" G_GUINT64_FORMAT " pieces late", late);
  if (late > 0 && bad < late)
    g_string_append_printf (text, " (%" G_GUINT64_FORMAT
        " while this machine stood still)", late - bad);
  if (holes == 0 && late == 0)
    g_string_append (text, ", no gap");
  return mp3 ? holes == 0 && bad == 0 : holes == 0 || whole;
}

static gboolean
judge_listener (DemoPeer * peer, const File * sent, const File * header)
{
  g_autofree gchar *name = demo_peer_name (peer), *text = NULL;
  GString *player = g_string_new (NULL);
  gboolean good = TRUE;

  if (peer->run->options->bare)
    text = g_strdup ("not recorded");
  else
    good = judge_recording (peer, sent, header, &text);
  if (peer->state == DEMO_PEER_FAILED || demo_peer_is_alive (peer)) {
    gchar *all = g_strdup_printf ("%s; %s", text,
        peer->error ? peer->error : "did not come to the end");

    g_free (text);
    text = all;
    good = FALSE;
  }
  if (!peer->run->options->bare)
    good &= judge_player (peer, good, player);
  printf ("  %-5s %-4s %s", name, good ? "ok" : "BAD", text);
  if (player->len > 0 && INDENT + strlen (text) + 2 + player->len > COLUMNS)
    printf (";\n%*s%s", INDENT, "", player->str);
  else if (player->len > 0)
    printf ("; %s", player->str);
  printf ("\n");
  g_string_free (player, TRUE);
  return good;
}

/* Over the worst stretch of CAP_WINDOW_US, in streams on the wire. */
static gdouble
worst_upload (const DemoPeer * source, guint rate)
{
  gdouble worst = 0;
  guint i, j = 0;

  for (i = 1; i < source->samples->len; i++) {
    const DemoSample *b = &g_array_index (source->samples, DemoSample, i);
    const DemoSample *a = &g_array_index (source->samples, DemoSample, j);

    while (b->time - a->time > CAP_WINDOW_US && j + 1 < i)
      a = &g_array_index (source->samples, DemoSample, ++j);
    if (b->time - a->time >= CAP_WINDOW_US / 2)
      worst = MAX (worst,
          (b->wire - a->wire) * 8e6 / rate / (b->time - a->time));
  }
  return worst;
}

/* While all played: first sample after that, and the last one before the end. */
static void
steady_samples (DemoRun * run, const DemoSample ** first,
    const DemoSample ** last)
{
  DemoPeer *source = demo_run_broadcaster (run);
  guint i;

  *first = *last = NULL;
  for (i = 0; i < source->samples->len; i++) {
    const DemoSample *sample = &g_array_index (source->samples, DemoSample, i);

    if (sample->time < run->all_playing || sample->time > run->ending)
      continue;
    if (!*first)
      *first = sample;
    *last = sample;
  }
}

static gboolean
judge_upload (DemoRun * run)
{
  guint rate = demo_formats[run->options->format].bitrate;
  gdouble limit = run->options->upload, worst, seconds, wire;
  const DemoSample *first, *last;
  gboolean good;

  steady_samples (run, &first, &last);
  if (!first || last->time - first->time < G_USEC_PER_SEC
      || last->payload == first->payload) {
    printf ("  S     BAD  no upload was measured\n");
    return FALSE;
  }
  seconds = (last->time - first->time) / 1e6;
  wire = (last->wire - first->wire) * 8 / seconds / rate;
  worst = worst_upload (demo_run_broadcaster (run), rate);
  good = last->sent > first->sent && (limit <= 0 || (wire <= limit
          && worst <= limit + CAP_TOLERANCE_BYTES * 8e6 / rate /
          CAP_WINDOW_US));
  printf
      ("  S     %-4s sent %.2f streams, %.2f with headers and control",
      good ? "ok" : "BAD",
      (gdouble) (last->sent - first->sent) / (last->payload - first->payload),
      wire);
  if (limit > 0)
    printf (";\n%*slimit %.2f, worst 2 s %.2f", INDENT, "", limit, worst);
  printf ("\n");
  return good;
}

static void
print_sharing (DemoRun * run)
{
  DemoPeer *source = demo_run_broadcaster (run);
  guint64 received = 0, sent = demo_peer_stat (source, STAT_PUSHED_TO)
      + demo_peer_stat (source, STAT_REQUESTED_BY);
  guint i;

  for (i = 1; i < run->peers->len; i++) {
    const DemoPeer *peer = g_ptr_array_index (run->peers, i);

    received += demo_peer_stat (peer, STAT_PUSHED_FROM)
        + demo_peer_stat (peer, STAT_REQUESTED_FROM);
  }
  if (received > sent)
    printf ("  %.0f %% of what the listeners received came from other "
        "listeners.\n", 100.0 * (received - sent) / received);
}

static void
print_machine (DemoRun * run)
{
  DemoStallsSummary s;

  demo_stalls_summary (run->stalls, &s);
  if (s.n == 0)
    return;
  printf
      ("  This machine stood still %u times, %.2f s at the longest, %.1f s in "
      "all.\n", s.n, s.longest / 1e6, s.sum / 1e6);
  if (s.stolen >= 1)
    printf ("  Its host took %.0f %% of its time.\n", s.stolen);
}

static void
write_json (DemoRun * run, gboolean good)
{
  DemoPeer *source = demo_run_broadcaster (run);
  const DemoSample *first, *last;
  guint rate = demo_formats[run->options->format].bitrate;
  FILE *file = fopen (run->options->json, "w");
  guint i;

  if (!file)
    return;
  steady_samples (run, &first, &last);
  fprintf (file, "{\"good\": %s, \"format\": \"%s\", \"bitrate\": %u",
      good ? "true" : "false", demo_formats[run->options->format].name, rate);
  if (first && last->payload > first->payload)
    fprintf (file, ", \"egress_payload\": %.3f, \"egress_wire\": %.3f",
        (gdouble) (last->sent - first->sent) / (last->payload - first->payload),
        (last->wire - first->wire) * 8e6 / (last->time - first->time) / rate);
  fprintf (file, ", \"egress_worst_2s\": %.3f, \"listeners\": [",
      worst_upload (source, rate));
  for (i = 1; i < run->peers->len; i++) {
    const DemoPeer *peer = g_ptr_array_index (run->peers, i);
    gint64 first_byte = demo_peer_stat (peer, "first-byte");

    fprintf (file, "%s{\"id\": %u, \"pid\": \"%s\", \"lag_ms\": %.2f, "
        "\"join_ms\": %.1f, \"holes\": %" G_GUINT64_FORMAT ", \"late\": %"
        G_GUINT64_FORMAT ", \"late_unexplained\": %" G_GUINT64_FORMAT
        ", \"lost\": %" G_GUINT64_FORMAT "}",
        i > 1 ? ", " : "", peer->id, g_subprocess_get_identifier (peer->process)
        ? g_subprocess_get_identifier (peer->process) : "",
        demo_peer_stat (peer, STAT_LAG) / 1e6,
        first_byte ? (first_byte - peer->started) / 1e3 : -1.0,
        demo_peer_stat (peer, "holes"), demo_peer_stat (peer, "late-buffers"),
        unexplained (peer), demo_peer_stat (peer, STAT_LOST));
  }
  fprintf (file, "]}\n");
  fclose (file);
}

gboolean
demo_verdict (DemoRun * run)
{
  DemoPeer *source = demo_run_broadcaster (run);
  g_autofree gchar *header_path = g_strconcat (source->record, ".header", NULL);
  File sent = read_file (source->record), header = read_file (header_path);
  gboolean good = !run->failed;
  guint i;

  printf ("\nVerdict (%s):\n", demo_formats[run->options->format].description);
  if (source->error) {
    printf ("  S     BAD  %s\n", source->error);
    good = FALSE;
  } else {
    good &= judge_upload (run);
  }
  for (i = 1; i < run->peers->len; i++)
    good &= judge_listener (g_ptr_array_index (run->peers, i), &sent, &header);
  good &= run->peers->len > 1;
  print_sharing (run);
  print_machine (run);
  if (run->options->json)
    write_json (run, good);
  printf (good ? "Good: every listener has the broadcast, whole.\n"
      : "BAD: see above; recordings and logs are in %s\n",
      run->options->directory);
  g_free (sent.bytes);
  g_free (header.bytes);
  return good;
}
