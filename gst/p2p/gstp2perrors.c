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

typedef GQuark (*Domain) (void);

typedef struct
{
  GstP2PError from;
  Domain domain;
  gint code;
  const gchar *kind;            /* for the debug text */
  const gchar *logs;            /* GST_DEBUG that tells more */
} Kind;

static const Kind kinds[] = {
  {GST_P2P_ERROR_URI, gst_resource_error_quark, GST_RESOURCE_ERROR_SETTINGS,
      "a URI or property can't be used", "p2psink:5,p2psrc:5"},
  {GST_P2P_ERROR_CHANNEL_UNKNOWN, gst_resource_error_quark,
        GST_RESOURCE_ERROR_NOT_FOUND,
      "the rendezvous knows no such channel", "p2prendezvous:5"},
  {GST_P2P_ERROR_NAME_TAKEN, gst_resource_error_quark,
        GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "the channel belongs to another key", "p2prendezvous:5"},
  {GST_P2P_ERROR_PORT_IN_USE, gst_resource_error_quark,
        GST_RESOURCE_ERROR_BUSY,
      "the embedded rendezvous has no port", "p2ptracker:5"},
  {GST_P2P_ERROR_RENDEZVOUS, gst_resource_error_quark,
        GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      "no working rendezvous", "p2prendezvous:5,p2ptracker:5"},
  {GST_P2P_ERROR_NO_NAMES, gst_resource_error_quark,
        GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      "a rendezvous of others", "p2prendezvous:5"},
  {GST_P2P_ERROR_KEY, gst_resource_error_quark, GST_RESOURCE_ERROR_OPEN_READ,
      "the file of a key or certificate can't be used", "p2pcrypto:5"},
  {GST_P2P_ERROR_NO_MEDIA, gst_resource_error_quark, GST_RESOURCE_ERROR_READ,
        "no neighbour gave media in time",
      "p2psession:5,p2pice:5,p2pdtls:5"},
  {GST_P2P_ERROR_SUPERSEDED, gst_resource_error_quark, GST_RESOURCE_ERROR_BUSY,
      "a newer broadcaster with this key", "p2psession:5"},
  {GST_P2P_ERROR_FAILED, gst_resource_error_quark, GST_RESOURCE_ERROR_FAILED,
      "session or transport", "p2p*:5"},
  {GST_P2P_ERROR_MEDIA, gst_stream_error_quark, GST_STREAM_ERROR_WRONG_TYPE,
      "media that can't be carried", "p2psink:5,p2psrc:5"},
};

static const Kind *
find_kind (const GError * error)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_error_matches (error, GST_P2P_ERROR, kinds[i].from))
      return &kinds[i];
  }
  return NULL;
}

void
gst_p2p_element_error (GstElement * element, const GError * error)
{
  const Kind *kind = find_kind (error);
  GQuark domain = GST_RESOURCE_ERROR;
  gint code = GST_RESOURCE_ERROR_FAILED;
  gchar *debug;

  if (kind != NULL) {
    domain = kind->domain ();
    code = kind->code;
  } else if (error->domain == GST_STREAM_ERROR) {
    domain = error->domain;
    code = error->code;
  }
  debug = g_strdup_printf (PACKAGE " " VERSION ": %s; GST_DEBUG=%s shows what "
      "led to it", kind ? kind->kind : domain == GST_STREAM_ERROR ?
      "media as it is can't be carried" : "input or output",
      kind ? kind->logs : "p2p*:5");
  gst_element_message_full (element, GST_MESSAGE_ERROR, domain, code,
      g_strdup (error->message), debug, __FILE__, G_STRFUNC, __LINE__);
}

void
gst_p2p_element_warning (GstElement * element, const GError * error,
    const gchar * logs)
{
  gst_element_message_full (element, GST_MESSAGE_WARNING, error->domain,
      error->code, g_strdup (error->message),
      g_strdup_printf (PACKAGE " " VERSION ": GST_DEBUG=%s shows more", logs),
      __FILE__, G_STRFUNC, __LINE__);
}
