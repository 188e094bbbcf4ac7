/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdirectory.c: see p2pdirectory.h.
 *
 * One array in the order of first publication. A directory has hundreds of
 * names at most and is asked once a join, so it is searched from the front.
 */
#include <stdlib.h>
#include <string.h>

#include "p2pdirectory.h"

#define FIRST_ENTRIES 4

struct P2pDirectory
{
  P2pDirectoryLimits limits;
  void (*free_record) (void *record);
  P2pDirectoryEntry *entries;
  uint32_t n, capacity;
};

void
p2p_directory_limits_init (P2pDirectoryLimits * limits)
{
  limits->max_channels = 1000;
  limits->max_channels_per_owner = 32;
  limits->lease = P2P_SEC (24 * 3600);
}

bool
p2p_channel_name_is_valid (const char *name, size_t len)
{
  if (len == 0 || len > P2P_MAX_CHANNEL_NAME)
    return false;
  for (size_t i = 0; i < len; i++) {
    char c = name[i];

    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.'
            || c == '_' || c == '-'))
      return false;
  }
  return true;
}

P2pDirectory *
p2p_directory_new (const P2pDirectoryLimits * limits,
    void (*free_record) (void *record))
{
  P2pDirectory *self = calloc (1, sizeof (*self));

  if (self == NULL)
    return NULL;
  self->limits = *limits;
  self->free_record = free_record;
  return self;
}

static void
drop_record (P2pDirectory * self, void *record)
{
  if (self->free_record != NULL && record != NULL)
    self->free_record (record);
}

void
p2p_directory_free (P2pDirectory * self)
{
  if (self == NULL)
    return;
  for (uint32_t i = 0; i < self->n; i++)
    drop_record (self, self->entries[i].record);
  free (self->entries);
  free (self);
}

void
p2p_directory_set_limits (P2pDirectory * self,
    const P2pDirectoryLimits * limits)
{
  self->limits = *limits;
}

static void
remove_entry (P2pDirectory * self, uint32_t i)
{
  drop_record (self, self->entries[i].record);
  self->n--;
  memmove (&self->entries[i], &self->entries[i + 1],
      (self->n - i) * sizeof (self->entries[0]));
}

static void
expire (P2pDirectory * self, P2pTime now)
{
  for (uint32_t i = self->n; i-- > 0;) {
    const P2pDirectoryEntry *entry = &self->entries[i];

    if (entry->owner == NULL && now - entry->since >= entry->lease)
      remove_entry (self, i);
  }
}

static P2pDirectoryEntry *
find_name (P2pDirectory * self, const char *name, size_t len)
{
  for (uint32_t i = 0; i < self->n; i++) {
    P2pDirectoryEntry *entry = &self->entries[i];

    if (strlen (entry->name) == len && memcmp (entry->name, name, len) == 0)
      return entry;
  }
  return NULL;
}

static uint32_t
count_of_owner (const P2pDirectory * self, const void *owner)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < self->n; i++)
    n += self->entries[i].owner == owner;
  return n;
}

static P2pDirectoryEntry *
add_entry (P2pDirectory * self, const char *name, size_t len)
{
  P2pDirectoryEntry *entry;

  if (self->n >= self->limits.max_channels)
    return NULL;
  if (self->n == self->capacity) {
    uint32_t wanted = self->capacity ? self->capacity * 2 : FIRST_ENTRIES;
    P2pDirectoryEntry *entries = realloc (self->entries,
        wanted * sizeof (*entries));

    if (entries == NULL)
      return NULL;
    self->entries = entries;
    self->capacity = wanted;
  }
  entry = &self->entries[self->n++];
  memset (entry, 0, sizeof (*entry));
  memcpy (entry->name, name, len);
  return entry;
}

P2pDirectoryResult
p2p_directory_publish (P2pDirectory * self, const char *name, size_t len,
    const P2pSwarmId * swarm_id, P2pTime lease, const void *owner,
    void *record, P2pTime now)
{
  P2pDirectoryEntry *entry;

  if (!p2p_channel_name_is_valid (name, len))
    return P2P_DIRECTORY_BAD_NAME;
  expire (self, now);
  entry = find_name (self, name, len);
  if (entry != NULL
      && memcmp (&entry->swarm_id, swarm_id, sizeof (*swarm_id)) != 0)
    return P2P_DIRECTORY_TAKEN;
  if ((entry == NULL || entry->owner != owner)
      && count_of_owner (self, owner) >= self->limits.max_channels_per_owner)
    return P2P_DIRECTORY_FULL;
  if (entry == NULL)
    entry = add_entry (self, name, len);
  if (entry == NULL)
    return P2P_DIRECTORY_FULL;
  if (entry->owner == NULL)
    entry->since = now;
  drop_record (self, entry->record);
  entry->record = record;
  entry->swarm_id = *swarm_id;
  entry->owner = owner;
  entry->lease = lease < self->limits.lease ? lease : self->limits.lease;
  return P2P_DIRECTORY_OK;
}

void
p2p_directory_owner_gone (P2pDirectory * self, const void *owner, P2pTime now)
{
  for (uint32_t i = 0; i < self->n; i++) {
    if (self->entries[i].owner != owner)
      continue;
    self->entries[i].owner = NULL;
    self->entries[i].since = now;
  }
}

void
p2p_directory_forget (P2pDirectory * self, const P2pSwarmId * swarm_id)
{
  for (uint32_t i = self->n; i-- > 0;)
    if (memcmp (&self->entries[i].swarm_id, swarm_id, sizeof (*swarm_id)) == 0)
      remove_entry (self, i);
}

const P2pDirectoryEntry *
p2p_directory_resolve (P2pDirectory * self, const char *name, size_t len,
    P2pTime now)
{
  const P2pDirectoryEntry *only = NULL;
  uint32_t on_air = 0;

  expire (self, now);
  if (len > 0)
    return find_name (self, name, len);
  for (uint32_t i = 0; i < self->n; i++) {
    if (self->entries[i].owner == NULL)
      continue;
    only = &self->entries[i];
    on_air++;
  }
  if (on_air == 1)
    return only;
  if (self->n == 1)
    return &self->entries[0];
  return find_name (self, P2P_DEFAULT_CHANNEL, strlen (P2P_DEFAULT_CHANNEL));
}

const P2pDirectoryEntry *
p2p_directory_find_swarm (P2pDirectory * self, const P2pSwarmId * swarm_id,
    P2pTime now)
{
  expire (self, now);
  for (uint32_t i = 0; i < self->n; i++)
    if (memcmp (&self->entries[i].swarm_id, swarm_id, sizeof (*swarm_id)) == 0)
      return &self->entries[i];
  return NULL;
}

const P2pDirectoryEntry *
p2p_directory_nth (P2pDirectory * self, uint32_t n, P2pTime now)
{
  expire (self, now);
  return n < self->n ? &self->entries[n] : NULL;
}

uint32_t
p2p_directory_count (P2pDirectory * self, P2pTime now)
{
  expire (self, now);
  return self->n;
}
