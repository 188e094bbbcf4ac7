/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* peers.h: the parent's view of its child processes.
 *
 * Everything here runs on the parent's main loop.
 */
#ifndef P2P_DEMO_PEERS_H
#define P2P_DEMO_PEERS_H

#include <gio/gio.h>
#include "demo.h"
#include "stalls.h"

G_BEGIN_DECLS

/* Fields of the elements' statistics that the demo reads
 * (docs/elements/p2psrc.md; times in nanoseconds). */
#define STAT_PEER_ID "peer-id"
#define STAT_LAG "lag"
#define STAT_LOST "fragments-lost"
#define STAT_PUSHED_TO "bytes-pushed-to-peers"
#define STAT_REQUESTED_BY "bytes-requested-by-peers"
#define STAT_PUSHED_FROM "bytes-pushed-from-peers"
#define STAT_REQUESTED_FROM "bytes-requested-from-peers"
#define STAT_WIRE_SENT "bytes-wire-sent"

typedef enum
{
  DEMO_PEER_STARTING,           /* no byte of the stream yet */
  DEMO_PEER_PLAYING,
  DEMO_PEER_KILLED,             /* by us, on purpose */
  DEMO_PEER_ENDED,              /* came to the end of the stream */
  DEMO_PEER_FAILED
} DemoPeerState;

/* A broadcaster's upload over the last seconds. */
typedef struct
{
  gint64 time;                  /* monotonic us */
  guint64 wire, sent, payload;  /* bytes so far */
} DemoSample;

/* A piece of sound that came too late, as the listener tells. */
typedef struct
{
  gint64 due, at;               /* monotonic us */
} DemoLate;

typedef struct _DemoRun DemoRun;
typedef struct
{
  DemoRun *run;
  guint id;                     /* 0 = the broadcaster */
  DemoPeerState state;
  GSubprocess *process;
  GDataInputStream *out;
  gchar *peer_id, *record, *log, *error;
  GstStructure *stats;          /* the last report, or NULL */
  GArray *samples;              /* DemoSample, of the broadcaster */
  GArray *late;                 /* DemoLate */
  gint64 started, killed;       /* monotonic us */
  guint starved;                /* p2p-starving messages */
  gboolean eos;
} DemoPeer;

struct _DemoRun
{
  DemoOptions *options;
  GMainLoop *loop;
  GPtrArray *peers;             /* DemoPeer, [0] is the broadcaster */
  GRand *random;
  DemoStalls *stalls;
  gchar *uri;
  gint64 started, all_playing, ending;  /* monotonic us, 0 = not yet */
  guint printed_lines;
  gint64 printed;
  gboolean failed;
  void (*on_ready) (DemoRun * run);
};

DemoPeer *demo_peer_start (DemoRun * run, gboolean listener);
void demo_peer_tell (DemoPeer * peer, const gchar * word);
void demo_peer_kill (DemoPeer * peer);
void demo_peer_free (gpointer peer);
gboolean demo_peer_is_alive (const DemoPeer * peer);

/* A counter of the last report, 0 when there is none. */
guint64 demo_peer_stat (const DemoPeer * peer, const gchar * name);
DemoPeer *demo_run_broadcaster (DemoRun * run);
gchar *demo_peer_name (const DemoPeer * peer);  /* "S", "L3" */

/* table.c */
void demo_table_print (DemoRun * run, gboolean last);

/* verdict.c: prints it; TRUE = everything holds */
gboolean demo_verdict (DemoRun * run);

G_END_DECLS
#endif
