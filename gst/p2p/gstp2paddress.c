/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2paddress.c: asks the kernel which address it would send from. Any
 * thread, no state.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "gstp2paddress.h"

/* RFC 5737 and RFC 3849: for documentation, belongs to nobody. Connecting a UDP
 * socket only looks up the route. */
#define SOMEWHERE_V4 "203.0.113.1"
#define SOMEWHERE_V6 "2001:db8::1"
#define DISCARD_PORT 9

static gchar *
address_to_string (GSocketAddress * address)
{
  GInetAddress *inet;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return NULL;
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  if (g_inet_address_get_is_loopback (inet)
      || g_inet_address_get_is_any (inet)
      || g_inet_address_get_is_link_local (inet))
    return NULL;
  return g_inet_address_to_string (inet);
}

static gchar *
ask_route (GSocketFamily family, const gchar * somewhere)
{
  GSocketAddress *to =
      g_inet_socket_address_new_from_string (somewhere, DISCARD_PORT);
  GSocketAddress *local = NULL;
  GSocket *socket = g_socket_new (family, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  gchar *text = NULL;

  if (socket != NULL && g_socket_connect (socket, to, NULL, NULL))
    local = g_socket_get_local_address (socket, NULL);
  if (local != NULL)
    text = address_to_string (local);
  g_clear_object (&local);
  g_clear_object (&socket);
  g_object_unref (to);
  return text;
}

static gchar *
ask_interfaces (void)
{
  struct ifaddrs *list, *i;
  gchar *text = NULL;

  if (getifaddrs (&list) != 0)
    return NULL;
  for (i = list; i != NULL && text == NULL; i = i->ifa_next) {
    GSocketAddress *address;

    if (i->ifa_addr == NULL || !(i->ifa_flags & IFF_UP)
        || i->ifa_addr->sa_family != AF_INET)
      continue;
    address = g_socket_address_new_from_native (i->ifa_addr,
        sizeof (struct sockaddr_in));
    if (address != NULL)
      text = address_to_string (address);
    g_clear_object (&address);
  }
  freeifaddrs (list);
  return text;
}

gchar *
gst_p2p_address_get_default (void)
{
  gchar *text = ask_route (G_SOCKET_FAMILY_IPV4, SOMEWHERE_V4);

  if (text == NULL)
    text = ask_interfaces ();
  if (text == NULL)
    text = ask_route (G_SOCKET_FAMILY_IPV6, SOMEWHERE_V6);
  return text != NULL ? text : g_strdup ("127.0.0.1");
}

gboolean
gst_p2p_address_is_private (const gchar * address)
{
  GInetAddress *inet = g_inet_address_new_from_string (address);
  gboolean private;

  if (inet == NULL)
    return FALSE;               /* a name */
  private = g_inet_address_get_is_site_local (inet)
      || g_inet_address_get_is_link_local (inet)
      || g_inet_address_get_is_loopback (inet);
  /* RFC 4193: fc00::/7, which GIO does not count as site local */
  if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6
      && (g_inet_address_to_bytes (inet)[0] & 0xfe) == 0xfc)
    private = TRUE;
  g_object_unref (inet);
  return private;
}

gboolean
gst_p2p_address_is_any (const gchar * address)
{
  return address == NULL || *address == '\0'
      || g_str_equal (address, "0.0.0.0") || g_str_equal (address, "::");
}
