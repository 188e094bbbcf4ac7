/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* stalls.c: see stalls.h. */
#define _GNU_SOURCE             /* processor sets */
#include "stalls.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#define TICK_US 5000
/* A wake-up may be so late on any machine that works. */
#define NOTABLE_US 20000
#define MAX_STALLS 100000       /* hours of the worst machine */
#define MAX_PROCESSORS 64
/* columns of "cpu" in /proc/stat, see proc(5): what others of the host took */
#define TIMES 8
#define STOLEN 7

typedef struct
{
  gint64 from, to;
} Stall;

typedef struct
{
  DemoStalls *stalls;
  int processor;
} Watch;

struct _DemoStalls
{
  GMutex lock;                  /* leaf; guards found and ending */
  GCond cond;
  GArray *found;                /* Stall, sorted by from, apart from each other */
  guint n;
  gint64 longest;
  gboolean ending;
  GThread *threads[MAX_PROCESSORS];
  Watch watches[MAX_PROCESSORS];
  guint n_threads;
  guint64 before[TIMES];
  gboolean have_times;
};

static gboolean
read_times (guint64 times[TIMES])
{
  FILE *file = fopen ("/proc/stat", "r");
  guint n = 0;

  if (!file)
    return FALSE;
  if (fscanf (file, "cpu") == 0)
    while (n < TIMES && fscanf (file, "%" G_GUINT64_FORMAT, &times[n]) == 1)
      n++;
  fclose (file);
  return n == TIMES;
}

DemoStalls *
demo_stalls_new (void)
{
  DemoStalls *self = g_new0 (DemoStalls, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->found = g_array_new (FALSE, FALSE, sizeof (Stall));
  return self;
}

void
demo_stalls_free (DemoStalls * self)
{
  guint i;

  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  for (i = 0; i < self->n_threads; i++)
    g_thread_join (self->threads[i]);
  g_array_unref (self->found);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Takes in what it touches, and puts one stall in the place of all. */
static void
add_locked (DemoStalls * self, Stall stall)
{
  guint i = self->found->len, n = 0;

  self->n++;
  self->longest = MAX (self->longest, stall.to - stall.from);
  while (i > 0 && g_array_index (self->found, Stall, i - 1).to >= stall.from)
    i--;
  for (; i + n < self->found->len; n++) {
    const Stall *old = &g_array_index (self->found, Stall, i + n);

    if (old->from > stall.to)
      break;
    stall.from = MIN (stall.from, old->from);
    stall.to = MAX (stall.to, old->to);
  }
  if (n > 0)
    g_array_remove_range (self->found, i, n);
  if (self->found->len < MAX_STALLS)
    g_array_insert_val (self->found, i, stall);
}

void
demo_stalls_add (DemoStalls * self, gint64 from, gint64 to)
{
  Stall stall = { from, to };

  g_mutex_lock (&self->lock);
  add_locked (self, stall);
  g_mutex_unlock (&self->lock);
}

static gpointer
watch_processor (gpointer data)
{
  const Watch *watch = data;
  DemoStalls *self = watch->stalls;
  cpu_set_t set;
  gint64 last;

  CPU_ZERO (&set);
  CPU_SET (watch->processor, &set);
  /* where it may not be bound it still sees when the whole machine stands */
  pthread_setaffinity_np (pthread_self (), sizeof (set), &set);
  g_mutex_lock (&self->lock);
  last = g_get_monotonic_time ();
  while (!self->ending) {
    Stall stall = { last + TICK_US, 0 };

    g_cond_wait_until (&self->cond, &self->lock, last + TICK_US);
    last = stall.to = g_get_monotonic_time ();
    if (stall.to - stall.from > NOTABLE_US)
      add_locked (self, stall);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

void
demo_stalls_start (DemoStalls * self)
{
  cpu_set_t set;
  int i;

  self->have_times = read_times (self->before);
  if (sched_getaffinity (0, sizeof (set), &set) != 0)
    return;
  for (i = 0; i < CPU_SETSIZE && self->n_threads < MAX_PROCESSORS; i++) {
    Watch *watch = &self->watches[self->n_threads];

    if (!CPU_ISSET (i, &set))
      continue;
    watch->stalls = self;
    watch->processor = i;
    self->threads[self->n_threads++] =
        g_thread_new ("stalls", watch_processor, watch);
  }
}

static gint64
sum_locked (DemoStalls * self, gint64 from, gint64 to)
{
  gint64 sum = 0;
  guint i;

  for (i = self->found->len; i-- > 0;) {
    const Stall *stall = &g_array_index (self->found, Stall, i);

    if (stall->to <= from)
      break;
    if (stall->from < to)
      sum += MIN (stall->to, to) - MAX (stall->from, from);
  }
  return sum;
}

gint64
demo_stalls_between (DemoStalls * self, gint64 from, gint64 to)
{
  gint64 sum;

  g_mutex_lock (&self->lock);
  sum = sum_locked (self, from, to);
  g_mutex_unlock (&self->lock);
  return sum;
}

gboolean
demo_stalls_excuse (DemoStalls * self, gint64 due, gint64 at, gint64 tolerance)
{
  return at - due - demo_stalls_between (self, due, at) <= tolerance;
}

void
demo_stalls_summary (DemoStalls * self, DemoStallsSummary * out)
{
  guint64 now[TIMES], all = 0;
  guint i;

  g_mutex_lock (&self->lock);
  out->n = self->n;
  out->longest = self->longest;
  out->sum = sum_locked (self, 0, G_MAXINT64);
  g_mutex_unlock (&self->lock);
  out->stolen = -1;
  if (!self->have_times || !read_times (now))
    return;
  for (i = 0; i < TIMES; i++)
    all += now[i] - self->before[i];
  out->stolen = all ? 100.0 * (now[STOLEN] - self->before[STOLEN]) / all : 0.0;
}
