/* gst-plugins-p2p
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 */
/* gstp2pdescription.c: the four texts of a channel. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstp2pdescription.h"

static void
install (GObjectClass * klass, guint id, const gchar * name,
    const gchar * nick, const gchar * blurb)
{
  g_object_class_install_property (klass, id, g_param_spec_string (name, nick,
          blurb, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_PLAYING));
}

/**
 * GstP2PSink:title:
 *
 * Title of the channel as listeners are shown it, at once when it changes.
 * Unset, it is made of the stream's tags.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:description:
 *
 * A text about the channel, for the directory of the rendezvous.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:genre:
 *
 * Genre of the channel, for the directory of the rendezvous.
 *
 * Since: 0.1
 */

/**
 * GstP2PSink:homepage:
 *
 * Web page of the channel, for the directory of the rendezvous.
 *
 * Since: 0.1
 */

void
gst_p2p_description_install (GObjectClass * klass)
{
  install (klass, GST_P2P_PROP_TITLE, "title", "Title",
      "Title of the channel (unset = from the stream's tags)");
  install (klass, GST_P2P_PROP_DESCRIPTION, "description", "Description",
      "What the channel is about");
  install (klass, GST_P2P_PROP_GENRE, "genre", "Genre", "Genre of the channel");
  install (klass, GST_P2P_PROP_HOMEPAGE, "homepage", "Homepage",
      "Web page of the channel");
}

void
gst_p2p_description_clear (GstP2PDescription * self)
{
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->description, g_free);
  g_clear_pointer (&self->genre, g_free);
  g_clear_pointer (&self->homepage, g_free);
  g_clear_pointer (&self->tags_title, g_free);
}

void
gst_p2p_description_copy (const GstP2PDescription * self,
    GstP2PDescription * out)
{
  out->title = g_strdup (self->title ? self->title : self->tags_title);
  out->description = g_strdup (self->description);
  out->genre = g_strdup (self->genre);
  out->homepage = g_strdup (self->homepage);
  out->tags_title = NULL;
}

static gchar **
get_field (GstP2PDescription * self, guint id)
{
  switch (id) {
    case GST_P2P_PROP_TITLE:
      return &self->title;
    case GST_P2P_PROP_DESCRIPTION:
      return &self->description;
    case GST_P2P_PROP_GENRE:
      return &self->genre;
    case GST_P2P_PROP_HOMEPAGE:
      return &self->homepage;
    default:
      return NULL;
  }
}

gboolean
gst_p2p_description_set (GstP2PDescription * self, guint id,
    const GValue * value)
{
  gchar **field = get_field (self, id);

  if (field == NULL)
    return FALSE;
  g_free (*field);
  *field = g_value_dup_string (value);
  return TRUE;
}

gboolean
gst_p2p_description_get (const GstP2PDescription * self, guint id,
    GValue * value)
{
  gchar **field = get_field ((GstP2PDescription *) self, id);

  if (field != NULL)
    g_value_set_string (value, *field);
  return field != NULL;
}

static gchar *
title_from_tags (const GstTagList * tags)
{
  g_autofree gchar *title = NULL, *artist = NULL;

  gst_tag_list_get_string (tags, GST_TAG_TITLE, &title);
  gst_tag_list_get_string (tags, GST_TAG_ARTIST, &artist);
  if (title != NULL && artist != NULL)
    return g_strdup_printf ("%s - %s", artist, title);
  return g_steal_pointer (&title);
}

gboolean
gst_p2p_description_take_tags (GstP2PDescription * self,
    const GstTagList * tags)
{
  gchar *title = title_from_tags (tags);

  if (title == NULL || g_strcmp0 (title, self->tags_title) == 0) {
    g_free (title);
    return FALSE;
  }
  g_free (self->tags_title);
  self->tags_title = title;
  return TRUE;
}

void
gst_p2p_description_forget_tags (GstP2PDescription * self)
{
  g_clear_pointer (&self->tags_title, g_free);
}
