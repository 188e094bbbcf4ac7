#!/bin/sh
# Fails unless the plugin exports exactly its two entry points.
set -eu
got=$(nm -D --defined-only "$1" | awk '$2 ~ /[TDBRVW]/ { print $3 }' | sort)
want=$(printf 'gst_plugin_p2p_get_desc\ngst_plugin_p2p_register\n')
[ "$got" = "$want" ] || {
  printf 'exported:\n%s\nexpected:\n%s\n' "$got" "$want" >&2
  exit 1
}
