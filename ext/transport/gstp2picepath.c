/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2picepath.c: see gstp2picepath.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <nice/interfaces.h>
#include <string.h>

#include "../../gst/p2p/core/base/p2pprefix.h"
#include "gstp2picepath.h"

/* Of a first byte (RFC 7983): STUN is 0 to 3, DTLS this. */
#define FIRST_DTLS 20
#define LAST_DTLS 63

void
gst_p2p_ice_path_set (GstP2PIcePath * self, GSocket * socket,
    const struct sockaddr *remote, socklen_t remote_len)
{
  g_object_ref (socket);
  gst_p2p_ice_path_clear (self);
  self->socket = socket;
  memset (&self->remote, 0, sizeof (self->remote));
  memcpy (&self->remote, remote, remote_len);
  self->remote_len = remote_len;
  self->one_by_one = FALSE;
}

void
gst_p2p_ice_path_clear (GstP2PIcePath * self)
{
  if (self->batch) {
    self->batch->n = 0;
    self->batch->len = 0;
  }
  g_clear_object (&self->socket);
}

int
gst_p2p_ice_path_get_fd (const GstP2PIcePath * self)
{
  return self->socket && !g_socket_is_closed (self->socket) ?
      g_socket_get_fd (self->socket) : -1;
}

static gboolean
send_one (GstP2PIcePath * self, const guint8 * data, gsize len)
{
  ssize_t n;

  do {
    n = sendto (gst_p2p_ice_path_get_fd (self), data, len,
        MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *) &self->remote,
        self->remote_len);
  } while (n < 0 && errno == EINTR);
  return n == (ssize_t) len;
}

