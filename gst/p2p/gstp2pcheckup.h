/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pcheckup.h: asks the STUN and TURN servers that the user has set whether they
 * work, and warns of each that does not: links go on without it, so that nobody would
 * notice before somebody needs it.
 */
#ifndef GST_P2P_CHECKUP_H
#define GST_P2P_CHECKUP_H

#include <gst/gst.h>
#include "session/gstp2ptransport.h"

G_BEGIN_DECLS

typedef struct _GstP2PCheckup GstP2PCheckup;

/* In a thread of its own, for seconds; warnings come on the element's bus from it.
 * NULL: there is no server. ice is copied, element not counted. */
GstP2PCheckup *gst_p2p_checkup_start (GstElement * element, const GstP2PIceConfig * ice);
/* Nothing is posted any more when it returns, which does not wait for the network.
 * self may be NULL. */
void gst_p2p_checkup_end (GstP2PCheckup * self);

G_END_DECLS
#endif
