/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* p2ptopabsent.h: why p2p-top sees nobody. */
#ifndef P2P_TOP_ABSENT_H
#define P2P_TOP_ABSENT_H

#include <glib.h>
#include <stdio.h>

/* Tells of each process of this user with the plugin in it why it is not seen in
 * dir (NULL = none was given), and what to do. */
void p2p_top_tell_absent (FILE * out, const gchar * dir);

#endif
