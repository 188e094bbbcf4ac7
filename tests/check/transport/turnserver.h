/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* turnserver.h: a fixture, coturn on loopback with the user "me", password "secret". */
#ifndef TURN_SERVER_H
#define TURN_SERVER_H

#include <glib.h>

/* Nothing without a turnserver; TLS also needs openssl. */
void turn_server_start (void);
void turn_server_stop (void);
gboolean turn_server_runs (void);
/* UDP and TCP; TLS. */
extern guint16 turn_port, turn_tls_port;
/* Whether this process trusts its certificate, which is for 127.0.0.1. FALSE: there
 * is nothing to test with. */
gboolean turn_server_trust (gboolean trust);
/* One that was free a moment ago. */
guint16 turn_free_port (void);

#endif
