/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdirectory.h: names of channels: which swarm a name means, and who may say so.
 *
 * A name belongs to the key that published it first and stays leased to it for
 * 24 h after it was last on the air, so nobody takes a station's listeners
 * while it is away. Signatures are checked by the host before it calls publish.
 * The record itself is opaque here. Thread: the one that owns the directory.
 */
#ifndef P2P_DIRECTORY_H
#define P2P_DIRECTORY_H

#include "../base/p2ptypes.h"

#define P2P_MAX_CHANNEL_NAME 40
#define P2P_DEFAULT_CHANNEL "live"

typedef struct P2pDirectory P2pDirectory;

typedef struct
{
  uint32_t max_channels;        /* names, leased ones included */
  uint32_t max_channels_per_owner;
  P2pTime lease;                /* longest, after the channel went off the air */
} P2pDirectoryLimits;
void p2p_directory_limits_init (P2pDirectoryLimits * limits);

typedef struct
{
  char name[P2P_MAX_CHANNEL_NAME + 1];
  P2pSwarmId swarm_id;
  void *record;                 /* the host's */
  const void *owner;            /* the connection that keeps it on air; NULL = off the air */
  P2pTime since;                /* on or off the air */
  P2pTime lease;                /* how long the name is kept off the air */
} P2pDirectoryEntry;

typedef enum
{
  P2P_DIRECTORY_OK,
  P2P_DIRECTORY_BAD_NAME,
  P2P_DIRECTORY_TAKEN,          /* leased to another key */
  P2P_DIRECTORY_FULL            /* of names, of this owner's names, or of memory */
} P2pDirectoryResult;

/* 1-40 of [a-z0-9._-] */
bool p2p_channel_name_is_valid (const char *name, size_t len);

/* free_record may be NULL. NULL when memory runs out. */
P2pDirectory *p2p_directory_new (const P2pDirectoryLimits * limits, void (*free_record) (void *record));
void p2p_directory_free (P2pDirectory * self);
void p2p_directory_set_limits (P2pDirectory * self, const P2pDirectoryLimits * limits);

/* Takes record when OK, else leaves it with the caller. lease: wished, capped by
 * the limit. The same key may publish again, also from another owner. */
P2pDirectoryResult p2p_directory_publish (P2pDirectory * self, const char *name, size_t len, const P2pSwarmId * swarm_id, P2pTime lease, const void *owner, void *record, P2pTime now);
/* Everything the owner keeps on air goes off the air; leases go on. */
void p2p_directory_owner_gone (P2pDirectory * self, const void *owner, P2pTime now);
/* Forgets all names of a key (its process took them back). */
void p2p_directory_forget (P2pDirectory * self, const P2pSwarmId * swarm_id);

/* len 0 = the only channel, else the one called "live". NULL: unknown. The entry is
 * valid until the next change. */
const P2pDirectoryEntry *p2p_directory_resolve (P2pDirectory * self, const char *name, size_t len, P2pTime now);
const P2pDirectoryEntry *p2p_directory_find_swarm (P2pDirectory * self, const P2pSwarmId * swarm_id, P2pTime now);
/* In the order of first publication; NULL behind the last. */
const P2pDirectoryEntry *p2p_directory_nth (P2pDirectory * self, uint32_t n, P2pTime now);
uint32_t p2p_directory_count (P2pDirectory * self, P2pTime now);

#endif /* P2P_DIRECTORY_H */
