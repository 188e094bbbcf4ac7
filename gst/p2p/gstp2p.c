/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2p.c: entry of the plugin "p2p". */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pelements.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  gboolean any = FALSE;

  any |= GST_ELEMENT_REGISTER (p2psink, plugin);
  any |= GST_ELEMENT_REGISTER (p2psrc, plugin);
  return any;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, p2p,
    "Live peer-to-peer broadcast", plugin_init, VERSION, GST_LICENSE,
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
