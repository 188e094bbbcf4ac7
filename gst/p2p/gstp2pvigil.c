/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pvigil.c: PROGRESS, starvation and their time limits. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "gstp2pvigil.h"

/* A starved listener is warned of, and given up, after so long. */
#define STARVED_WARN_US (10 * G_USEC_PER_SEC)
#define STARVED_FAIL_US (120 * G_USEC_PER_SEC)

void
gst_p2p_vigil_init (GstP2PVigil * self, GstP2PStation * station)
{
  memset (self, 0, sizeof (*self));
  self->station = station;
}

void
gst_p2p_vigil_clear (GstP2PVigil * self)
{
  g_clear_pointer (&self->trouble, g_free);
}

/* ---- progress ---- */

static void
post_progress (GstP2PVigil * self, GstProgressType type, const gchar * text)
{
  GstElement *element = self->station->element;

  gst_element_post_message (element,
      gst_message_new_progress (GST_OBJECT (element), type, "join", text));
}

/* Once: an unclosed START makes gst-launch wait for ever. */
static void
close_progress (GstP2PVigil * self, GstProgressType type, const gchar * text)
{
  gboolean open;

  GST_OBJECT_LOCK (self->station->element);
  open = self->progress;
  self->progress = FALSE;
  GST_OBJECT_UNLOCK (self->station->element);
  if (open)
    post_progress (self, type, text);
}

static void
reset (GstP2PVigil * self, gboolean progress)
{
  GST_OBJECT_LOCK (self->station->element);
  self->progress = progress;
  self->joined = FALSE;
  self->starving_at = 0;
  g_clear_pointer (&self->trouble, g_free);
  GST_OBJECT_UNLOCK (self->station->element);
}

void
gst_p2p_vigil_begin (GstP2PVigil * self)
{
  reset (self, TRUE);
  post_progress (self, GST_PROGRESS_TYPE_START, "Joining the channel");
}

void
gst_p2p_vigil_end (GstP2PVigil * self)
{
  close_progress (self, GST_PROGRESS_TYPE_CANCELED, "Stopped joining");
  reset (self, FALSE);
}

void
gst_p2p_vigil_joined (GstP2PVigil * self)
{
  GST_OBJECT_LOCK (self->station->element);
  self->joined = TRUE;
  GST_OBJECT_UNLOCK (self->station->element);
  close_progress (self, GST_PROGRESS_TYPE_COMPLETE, "Joined the channel");
}

/* ---- errors ---- */

void
gst_p2p_vigil_fail (GstP2PVigil * self, const GError * error)
{
  GstP2PMember *member;

  close_progress (self, GST_PROGRESS_TYPE_ERROR, error->message);
  if (!gst_p2p_station_fail (self->station, error))
    return;
  member = gst_p2p_station_ref_member (self->station);
  if (member != NULL)
    gst_p2p_member_set_flushing (member, TRUE);
  g_clear_object (&member);
}

/* error: transfer full */
static void
fail_with (GstP2PVigil * self, GError * error)
{
  gst_p2p_vigil_fail (self, error);
  g_error_free (error);
}

static void
on_join_timeout (GstP2PMember * member, gpointer user_data)
{
  GstP2PVigil *self = user_data;
  gchar *trouble;
  gboolean joined;

  GST_OBJECT_LOCK (self->station->element);
  joined = self->joined;
  trouble = g_strdup (self->trouble);
  GST_OBJECT_UNLOCK (self->station->element);
  if (!joined && trouble != NULL)
    fail_with (self, g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_RENDEZVOUS,
            "Could not join through the rendezvous: %s", trouble));
  else if (!joined)
    fail_with (self, g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_NO_MEDIA,
            "No media came within %u ms: nobody publishes this channel, or no "
            "path to its listeners exists (try stun-server= and turn-server=)",
            self->timeout_ms));
  g_free (trouble);
}

void
gst_p2p_vigil_watch (GstP2PVigil * self, GstP2PMember * member)
{
  if (self->timeout_ms != 0)
    gst_p2p_member_add_limit (member, (gint64) self->timeout_ms * 1000,
        on_join_timeout, self);
}

void
gst_p2p_vigil_rendezvous (GstP2PVigil * self, const GstStructure * s)
{
  const gchar *reason = gst_structure_get_string (s, "reason");
  const gchar *uri = gst_structure_get_string (s, "uri");
  gboolean connected = FALSE;

  gst_structure_get_boolean (s, "connected", &connected);
  GST_OBJECT_LOCK (self->station->element);
  g_clear_pointer (&self->trouble, g_free);
  if (!connected || reason != NULL)
    self->trouble = reason ? g_strdup (reason)
        : g_strdup_printf ("%s: no answer", uri ? uri : "server");
  GST_OBJECT_UNLOCK (self->station->element);
}

/* ---- starvation ---- */

/* Whether the starvation that set a timer of delay still lasts. */
static gboolean
starves_since (GstP2PVigil * self, gint64 delay)
{
  gint64 at;

  GST_OBJECT_LOCK (self->station->element);
  at = self->starving_at;
  GST_OBJECT_UNLOCK (self->station->element);
  return at != 0 && g_get_monotonic_time () - at >= delay;
}

static void
on_starved_fail (GstP2PMember * member, gpointer user_data)
{
  if (starves_since (user_data, STARVED_FAIL_US))
    fail_with (user_data, g_error_new (GST_P2P_ERROR, GST_P2P_ERROR_NO_MEDIA,
            "No media for %u s: the swarm is gone",
            (guint) (STARVED_FAIL_US / G_USEC_PER_SEC)));
}

static void
on_starved_warn (GstP2PMember * member, gpointer user_data)
{
  GstP2PVigil *self = user_data;

  if (starves_since (self, STARVED_WARN_US))
    GST_ELEMENT_WARNING (self->station->element, RESOURCE, READ,
        ("No media for %u s; looking for other peers",
            (guint) (STARVED_WARN_US / G_USEC_PER_SEC)), (NULL));
}

void
gst_p2p_vigil_starving (GstP2PVigil * self, GstP2PMember * member)
{
  GST_OBJECT_LOCK (self->station->element);
  self->starving_at = g_get_monotonic_time ();
  GST_OBJECT_UNLOCK (self->station->element);
  gst_p2p_station_post (self->station, "p2p-starving", NULL);
  gst_p2p_member_add_limit (member, STARVED_WARN_US, on_starved_warn, self);
  gst_p2p_member_add_limit (member, STARVED_FAIL_US, on_starved_fail, self);
}

void
gst_p2p_vigil_recovered (GstP2PVigil * self)
{
  gboolean starved;

  GST_OBJECT_LOCK (self->station->element);
  starved = self->starving_at != 0;
  self->starving_at = 0;
  GST_OBJECT_UNLOCK (self->station->element);
  if (starved)
    gst_p2p_station_post (self->station, "p2p-recovered", NULL);
}
