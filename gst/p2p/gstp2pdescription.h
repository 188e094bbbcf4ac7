/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pdescription.h: what the directory says of a channel: title, description,
 * genre, homepage; properties of p2psink that may change on the air.
 *
 * Embedded in the element. Functions work on the struct alone: the caller holds
 * the element's object lock, but for the installer.
 */
#ifndef GST_P2P_DESCRIPTION_H
#define GST_P2P_DESCRIPTION_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Ids of the properties, behind the common ones (gstp2psettings.h). */
enum
{
  GST_P2P_PROP_TITLE = 16,
  GST_P2P_PROP_DESCRIPTION,
  GST_P2P_PROP_GENRE,
  GST_P2P_PROP_HOMEPAGE
};

typedef struct
{
  gchar *title, *description, *genre, *homepage;
  gchar *tags_title;            /* the stream's own, while title is unset */
} GstP2PDescription;

void gst_p2p_description_install (GObjectClass * klass);
void gst_p2p_description_clear (GstP2PDescription * self);
/* What listeners are shown. out is cleared by the caller. */
void gst_p2p_description_copy (const GstP2PDescription * self, GstP2PDescription * out);
/* FALSE: not one of these properties. */
gboolean gst_p2p_description_set (GstP2PDescription * self, guint id, const GValue * value);
gboolean gst_p2p_description_get (const GstP2PDescription * self, guint id, GValue * value);
/* TRUE when the stream has another title than before. */
gboolean gst_p2p_description_take_tags (GstP2PDescription * self, const GstTagList * tags);
/* Another stream: its title is not known yet. */
void gst_p2p_description_forget_tags (GstP2PDescription * self);

G_END_DECLS
#endif