/* All packets but the last have the same length. */
static gboolean
send_segments (GstP2PIcePath * self, const GstP2PIceBatch * batch)
{
  union
  {
    struct cmsghdr align;
    guint8 bytes[CMSG_SPACE (sizeof (guint16))];
  }
  control;
  struct iovec iov = { (void *) batch->bytes, batch->len };
  struct msghdr message = { 0 };
  guint16 segment = (guint16) batch->segment;
  struct cmsghdr *header;
  ssize_t n;

  memset (&control, 0, sizeof (control));
  message.msg_name = &self->remote;
  message.msg_namelen = self->remote_len;
  message.msg_iov = &iov;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof (control.bytes);
  header = CMSG_FIRSTHDR (&message);
  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN (sizeof (segment));
  memcpy (CMSG_DATA (header), &segment, sizeof (segment));
  do {
    n = sendmsg (gst_p2p_ice_path_get_fd (self), &message,
        MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  /* A full buffer is loss, as it would be for each of them. */
  return n >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
}

static void
flush (GstP2PIcePath * self)
{
  GstP2PIceBatch *batch = self->batch;
  gsize at;

  if (batch->n > 1 && !self->one_by_one && !send_segments (self, batch)) {
    self->one_by_one = TRUE;
  } else if (batch->n > 1 && !self->one_by_one) {
    batch->n = 0;
  }
  for (at = 0; batch->n > 0 && at < batch->len; at += batch->segment) {
    send_one (self, batch->bytes + at, MIN (batch->segment, batch->len - at));
  }
  batch->n = 0;
  batch->len = 0;
}

static void
add (GstP2PIcePath * self, const guint8 * data, gsize len)
{
  GstP2PIceBatch *batch = self->batch;
  gboolean full = batch->len + len > sizeof (batch->bytes)
      || batch->n == GST_P2P_ICE_PATH_SEGMENTS;

  /* one that is longer, or any behind one that is shorter, begins anew */
  if (batch->n > 0 && (full || len > batch->segment
          || batch->len != batch->n * batch->segment)) {
    flush (self);
  }
  if (batch->n == 0) {
    batch->segment = len;
  }
  memcpy (batch->bytes + batch->len, data, len);
  batch->len += len;
  batch->n++;
}

gboolean
gst_p2p_ice_path_send (GstP2PIcePath * self, const guint8 * data, gsize len)
{
  if (self->batch && len > 0 && len <= sizeof (self->batch->bytes)) {
    add (self, data, len);
    return TRUE;
  }
  return send_one (self, data, len);
}

void
gst_p2p_ice_path_begin (GstP2PIcePath * self, GstP2PIceBatch * batch)
{
  if (self->socket && batch->n == 0) {
    self->batch = batch;
  }
}

void
gst_p2p_ice_path_end (GstP2PIcePath * self)
{
  if (self->batch) {
    flush (self);
    self->batch = NULL;
  }
}

/* Looked at before it is taken: what libnice is to read must still be there. */
GstP2PIcePathInput
gst_p2p_ice_path_receive (GstP2PIcePath * self, guint8 * out, gsize size,
    gsize * len)
{
  int fd = gst_p2p_ice_path_get_fd (self);
  struct sockaddr_storage from;
  socklen_t from_len = sizeof (from);
  guint8 first = 0;
  ssize_t n;

  n = recvfrom (fd, &first, 1, MSG_PEEK | MSG_DONTWAIT,
      (struct sockaddr *) &from, &from_len);
  if (n < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ?
        GST_P2P_ICE_PATH_NOTHING : GST_P2P_ICE_PATH_OTHER;
  }
  if (n == 0 || first < FIRST_DTLS || first > LAST_DTLS
      || from_len != self->remote_len
      || memcmp (&from, &self->remote, from_len) != 0) {
    return GST_P2P_ICE_PATH_OTHER;
  }
  n = recv (fd, out, size, MSG_DONTWAIT | MSG_TRUNC);
  if (n < 0) {
    return GST_P2P_ICE_PATH_NOTHING;
  }
  *len = (gsize) n;
  return GST_P2P_ICE_PATH_DATAGRAM;
}

/* ---- addresses ---- */

void
gst_p2p_ice_path_print (const NiceAddress * address, gchar out[64])
{
  gchar ip[NICE_ADDRESS_STRING_LEN];

  nice_address_to_string (address, ip);
  g_snprintf (out, 64,
      nice_address_ip_version (address) == 6 ? "[%s]:%u" : "%s:%u", ip,
      nice_address_get_port (address));
}

static const guint8 *
address_bytes (const NiceAddress * address, gsize * len)
{
  gboolean ipv6 = nice_address_ip_version (address) == 6;

  *len = ipv6 ? 16 : 4;
  return ipv6 ? (const guint8 *) &address->s.ip6.sin6_addr :
      (const guint8 *) &address->s.ip4.sin_addr;
}

/* The bytes that name a link: of IPv6 a /64. Of IPv4 nobody knows. */
static gboolean
is_same_link (const NiceAddress * a, const NiceAddress * b)
{
  return nice_address_ip_version (a) == 6 && nice_address_ip_version (b) == 6
      && memcmp (&a->s.ip6.sin6_addr, &b->s.ip6.sin6_addr, 8) == 0;
}

guint32
gst_p2p_ice_path_prefix (const NiceCandidate * local,
    const NiceAddress * remote)
{
  gsize len, own_len;
  const guint8 *bytes = address_bytes (remote, &len);
  const guint8 *own = address_bytes (&local->addr, &own_len);
  guint32 prefix = p2p_prefix_of (bytes, len);

  if (local->type == NICE_CANDIDATE_TYPE_RELAYED ?
      prefix == p2p_prefix_of (own, own_len)
      : is_same_link (&local->addr, remote))
    return 0;
  return prefix;
}

const gchar *
gst_p2p_ice_path_loopback (void)
{
  GList *ips = nice_interfaces_get_local_ips (TRUE);
  gboolean only_ipv6 =
      g_list_find_custom (ips, "127.0.0.1", (GCompareFunc) strcmp) == NULL
      && g_list_find_custom (ips, "::1", (GCompareFunc) strcmp) != NULL;

  g_list_free_full (ips, g_free);
  return only_ipv6 ? "::1" : "127.0.0.1";
}
