#!/bin/bash
# The checks of the core have to bite: each is given something forbidden and
# has to refuse it, and something harmless and has to pass it.
# Usage: checks-bite.sh SCRIPTS-FOLDER COMPILER ...

set -u
scripts=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

expect () {                     # passes|refuses WHAT COMMAND ...
  local want=$1 what=$2
  shift 2
  if "$@" >"$tmp/out" 2>&1; then got=passes; else got=refuses; fi
  if [ "$got" = "$want" ]; then
    echo "ok: $what"
  else
    echo "FAILED: $1 $got $what"
    cat "$tmp/out"
    status=1
  fi
}

archive () {                    # NAME CODE
  printf '%s\n' "$2" >"$tmp/$1.c"
  "${compiler[@]}" -c "$tmp/$1.c" -o "$tmp/$1.o" && ar rc "$tmp/$1.a" "$tmp/$1.o"
}
compiler=("$@")

symbols=$scripts/check-symbols.sh
archive good '#include <string.h>
void *p2p_x (void *a, void *b, unsigned n) { return memcpy (a, b, n); }'
expect passes "memcpy" "$symbols" "$tmp/good.a"
for call in 'clock_gettime (0, 0)' 'time (0)' 'rand ()' 'printf ("")' \
    'g_malloc (1)' 'pthread_mutex_lock (0)' 'socket (1, 1, 1)' 'getenv ("A")' \
    'sqrt_of (2)'; do
  name=bad-${call%% *}
  archive "$name" "extern int ${call%% *} (); int p2p_x (void) { return $call; }" \
    2>/dev/null || { echo "can't compile $call"; status=1; continue; }
  expect refuses "$call" "$symbols" "$tmp/$name.a"
done

headers=$scripts/check-headers.sh
echo 'typedef int P2pFine;' >"$tmp/fine.h"
printf '#ifndef X\n#define X\n#include <stdint.h>\nextern uint8_t x;\n#endif\n' \
  >"$tmp/good.h"
echo '#include <glib.h>' >"$tmp/glib.h.h"
echo 'struct Twice { int x; };' >"$tmp/twice.h"
echo 'extern uint8_t needs_stdint;' >"$tmp/alone.h"
expect passes "a header that stands alone" "$headers" "${compiler[@]}" -- "$tmp/good.h"
expect refuses "GLib in a header" "$headers" "${compiler[@]}" -- "$tmp/glib.h.h"
expect refuses "no guard" "$headers" "${compiler[@]}" -- "$tmp/twice.h"
expect refuses "a header that needs another" "$headers" "${compiler[@]}" -- "$tmp/alone.h"

include () {                    # passes|refuses FILE INCLUDE
  rm -rf "$tmp/tree"
  for folder in gst/p2p/core/base gst/p2p/core/wire gst/p2p/core/swarm \
      gst/p2p/session ext/transport ext/rendezvous tests/sim; do
    mkdir -p "$tmp/tree/$folder"
    touch "$tmp/tree/$folder/$(basename "$folder").h"
  done
  touch "$tmp/tree/gst/p2p/gstp2psrc.h"
  echo "#include $3" >"$tmp/tree/$2"
  expect "$1" "$2 includes $3" "$scripts/check-layers.py" "$tmp/tree"
}
include passes gst/p2p/core/wire/x.c '"../base/base.h"'
include refuses gst/p2p/core/base/x.c '"../wire/wire.h"'
include refuses gst/p2p/core/wire/x.c '"../swarm/swarm.h"'
include refuses gst/p2p/core/swarm/x.c '<glib.h>'
include refuses gst/p2p/core/swarm/x.c '<time.h>'
include refuses gst/p2p/core/swarm/x.c '<stdio.h>'
include refuses gst/p2p/session/x.c '"../../../ext/transport/transport.h"'
include refuses gst/p2p/session/x.c '"../gstp2psrc.h"'
include refuses ext/transport/x.c '"../../gst/p2p/core/swarm/swarm.h"'
include refuses ext/rendezvous/x.c '"../../gst/p2p/gstp2psrc.h"'
include refuses tests/sim/x.c '"../../gst/p2p/session/session.h"'

exit $status
