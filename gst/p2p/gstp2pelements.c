/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pelements.c: what every element's registration needs first. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pelements.h"
#include "session/gstp2psession.h"

void
gst_p2p_elements_init (GstPlugin * plugin)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    /* the type first, so that its debug category is there for GST_DEBUG */
    g_type_ensure (GST_P2P_TYPE_SESSION);
    g_once_init_leave (&done, 1);
  }
}
