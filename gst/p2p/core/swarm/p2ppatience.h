/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ppatience.h: who has little upload waits for those above it. */
#ifndef P2P_PATIENCE_H
#define P2P_PATIENCE_H

#include "p2pswarmpriv.h"

/* Who feeds us with s has brought nothing for so long that others are asked. */
bool p2p_patience_ends (const P2pSwarm * self, unsigned s);
/* How long after it is overdue the chunk is asked for. */
P2pTime p2p_patience_with_chunk (const P2pSwarm * self, uint32_t chunk);
/* Another one is asked after this and two round trips; sure: who was asked has it. */
P2pTime p2p_patience_with_answer (const P2pSwarm * self, uint32_t chunk,
    bool sure);
/* That s comes in again neighbours learn from the next STATUS that is due. */
bool p2p_patience_tells_later (const P2pSwarm * self, unsigned s);

#endif
