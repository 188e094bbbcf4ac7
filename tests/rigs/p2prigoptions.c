/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
#include "p2prigoptions.h"

#include <stdio.h>
#include <string.h>

/* What a callback of GOption needs: where names lead. */
typedef struct
{
  const P2pRigOption *options;
  char *fields;
} Table;

#define TUNING(name, field, help) \
  {name, offsetof (P2pVnetTuning, field), P2P_RIG_U32, 1, help}

static const P2pRigOption tuning_options[] = {
  TUNING ("tick", tick_ms, "ms between two calls of the timers"),
  TUNING ("rtoinitial", rto_initial_ms, "first retransmission time-out, ms"),
  TUNING ("rtomin", rto_min_ms, "least retransmission time-out, ms"),
  TUNING ("sackdelay", sack_delay_ms, "delay of SACKs, ms"),
  TUNING ("sackfreq", sack_freq, "packets a SACK"),
  TUNING ("cwnd", initial_cwnd, "first congestion window, packets"),
  TUNING ("burst", max_burst, "packets sent at once, 0 = no limit"),
  TUNING ("frburst", fr_max_burst, "the same in fast retransmission"),
  TUNING ("cc", cc_module, "congestion control: 0 RFC 4960, 1 HSTCP, 2 HTCP, "
      "3 RTCC"),
  {"sacknow", offsetof (P2pVnetTuning, sack_now), P2P_RIG_BOOL, 1,
      "I bit on the last packet of each message"},
  {"repair", offsetof (P2pVnetTuning, repair), P2P_RIG_BOOL, 1,
      "lost packets are repaired below SCTP"},
  {.name = NULL}
};

static const P2pRigOption *
find (const Table * table, const char *name)
{
  const P2pRigOption *option = table->options;

  while (option->name && strcmp (option->name, name))
    option++;
  return option;
}

static void
set (void *field, P2pRigType type, double value)
{
  switch (type) {
    case P2P_RIG_BOOL:
      *(bool *) field = value != 0;
      break;
    case P2P_RIG_U8:
      *(uint8_t *) field = (uint8_t) value;
      break;
    case P2P_RIG_U32:
      *(uint32_t *) field = (uint32_t) value;
      break;
    case P2P_RIG_U64:
      *(uint64_t *) field = (uint64_t) value;
      break;
  }
}

static gboolean
on_option (const char *name, const char *text, void *data, GError ** error)
{
  static const double largest[] = { 1, UINT8_MAX, UINT32_MAX, 1e18 };
  const Table *table = data;
  /* GOption hands over the name as it was given: "--loss". */
  const P2pRigOption *option = find (table, name + 2);
  char *end;
  double value = g_ascii_strtod (text, &end) * option->scale;

  if (end == text || *end || !(value >= 0 && value <= largest[option->type])) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "%s=%s: a number from 0 to %g is wanted", name, text,
        largest[option->type] / option->scale);
    return FALSE;
  }
  set (table->fields + option->offset, option->type, value);
  return TRUE;
}

static void
add_entries (GOptionGroup * group, const P2pRigOption * options)
{
  for (; options->name; options++) {
    /* Both copied by GOption, but not the strings: those are constant. */
    GOptionEntry entry[] = {
      {options->name, 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) on_option,
          options->help, "N"},
      G_OPTION_ENTRY_NULL
    };

    g_option_group_add_entries (group, entry);
  }
}

bool
p2p_rig_parse (int *argc, char ***argv, const char *summary,
    const P2pRigOption * options, void *fields, P2pVnetTuning * tuning)
{
  GOptionContext *context = g_option_context_new (NULL);
  Table own = { options, fields };
  Table sctp = { tuning_options, (char *) tuning };
  GOptionGroup *main_group = g_option_group_new (NULL, NULL, NULL, &own, NULL);
  GOptionGroup *sctp_group = g_option_group_new ("sctp", "The SCTP stack:",
      "Show options of the SCTP stack", &sctp, NULL);
  GError *error = NULL;
  bool ok;

  g_option_context_set_summary (context, summary);
  add_entries (main_group, options);
  add_entries (sctp_group, tuning_options);
  g_option_context_set_main_group (context, main_group);
  g_option_context_add_group (context, sctp_group);
  ok = g_option_context_parse (context, argc, argv, &error);
  if (!ok)
    fprintf (stderr, "%s\n", error->message);
  else if (*argc > 1)
    fprintf (stderr, "What is \"%s\"? See --help\n", (*argv)[1]);
  g_clear_error (&error);
  g_option_context_free (context);
  return ok && *argc == 1;
}
