/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pvigil.h: how joining and listening go, for the application: PROGRESS
 * while joining, an error when nothing comes, starvation and its end.
 *
 * Owner: p2psrc. Any thread, no lock held; timers fire on the session thread.
 * Its fields are guarded by the element's object lock.
 */
#ifndef GST_P2P_VIGIL_H
#define GST_P2P_VIGIL_H

#include "gstp2pstation.h"

G_BEGIN_DECLS

typedef struct
{
  GstP2PStation *station;
  guint timeout_ms;             /* until the first media; 0 = for ever */
  gboolean progress;            /* START was posted, nothing closed it */
  gboolean joined;
  gchar *trouble;               /* last word of a rendezvous, NULL = connected */
  gint64 starving_at;           /* monotonic, us; 0 = it does not */
} GstP2PVigil;

void gst_p2p_vigil_init (GstP2PVigil * self, GstP2PStation * station);
void gst_p2p_vigil_clear (GstP2PVigil * self);

/* Joining begins: PROGRESS START. */
void gst_p2p_vigil_begin (GstP2PVigil * self);
/* From now on the first media are waited for. */
void gst_p2p_vigil_watch (GstP2PVigil * self, GstP2PMember * member);
/* The member has left: an open PROGRESS is CANCELED. */
void gst_p2p_vigil_end (GstP2PVigil * self);

void gst_p2p_vigil_joined (GstP2PVigil * self);
void gst_p2p_vigil_rendezvous (GstP2PVigil * self, const GstStructure * s);
void gst_p2p_vigil_starving (GstP2PVigil * self, GstP2PMember * member);
/* Media flow again, or flowed all the time. */
void gst_p2p_vigil_recovered (GstP2PVigil * self);
/* Ends it with an error message, the first time; wakes whoever waits for
 * media. */
void gst_p2p_vigil_fail (GstP2PVigil * self, const GError * error);

G_END_DECLS
#endif
