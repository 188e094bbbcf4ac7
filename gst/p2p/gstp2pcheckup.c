/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcheckup.c: see gstp2pcheckup.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pcheckup.h"
#include "gstp2perrors.h"
#include "../../ext/transport/gstp2pservercheck.h"

struct _GstP2PCheckup
{
  GstElement *element;
  GstP2PIceConfig ice;
  GCancellable *cancellable;
  GThread *thread;
};

static void
warn (GstP2PCheckup * self, const gchar * property, const gchar * server,
    const GError * cause)
{
  g_autofree gchar *name = gst_p2p_server_describe (server);
  g_autoptr (GError) error = g_error_new (cause->domain, cause->code,
      "%s=%.200s does not work: %s.", property, name, cause->message);

  gst_p2p_element_warning (self->element, error, "p2pice:5");
}

static void
check (GstP2PCheckup * self, const gchar * property, const gchar * server)
{
  g_autoptr (GError) error = NULL;

  if (!gst_p2p_server_check (server, self->cancellable, &error)
      && !g_cancellable_is_cancelled (self->cancellable))
    warn (self, property, server, error);
}

/* Its place in the list is the first where it is named. */
static gboolean
is_new (gchar ** servers, guint i)
{
  guint j;

  for (j = 0; j < i; j++) {
    if (g_str_equal (servers[j], servers[i]))
      return FALSE;
  }
  return TRUE;
}

static gpointer
run (gpointer data)
{
  GstP2PCheckup *self = data;
  gchar **relays = self->ice.turn_servers;
  guint i;

  if (self->ice.stun_server != NULL)
    check (self, "stun-server", self->ice.stun_server);
  for (i = 0; relays != NULL && relays[i] != NULL; i++) {
    if (is_new (relays, i))
      check (self, "turn-server", relays[i]);
  }
  return NULL;
}

GstP2PCheckup *
gst_p2p_checkup_start (GstElement * element, const GstP2PIceConfig * ice)
{
  GstP2PCheckup *self;

  if (ice->stun_server == NULL && ice->turn_servers == NULL)
    return NULL;
  self = g_new0 (GstP2PCheckup, 1);
  self->element = element;
  self->cancellable = g_cancellable_new ();
  gst_p2p_ice_config_copy (&self->ice, ice);
  self->thread = g_thread_try_new ("p2p:checkup", run, self, NULL);
  return self;
}

void
gst_p2p_checkup_end (GstP2PCheckup * self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  gst_p2p_ice_config_clear (&self->ice);
  g_object_unref (self->cancellable);
  g_free (self);
}
