/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* stalls.h: when this machine stood still.
 *
 * A thread on each processor sleeps 5 ms again and again; when it wakes much
 * later, nobody could run there: the host of a virtual machine gave the
 * processor to others, or the machine slept. A thread that only sleeps is served
 * before those that work, so a busy program of ours does not show as a stall.
 * Times are monotonic, in us. Any thread.
 */
#ifndef P2P_DEMO_STALLS_H
#define P2P_DEMO_STALLS_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _DemoStalls DemoStalls;

/* Does not measure yet. */
DemoStalls *demo_stalls_new (void);
void demo_stalls_free (DemoStalls * self);
void demo_stalls_start (DemoStalls * self);

/* A processor stood still. */
void demo_stalls_add (DemoStalls * self, gint64 from, gint64 to);
/* Of that time, how long did any processor stand still? */
gint64 demo_stalls_between (DemoStalls * self, gint64 from, gint64 to);
/* Something was due, and came at 'at'. TRUE: but for stalls in between it would
 * have come not later than 'tolerance' after its time. */
gboolean demo_stalls_excuse (DemoStalls * self, gint64 due, gint64 at, gint64 tolerance);

typedef struct
{
  guint n;
  gint64 longest, sum;          /* sum: of the times any one stood still */
  gdouble stolen;               /* percent of all processor time went to others
                                 * of the host; negative = not known */
} DemoStallsSummary;
void demo_stalls_summary (DemoStalls * self, DemoStallsSummary * out);

G_END_DECLS
#endif
