/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* run: the parent. Starts everybody, keeps the table, kills if asked to, ends
 * the broadcast and asks for the verdict.
 */
#include "peers.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 250
/* Until the broadcaster is on air, and until every listener plays. */
#define READY_LIMIT_S 20
#define JOIN_LIMIT_S 40
/* From the end of the broadcast to the last listener's end. */
#define END_LIMIT_S 25
#define KILL_INTERVAL_S 3

static gboolean
give_up (DemoRun * run, const gchar * why)
{
  printf ("\n%s\n", why);
  run->failed = TRUE;
  g_main_loop_quit (run->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_stagger (gpointer user_data)
{
  DemoRun *run = user_data;

  if (run->ending || run->peers->len > run->options->listeners)
    return G_SOURCE_REMOVE;
  demo_peer_start (run, TRUE);
  return run->peers->len <= run->options->listeners;
}

static gboolean
on_first (gpointer user_data)
{
  DemoRun *run = user_data;

  if (on_stagger (run))
    g_timeout_add (run->options->stagger, on_stagger, run);
  return G_SOURCE_REMOVE;
}

static void
on_ready (DemoRun * run)
{
  printf ("On air: %s\n", run->uri);
  printf ("Listen from another shell: scripts/shell gst-play-1.0 %s\n\n",
      run->uri);
  fflush (stdout);
  g_timeout_add (run->options->delay, on_first, run);
}

static guint
count_state (DemoRun * run, DemoPeerState state)
{
  guint i, n = 0;

  for (i = 1; i < run->peers->len; i++)
    n += ((DemoPeer *) g_ptr_array_index (run->peers, i))->state == state;
  return n;
}

/* One listener in the middle of its work dies; a new one comes, so that the
 * audience stays as large. */
static gboolean
on_kill_due (gpointer user_data)
{
  DemoRun *run = user_data;
  guint playing = count_state (run, DEMO_PEER_PLAYING), i, pick;

  if (run->ending)
    return G_SOURCE_REMOVE;
  if (!run->all_playing || playing < 2)
    return G_SOURCE_CONTINUE;
  pick = g_rand_int_range (run->random, 0, playing);
  for (i = 1; i < run->peers->len; i++) {
    DemoPeer *peer = g_ptr_array_index (run->peers, i);

    if (peer->state == DEMO_PEER_PLAYING && pick-- == 0) {
      demo_peer_kill (peer);
      demo_peer_start (run, TRUE);
      break;
    }
  }
  return G_SOURCE_CONTINUE;
}

static void
end_broadcast (DemoRun * run)
{
  if (run->ending)
    return;
  run->ending = demo_child_monotonic ();
  demo_peer_tell (demo_run_broadcaster (run), "eos");
}

static void
on_all_playing (DemoRun * run, gint64 now)
{
  run->all_playing = now;
  if (run->options->keep) {
    demo_table_print (run, TRUE);
    printf ("Everybody plays. It goes on until you press Ctrl-C.\n"
        "Address: %s\n", run->uri);
    run->printed_lines = 0;
    fflush (stdout);
  }
}

static void
check_progress (DemoRun * run, gint64 now)
{
  const DemoOptions *options = run->options;
  guint playing = count_state (run, DEMO_PEER_PLAYING);
  guint starting = count_state (run, DEMO_PEER_STARTING);

  if (!run->all_playing && playing == options->listeners)
    on_all_playing (run, now);
  if (run->all_playing && !options->keep && !run->ending
      && now > run->all_playing + options->seconds * G_USEC_PER_SEC)
    end_broadcast (run);
  if (!run->uri && now > run->started + READY_LIMIT_S * G_USEC_PER_SEC)
    give_up (run, "The broadcaster did not get on air.");
  else if (run->uri && !run->all_playing && !run->ending
      && now > run->started + (READY_LIMIT_S + JOIN_LIMIT_S) * G_USEC_PER_SEC)
    give_up (run, "Not every listener plays.");
  else if (run->ending && now > run->ending + END_LIMIT_S * G_USEC_PER_SEC)
    give_up (run, "Not everybody came to the end.");
  else if (run->ending && playing + starting == 0
      && !demo_peer_is_alive (demo_run_broadcaster (run)))
    g_main_loop_quit (run->loop);
}

static gboolean
on_tick (gpointer user_data)
{
  DemoRun *run = user_data;
  DemoPeer *source = demo_run_broadcaster (run);

  demo_table_print (run, FALSE);
  check_progress (run, demo_child_monotonic ());
  if (!run->ending && source->state == DEMO_PEER_FAILED)
    return give_up (run, "The broadcaster failed.") || TRUE;    /* main_loop() removes it */
  if (!run->ending && source->state == DEMO_PEER_ENDED)
    end_broadcast (run);        /* a URL that came to its end */
  if (!run->ending && count_state (run, DEMO_PEER_FAILED) > 0) {
    run->failed = TRUE;
    end_broadcast (run);
  }
  return G_SOURCE_CONTINUE;
}

/* First Ctrl-C: end the broadcast and judge; the second: at once. */
static gboolean
on_interrupt (gpointer user_data)
{
  DemoRun *run = user_data;

  if (run->ending || !run->uri)
    return give_up (run, "Interrupted.") || TRUE;
  printf ("\nEnding the broadcast (again Ctrl-C: at once).\n");
  run->printed_lines = 0;
  end_broadcast (run);
  return G_SOURCE_CONTINUE;
}

static gboolean
make_directory (DemoOptions * options, gboolean * temporary)
{
  g_autoptr (GError) error = NULL;

  *temporary = options->directory == NULL;
  if (*temporary)
    options->directory = g_dir_make_tmp ("p2p-demo-XXXXXX", &error);
  else if (g_mkdir_with_parents (options->directory, 0755) != 0)
    error = g_error_new (G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s",
        options->directory, g_strerror (errno));
  if (error)
    g_printerr ("%s\n", error->message);
  return error == NULL;
}

static void
remove_directory (const gchar * path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);

    g_unlink (file);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

/* Before anybody is started: the players' word for it names no file. */
static gboolean
inputs_exist (const DemoOptions * options)
{
  for (gchar ** input = options->inputs; input && *input; input++) {
    g_autofree gchar *path = NULL;

    if (g_str_has_prefix (*input, "file:"))
      path = g_filename_from_uri (*input, NULL, NULL);
    else if (!gst_uri_is_valid (*input))
      path = g_strdup (*input);
    if (path && g_access (path, R_OK) != 0) {
      g_printerr ("%s: %s\n", path, g_strerror (errno));
      return FALSE;
    }
  }
  return TRUE;
}

static void
print_plan (const DemoOptions * options)
{
  printf ("%s. A broadcaster", demo_formats[options->format].description);
  if (options->upload > 0)
    printf (" that can upload %.1f streams", options->upload);
  printf (",\nand %u listener%s %.1f s behind it.\n", options->listeners,
      options->listeners == 1 ? "" : "s", options->latency / 1e3);
  fflush (stdout);
}

static gboolean
main_loop (DemoRun * run)
{
  guint tick = g_timeout_add (TICK_MS, on_tick, run);
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, run);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, run);

  if (run->options->kill)
    g_timeout_add_seconds (KILL_INTERVAL_S, on_kill_due, run);
  demo_peer_start (run, FALSE);
  g_main_loop_run (run->loop);
  g_source_remove (tick);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  demo_table_print (run, TRUE);
  return demo_verdict (run);
}

int
demo_run (DemoOptions * options)
{
  DemoRun run = {.options = options };
  gboolean temporary, good;

  if (!inputs_exist (options) || !make_directory (options, &temporary))
    return 2;
  print_plan (options);
  signal (SIGPIPE, SIG_IGN);    /* a child that died is a report, not our end */
  run.on_ready = on_ready;
  run.started = demo_child_monotonic ();
  run.stalls = demo_stalls_new ();
  demo_stalls_start (run.stalls);
  run.random = g_rand_new_with_seed (options->seed);
  run.peers = g_ptr_array_new_with_free_func (demo_peer_free);
  run.loop = g_main_loop_new (NULL, FALSE);
  good = main_loop (&run);
  g_ptr_array_unref (run.peers);
  g_main_loop_unref (run.loop);
  g_rand_free (run.random);
  demo_stalls_free (run.stalls);
  g_free (run.uri);
  if (good && temporary)
    remove_directory (options->directory);
  return good ? 0 : 1;
}
