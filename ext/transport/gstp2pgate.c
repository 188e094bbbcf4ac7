/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pgate.c: see gstp2pgate.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pgate.h"
#include "../../gst/p2p/session/gstp2pthread.h"

struct _GstP2PGate
{
  gint refs;
  P2pScGate gate;
  GSource *source;
};

static void
arm (GstP2PGate * self)
{
  gint64 due = p2p_scgate_due (&self->gate, g_get_monotonic_time ());

  gst_p2p_ready_source_set (self->source, due == G_MAXINT64 ? -1 : due);
}

static gboolean
on_due (gpointer data)
{
  GstP2PGate *self = gst_p2p_gate_ref (data);

  p2p_scgate_run (&self->gate, g_get_monotonic_time ());
  arm (self);
  gst_p2p_gate_unref (self);
  return G_SOURCE_CONTINUE;
}

static void
on_wake (void *user_data)
{
  arm (user_data);
}

GstP2PGate *
gst_p2p_gate_new (GMainContext * context)
{
  GstP2PGate *self = g_new0 (GstP2PGate, 1);

  self->refs = 1;
  p2p_scgate_init (&self->gate);
  self->gate.wake = on_wake;
  self->gate.user_data = self;
  self->source = gst_p2p_ready_source_new ();
  g_source_set_name (self->source, "p2p-cap");
  g_source_set_callback (self->source, on_due, self, NULL);
  g_source_attach (self->source, context);
  return self;
}

GstP2PGate *
gst_p2p_gate_ref (GstP2PGate * self)
{
  self->refs++;
  return self;
}

void
gst_p2p_gate_unref (GstP2PGate * self)
{
  if (--self->refs > 0) {
    return;
  }
  p2p_scgate_clear (&self->gate);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_free (self);
}

void
gst_p2p_gate_set_cap (GstP2PGate * self, guint64 bps)
{
  p2p_scgate_set_cap (&self->gate, bps, g_get_monotonic_time ());
  arm (self);
}

P2pScGate *
gst_p2p_gate_get (GstP2PGate * self)
{
  return &self->gate;
}
