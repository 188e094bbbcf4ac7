/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2proots.h: a source at video rates, with more to give than each chunk once, whose
 * children fall: n_fell of them in the second before fell_until, many ten seconds
 * before unrest_until. */
#ifndef P2P_ROOTS_H
#define P2P_ROOTS_H

#include "p2pswarmpriv.h"

/* Some of its children fell at once a moment ago. */
bool p2p_roots_in_unrest (const P2pSwarm * self);
/* Or a few, or some left: places are not evened out. */
bool p2p_roots_settle (const P2pSwarm * self);
/* This one acknowledges nothing any more. */
void p2p_roots_fell (P2pSwarm * self, P2pPeer * fallen);
/* This one said that it goes. */
void p2p_roots_left (P2pSwarm * self, const P2pPeer * leaver);
/* Some fell, and maybe this one: asks it for a sign of life. */
void p2p_roots_doubt (P2pSwarm * self, P2pPeer * p);
/* It gave none. */
bool p2p_roots_is_silent (const P2pSwarm * self, const P2pPeer * p);
/* It is pushed to a new root, however old it is. */
bool p2p_roots_lack (const P2pSwarm * self, const P2pEntry * e);
/* One that could not feed two others with each of its sub-streams does not get s,
 * too: so many others could. feeds_two: it could with one. */
bool p2p_roots_refuse (const P2pSwarm * self, const P2pPeer * p, unsigned s,
    unsigned strong, bool feeds_two);

#endif
