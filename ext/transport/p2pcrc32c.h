/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2pcrc32c.h: CRC-32C (RFC 9260 appendix A), the checksum of SCTP packets.
 *
 * usrsctp's own routine costs 15 % of the CPU of a bulk transfer; this one uses
 * the CPU's instruction where there is one, else eight tables.
 */
#ifndef P2P_CRC32C_H
#define P2P_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of a block; the value as a number. Any thread. */
uint32_t p2p_crc32c (const void *data, size_t len);
/* The same without the instruction; for tests. */
uint32_t p2p_crc32c_portable (const void *data, size_t len);
/* Writes the checksum field (offset 8) of an SCTP packet of at least 12 bytes. */
void p2p_crc32c_stamp (uint8_t * packet, size_t len);

#endif /* P2P_CRC32C_H */
