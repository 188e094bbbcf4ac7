/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pintro.h: what a peer says about itself in its SDP, for introductions.
 *
 * One session-level attribute line passes every tracker untouched:
 *   a=x-p2p:v=1;role=r;cap=18;free=6;lat=420;rate=2000;k=<key fingerprint>
 * role s source, u super, r relay, l leaf; cap = upload in eighths of the
 * stream rate; free = sub-streams it can still serve; lat = ms behind the
 * publisher; rate = kbit/s of the stream. Unknown keys are skipped, keys may be missing, order is free.
 * docs/protocol/signalling.md is normative.
 */
#ifndef P2P_INTRO_H
#define P2P_INTRO_H

#include "../base/p2ptypes.h"

#define P2P_MAX_INTRO 256       /* bytes of the attribute's value */
#define P2P_INTRO_UNKNOWN 0xffff

typedef enum
{
  P2P_INTRO_ROLE_UNKNOWN = 0,
  P2P_INTRO_ROLE_LEAF,          /* uploads nothing */
  P2P_INTRO_ROLE_RELAY,
  P2P_INTRO_ROLE_SUPER,         /* relays much */
  P2P_INTRO_ROLE_SOURCE
} P2pIntroRole;

typedef struct
{
  uint8_t version;              /* 0 = no line was seen */
  uint8_t role;                 /* P2pIntroRole */
  uint16_t capacity;            /* eighths of the stream rate */
  uint16_t free_slots;          /* sub-streams */
  uint16_t rate_kbps;           /* of the stream */
  uint16_t lag_ms;              /* each P2P_INTRO_UNKNOWN when not told */
} P2pIntro;

void p2p_intro_init (P2pIntro * intro);
/* From the attribute's value. False, and intro untouched, if it is longer than
 * P2P_MAX_INTRO or has no v=. */
bool p2p_intro_parse (const char *value, size_t len, P2pIntro * intro);
/* From a whole SDP: the first a=x-p2p: line before the first m= line. */
bool p2p_intro_from_sdp (const char *sdp, size_t len, P2pIntro * intro);
/* The attribute's value with its 0; what is unknown is left out. Returns its
 * length, or 0 if cap (bytes) is too small. key may be NULL. */
size_t p2p_intro_format (const P2pIntro * intro, const char *key, char *out, size_t cap);

#endif /* P2P_INTRO_H */
