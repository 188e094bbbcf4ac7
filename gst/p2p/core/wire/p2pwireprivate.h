/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pwireprivate.h: what the files of the codec share; nobody else includes
 * it. Every get function reads one body and returns false when the bytes break
 * the protocol; the reader then stands anywhere.
 */
#ifndef P2P_WIRE_PRIVATE_H
#define P2P_WIRE_PRIVATE_H

#include "p2pwire.h"

/* Opens an extension message: code and room for the length. Returns the mark
 * that p2p_wire_end() needs to fill the length in. */
size_t p2p_wire_begin (P2pWriter * w, P2pMsgType type);
void p2p_wire_end (P2pWriter * w, size_t mark);
/* A message that our own caller filled in wrongly cannot be sent: it counts as
 * an overflow, so that the one check at the end of a frame sees it. */
void p2p_wire_refuse (P2pWriter * w);

bool p2p_get_range (P2pReader * r, P2pRange * range);

bool p2p_get_handshake (P2pReader * r, P2pHandshake * m);
bool p2p_get_hello (P2pReader * r, P2pHello * m);
bool p2p_get_header (P2pReader * r, P2pHeaderPart * m);
bool p2p_get_signal (P2pReader * r, P2pSignalPart * m);
bool p2p_get_subscribe (P2pReader * r, P2pSubscribe * m);
bool p2p_get_sub_ok (P2pReader * r, P2pSubOk * m);
bool p2p_get_unsubscribe (P2pReader * r, P2pUnsubscribe * m);
bool p2p_get_peer_list (P2pReader * r, P2pPeerList * m);
bool p2p_get_status (P2pReader * r, P2pStatus * m);
bool p2p_get_pong (P2pReader * r, P2pPong * m);

#endif /* P2P_WIRE_PRIVATE_H */
