/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* demo.h: what the files of p2p-demo share.
 *
 * p2p-demo is one program in three roles. The parent starts a broadcaster and
 * listeners as child processes of the same program, shows what they report and
 * judges their recordings. Every child is a process of its own with its own
 * pipeline, as on machines of their own. A child reports by lines on standard
 * output (serialised GstStructures) and obeys words on standard input; the end
 * of its standard input ends it, so no child outlives the parent.
 */
#ifndef P2P_DEMO_H
#define P2P_DEMO_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* A sound device plays from a buffer of its own, GstAudioBaseSink's buffer-time
 * of 200 ms: what is later than that was a silence one can hear. */
#define DEMO_LATE (200 * GST_MSECOND)
/* Late pieces a listener tells one by one; all of them are counted. */
#define DEMO_MAX_LATE 5000

typedef enum
{
  DEMO_FORMAT_MP3,
  DEMO_FORMAT_FLV,
  DEMO_FORMAT_TS,
  DEMO_FORMAT_OGG,
  DEMO_FORMAT_WEBM,
  DEMO_FORMAT_COUNT
} DemoFormat;

typedef struct
{
  const gchar *name;            /* of --format, and of the recordings */
  guint bitrate;                /* bit/s that enter p2psink, container included */
  const gchar *description;
  const gchar *encoder;         /* audio (and video) from "audio." to the stream */
} DemoFormatInfo;
extern const DemoFormatInfo demo_formats[DEMO_FORMAT_COUNT];

typedef struct
{
  gchar **inputs;               /* files or URLs; NULL = the default music */
  DemoFormat format;
  guint listeners;
  guint seconds;
  guint latency;                /* ms */
  gdouble upload;               /* of the broadcaster, in streams; 0 = no cap */
  guint source_peers;           /* max-peers of the broadcaster, 0 = its default */
  guint listener_peers;
  guint delay;                  /* ms on air before the first listener */
  guint stagger;                /* ms between two listeners' starts */
  gboolean keep, listen, kill, bare, stamps;
  guint seed;
  gchar *directory;             /* recordings and logs */
  gchar *json;
  /* children only */
  gchar *child, *uri, *record;
} DemoOptions;

/* ---- parent: run.c ---- */
int demo_run (DemoOptions * options);

/* ---- children ---- */
int demo_broadcaster_main (const DemoOptions * options);
int demo_listener_main (const DemoOptions * options);

/* child.c: what both children do. */
typedef struct _DemoChild DemoChild;
struct _DemoChild
{
  const DemoOptions *options;
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *peer;             /* the p2psink or p2psrc */
  guint input;                  /* watch of standard input */
  gint status;                  /* of the process */
  void (*add_fields) (DemoChild * self, GstStructure * report); /* more for "stats" */
  void (*end) (DemoChild * self);       /* end of stream, at the parent's word */
};
/* Runs the pipeline until end of stream, error, or the parent's word; reports
 * statistics every 500 ms. transfer none; returns the exit status. */
int demo_child_run (DemoChild * self);
/* One line to the parent. transfer full */
void demo_child_report (GstStructure * structure);
/* Writes (monotonic us, hash of the bytes) of every buffer to path, 16 bytes each,
 * both in the machine's byte order: what the chain benchmark compares. When it
 * passes the pad; a sink's: when that lets it go. */
void demo_child_stamp_buffers (GstPad * pad, const gchar * path);
/* When a fakesink shows each buffer. */
void demo_child_stamp_handoffs (GstElement * sink, const gchar * path);
gint64 demo_child_monotonic (void);

/* music.c: a pipeline string's "audio" for endless real music. */
GstElement *demo_music_new (gchar ** inputs, GError ** error);

G_END_DECLS
#endif
