/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pdcep.c: see p2pdcep.h. No state; any thread. */
#include "p2pdcep.h"

/*  0                   1                   2                   3
 * |  type = 3     | channel type  |           priority            |
 * |                          reliability                          |
 * |         label length          |        protocol length        |
 * |  label ...  |  protocol ...                                    (RFC 8832 5.1) */
static P2pResult
get_open (P2pReader * r, P2pDcep * m)
{
  if (!p2p_read_u8 (r, &m->channel_type) || !p2p_read_u16 (r, &m->priority)
      || !p2p_read_u32 (r, &m->reliability)
      || !p2p_read_u16 (r, &m->label_len)
      || !p2p_read_u16 (r, &m->protocol_len)
      || !p2p_read_bytes (r, m->label_len, &m->label)
      || !p2p_read_bytes (r, m->protocol_len, &m->protocol)
      || p2p_reader_left (r) != 0) {
    return P2P_PROTOCOL;
  }
  if ((m->channel_type & 0x7f) > 2) {
    return P2P_PROTOCOL;
  }
  return P2P_OK;
}

P2pResult
p2p_dcep_get (const uint8_t * data, size_t len, P2pDcep * out)
{
  P2pDcep m = { 0 };
  P2pReader r;

  p2p_reader_init (&r, data, len);
  if (!p2p_read_u8 (&r, &m.type)) {
    return P2P_PROTOCOL;
  }
  if (m.type == P2P_DCEP_OPEN) {
    if (get_open (&r, &m) != P2P_OK) {
      return P2P_PROTOCOL;
    }
  } else if (m.type != P2P_DCEP_ACK || p2p_reader_left (&r) != 0) {
    return P2P_PROTOCOL;
  }
  *out = m;
  return P2P_OK;
}

void
p2p_dcep_put_ack (P2pWriter * w)
{
  p2p_put_u8 (w, P2P_DCEP_ACK);
}

void
p2p_dcep_put_open (P2pWriter * w, const P2pDcep * m)
{
  p2p_put_u8 (w, P2P_DCEP_OPEN);
  p2p_put_u8 (w, m->channel_type);
  p2p_put_u16 (w, m->priority);
  p2p_put_u32 (w, m->reliability);
  p2p_put_u16 (w, m->label_len);
  p2p_put_u16 (w, m->protocol_len);
  p2p_put_bytes (w, m->label, m->label_len);
  p2p_put_bytes (w, m->protocol, m->protocol_len);
}
