/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2prigoptions.h: command-line options that are fields of a struct.
 *
 * A rig's numbers are given in the units in which people speak of them (ms,
 * percent, streams) and kept in those of the code (us, ppm, tenths).
 */
#ifndef P2P_RIG_OPTIONS_H
#define P2P_RIG_OPTIONS_H

#include "p2pvnet.h"

#include <glib.h>

typedef enum
{
  P2P_RIG_BOOL,                 /* 0 or 1 */
  P2P_RIG_U8, P2P_RIG_U32, P2P_RIG_U64
} P2pRigType;

typedef struct
{
  const char *name;             /* NULL ends the table */
  size_t offset;                /* in the struct */
  P2pRigType type;
  uint32_t scale;               /* field = value times this */
  const char *help;
} P2pRigOption;

/* Reads "--name=value"s into the struct at 'fields' and, named in a group of
 * their own, those of the SCTP stack into 'tuning'. On failure it says why on
 * stderr and answers false. Both tables and structs stay the caller's; main
 * thread. */
bool p2p_rig_parse (int *argc, char ***argv, const char *summary,
    const P2pRigOption * options, void *fields, P2pVnetTuning * tuning);

#endif
