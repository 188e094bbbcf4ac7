#!/bin/bash
# Installs a build into an empty folder and looks at what came out: the plugin
# is found and loads there, and exports what GStreamer asks for, nothing else.
# Usage: scripts/check-install.sh BUILD-DIR

set -u
. "$(dirname "$0")/lib.sh"

dir=$(realpath "${1:?build directory}")
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT

DESTDIR=$dest meson install -C "$dir" --no-rebuild --quiet >/dev/null || die "meson install failed"
plugin=$(find "$dest" -name libgstp2p.so)
[ -n "$plugin" ] || die "no libgstp2p.so was installed"

exported=$(nm -D --defined-only "$plugin" | awk '{ print $NF }' | sort | tr '\n' ' ')
[ "$exported" = "gst_plugin_p2p_get_desc gst_plugin_p2p_register " ] || \
  die "libgstp2p.so exports: $exported"

for element in p2psink p2psrc; do
  env -u GST_PLUGIN_PATH GST_PLUGIN_PATH_1_0="$(dirname "$plugin")" \
      GST_REGISTRY_1_0="$dest/registry.bin" \
      gst-inspect-1.0 $element >/dev/null || die "$element does not load"
done
echo "installed: $(cd "$dest" && find . -type f ! -name registry.bin | wc -l) files;" \
  "exported: $exported"
