/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2perrors.c: GST_P2P_ERROR -> GST_RESOURCE_ERROR, GST_STREAM_ERROR. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2perrors.h"
#include "session/gstp2perror.h"

typedef struct
{
  GstP2PError from;
  GstResourceError to;
} ErrorMap;

static const ErrorMap error_map[] = {
  {GST_P2P_ERROR_URI, GST_RESOURCE_ERROR_SETTINGS},
  {GST_P2P_ERROR_CHANNEL_UNKNOWN, GST_RESOURCE_ERROR_NOT_FOUND},
  {GST_P2P_ERROR_NAME_TAKEN, GST_RESOURCE_ERROR_NOT_AUTHORIZED},
  {GST_P2P_ERROR_PORT_IN_USE, GST_RESOURCE_ERROR_BUSY},
  {GST_P2P_ERROR_RENDEZVOUS, GST_RESOURCE_ERROR_OPEN_READ_WRITE},
  {GST_P2P_ERROR_KEY, GST_RESOURCE_ERROR_OPEN_READ},
  {GST_P2P_ERROR_NO_MEDIA, GST_RESOURCE_ERROR_READ},
  {GST_P2P_ERROR_SUPERSEDED, GST_RESOURCE_ERROR_BUSY},
};

void
gst_p2p_element_error (GstElement * element, const GError * error)
{
  GQuark domain = GST_RESOURCE_ERROR;
  gint code = GST_RESOURCE_ERROR_FAILED;
  gchar *debug;
  guint i;

  if (error->domain == GST_STREAM_ERROR) {
    domain = error->domain;
    code = error->code;
  } else if (error->domain == GST_P2P_ERROR) {
    for (i = 0; i < G_N_ELEMENTS (error_map); i++) {
      if (error->code == (gint) error_map[i].from)
        code = error_map[i].to;
    }
    if (error->code == GST_P2P_ERROR_MEDIA) {
      domain = GST_STREAM_ERROR;
      code = GST_STREAM_ERROR_WRONG_TYPE;
    }
  }
  debug = g_strdup_printf ("%s, code %d", g_quark_to_string (error->domain),
      error->code);
  gst_element_message_full (element, GST_MESSAGE_ERROR, domain, code,
      g_strdup (error->message), debug, __FILE__, G_STRFUNC, __LINE__);
}
