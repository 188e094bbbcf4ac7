/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2perror.c: the quark of the error domain. Any thread. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2perror.h"

GQuark
gst_p2p_error_quark (void)
{
  return g_quark_from_static_string ("gst-p2p-error-quark");
}
