#!/bin/bash
# Writes docs/inspect/*.txt, what gst-inspect-1.0 says of our elements; --check
# only compares. Usage: scripts/update-inspect.sh [--check] BUILD_FOLDER
# These files stand in for the documentation cache of GStreamer's own modules.
set -eu
. "$(dirname "$0")/lib.sh"

check=
if [ "${1-}" = --check ]; then
  check=yes
  shift
fi
build=${1:?which build folder?}
export GST_PLUGIN_PATH_1_0=$build/gst/p2p GST_PLUGIN_SYSTEM_PATH_1_0=
GST_REGISTRY_1_0=$(mktemp)
export GST_REGISTRY_1_0
export LC_ALL=C GST_INSPECT_NO_COLORS=1
trap 'rm -f "$GST_REGISTRY_1_0"' EXIT
rm -f "$GST_REGISTRY_1_0"

# gst-inspect-1.0 and the plugin scanner are not instrumented: a plugin that is
# can be loaded only with the sanitizer before everything else, and what those
# programs leak is not ours.
asan=$(ldd "$build/gst/p2p/libgstp2p.so" | awk '/libasan/ { print $3 }')
if [ -n "$asan" ]; then
  export GST_REGISTRY_FORK=no ASAN_OPTIONS=detect_leaks=0
fi

# What depends on the machine or the version is left out.
inspect () {
  LD_PRELOAD=$asan gst-inspect-1.0 --no-colors "$1" | sed -E \
    -e '/^ *(Filename|Version|Source release date|Binary package|Origin URL) /d' \
    -e 's/(Default: ").*("p2p(sink|src)[0-9]+")/\1\2/' \
    -e 's/p2p(sink|src)[0-9]+/p2p\1N/g' -e 's/ +$//'
}

status=0
for element in p2psink p2psrc; do
  file=$root/docs/inspect/$element.txt
  if [ -n "$check" ]; then
    inspect $element | diff -u "$file" - || status=1
  else
    inspect $element > "$file"
  fi
done
[ $status = 0 ] || echo "run scripts/update-inspect.sh $build and commit" >&2
exit $status
