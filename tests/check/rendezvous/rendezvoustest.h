/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* rendezvoustest.h: a server, clients that write down what they hear, and a
 * loop that runs until something is so. One thread, loopback, system-chosen
 * ports. */
#ifndef RENDEZVOUS_TEST_H
#define RENDEZVOUS_TEST_H

#include <gst/check/gstcheck.h>

#include "../../../ext/rendezvous/gstp2ptrackerserver.h"
#include "../../../gst/p2p/session/gstp2pcrypto.h"
#include "../../../gst/p2p/session/gstp2perror.h"

#define SDP_OF(role) "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" \
  "a=x-p2p:v=1;role=" role ";cap=16;free=4;lat=100\r\n" \
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=\"quoted\\\"\r\n"

/* One thing heard: kind is the callback's name. */
typedef struct
{
  gchar kind[12];
  gchar *info_hash, *peer_id, *offer_id, *text;
  guint complete, incomplete, rate_kbps, interval_s, listeners;
  P2pSwarmId swarm_id;
  gint code;                    /* of an error, -1 = none */
} Heard;

typedef struct
{
  GstP2PRendezvous *rendezvous;
  GstP2PWsClient *client;
  GPtrArray *heard;             /* of Heard, oldest first */
} Client;

GstP2PTrackerServer *test_server_new (gboolean open);
/* Also lets everything that it left behind end. */
void test_server_free (GstP2PTrackerServer * server);
Client *test_client_new (guint16 port);
Client *test_client_new_for_url (const gchar * url);
void test_client_free (Client * client);
/* Fails the test when it takes longer than 30 s. */
Heard *test_wait_for (Client * client, const gchar * kind);
/* Removes and frees all that was heard. */
void test_client_clear (Client * client);
/* Runs what is ready, then for at most ms. */
void test_run (guint ms);
void test_announce (Client * client, const gchar * info_hash, const gchar * peer_id, gboolean seeder, const gchar * offer_id, const gchar * sdp);
void test_sign (const guint8 * bytes, gsize len, guint8 * signature, gpointer key);

/* A peer that speaks bytes: a WebSocket whose texts are given by the test. */
typedef struct _Raw Raw;
Raw *test_raw_new (guint16 port);
void test_raw_say (Raw * raw, const gchar * text);
void test_raw_say_bytes (Raw * raw, const gchar * text, gsize len);
/* The next text, NULL when the server has closed. transfer full */
gchar *test_raw_next (Raw * raw);
guint test_raw_close_code (Raw * raw);
void test_raw_free (Raw * raw);

#endif
