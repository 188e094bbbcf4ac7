/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* bench-wire.c: what the codec costs per chunk: records and envelope put into
 * a frame with SIGNED_INTEGRITY and DATA, and read out again. No signature (it
 * costs a hundred times more and is measured elsewhere), no network.
 *
 * Usage: bench-wire [--json FILE]
 * CPU time of the process, best of 9 rounds, nanoseconds per chunk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../gst/p2p/core/wire/p2precord.h"
#include "../../gst/p2p/core/wire/p2pwire.h"

#define ROUNDS 9
#define CHUNKS 20000

typedef struct
{
  const char *name;
  unsigned buffers;
  uint32_t len;
  int64_t duration_ns;          /* of a buffer; NONE: no times at all */
  bool has_dts;
} Media;

static const Media all_media[] = {
  {"MP3 128 kbit/s, 125 ms", 5, 418, 26122449, true},
  {"MPEG-TS, 80 x 188 bytes", 80, 188, P2P_RECORD_TIME_NONE, false},
  {"H.264, one frame of 15 KB", 1, 15000, 33333333, true},
  {"Opus 20 ms, 6 packets", 6, 160, 20000000, false},
  {"STATUS, K = 8", 0, 0, 0, false}
};

static uint8_t frame[P2P_MAX_MESSAGE];
static uint8_t data[P2P_MAX_CHUNK_MEDIA];
static uint64_t checksum;       /* keeps the compiler from dropping the work */

static double
now_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static void
fail (const char *what)
{
  fprintf (stderr, "bench-wire: %s\n", what);
  exit (1);
}

static size_t
write_chunk (const Media * media, P2pWriter * w, uint32_t number)
{
  P2pSignedIntegrity si = {.chunk = {number, number},.ntp = number };
  P2pChunkEnvelope e = {.records = (uint8_t) media->buffers };
  P2pRecordContext context;
  P2pRecord r = {.duration_ns = media->duration_ns,
    .pts_ns = media->duration_ns == P2P_RECORD_TIME_NONE
        ? P2P_RECORD_TIME_NONE : 0,.dts_ns = P2P_RECORD_TIME_NONE,
    .offset = P2P_RECORD_OFFSET_NONE,.offset_end = P2P_RECORD_OFFSET_NONE,
    .data = data,.len = media->len
  };
  unsigned i;

  p2p_wire_put_signed_integrity (w, &si);
  p2p_wire_put_data (w, number, number);
  p2p_chunk_envelope_put (w->data + w->len, &e);
  w->len += P2P_CHUNK_ENVELOPE_LEN;
  p2p_record_context_init (&context, 0);
  for (i = 0; i < media->buffers; i++) {
    if (media->has_dts)
      r.dts_ns = r.pts_ns;
    if (p2p_record_put (w, &context, &r) != P2P_OK)
      fail ("a record does not fit");
    if (r.pts_ns != P2P_RECORD_TIME_NONE)
      r.pts_ns += media->duration_ns;
  }
  return w->len;
}

static size_t
write_status (P2pWriter * w, uint32_t number)
{
  P2pStatus status = {.ping_id = number,.newest = number,.k = 8,
    .n_holes = 2,.path_len = 3
  };

  p2p_wire_put_status (w, &status);
  return w->len;
}

static size_t
write_frame (const Media * media, uint32_t number)
{
  P2pWriter w;

  p2p_writer_init (&w, frame, sizeof (frame));
  p2p_wire_put_channel (&w, 1);
  return media->buffers ? write_chunk (media, &w, number)
      : write_status (&w, number);
}

static unsigned
read_records (const P2pData * m)
{
  P2pChunkEnvelope e;
  P2pRecordContext context;
  P2pRecord r;
  P2pReader reader;
  unsigned n = 0;

  if (p2p_chunk_envelope_get (frame + m->offset, m->len, &e) != P2P_OK)
    fail ("no envelope");
  p2p_reader_init (&reader, frame + m->offset, m->len);
  reader.pos = P2P_CHUNK_ENVELOPE_LEN;
  p2p_record_context_init (&context, (int64_t) e.base_pts_ns);
  for (; p2p_record_next (&reader, &context, &r) == P2P_OK; n++)
    checksum += r.len + (uint64_t) r.pts_ns + r.data[0];
  return n;
}

static unsigned
read_frame (size_t len)
{
  P2pMessage m;
  P2pReader reader;
  unsigned records = 0;

  p2p_reader_init (&reader, frame, len);
  reader.pos = 4;
  while (p2p_wire_next (&reader, len, &m) == P2P_OK) {
    if (m.type == P2P_MSG_DATA)
      records = read_records (&m.u.data);
    else
      checksum += m.type;
  }
  return records;
}

typedef struct
{
  double write_ns, read_ns;
  size_t frame_len;
} Figures;

static void
measure (const Media * media, Figures * best)
{
  unsigned round, i;

  best->write_ns = best->read_ns = 1e18;
  for (round = 0; round < ROUNDS; round++) {
    double start = now_ns (), written, read;

    for (i = 0; i < CHUNKS; i++)
      best->frame_len = write_frame (media, i);
    written = (now_ns () - start) / CHUNKS;
    start = now_ns ();
    for (i = 0; i < CHUNKS; i++) {
      if (read_frame (best->frame_len) != media->buffers)
        fail ("records were lost");
    }
    read = (now_ns () - start) / CHUNKS;
    if (written < best->write_ns)
      best->write_ns = written;
    if (read < best->read_ns)
      best->read_ns = read;
  }
}

static void
print_row (const Media * media, const Figures * f, FILE * json)
{
  size_t media_len = (size_t) media->buffers * media->len;
  double overhead = media_len ? 100.0 * (double) (f->frame_len - media_len)
      / (double) media_len : 0;

  printf ("%-26s %9.0f %9.0f %7zu %9.2f\n", media->name, f->write_ns,
      f->read_ns, f->frame_len, overhead);
  if (json == NULL)
    return;
  fprintf (json, "%s\n  \"%s\": {\"write_ns\": %.1f, \"read_ns\": %.1f, "
      "\"frame_bytes\": %zu, \"overhead_percent\": %.2f}",
      media == all_media ? "" : ",", media->name, f->write_ns, f->read_ns,
      f->frame_len, overhead);
}

int
main (int argc, char **argv)
{
  FILE *json = NULL;
  unsigned i;

  if (argc == 3 && strcmp (argv[1], "--json") == 0) {
    json = fopen (argv[2], "w");
    if (json == NULL)
      fail ("can't write the figures");
  } else if (argc != 1) {
    fail ("usage: bench-wire [--json FILE]");
  }
  printf ("%-26s %9s %9s %7s %9s\n", "chunk", "write ns", "read ns", "bytes",
      "over %");
  if (json)
    fprintf (json, "{");
  for (i = 0; i < sizeof (all_media) / sizeof (all_media[0]); i++) {
    Figures f;

    measure (&all_media[i], &f);
    print_row (&all_media[i], &f, json);
  }
  if (json) {
    fprintf (json, "\n}\n");
    fclose (json);
  }
  return checksum == 0;
}
