#!/bin/bash
# The same seeds give the same hash of all that happens, whoever compiled the
# simulator. Usage: scripts/check-hashes.sh BUILD_DIR BUILD_DIR ...

set -u
. "$(dirname "$0")/lib.sh"

hashes () {
  "$1/tools/p2p-sim" --no-time --peers=30 --warm-up=6 --seconds=6 --churn=5 --loss=1 --seeds=2 \
    && "$1/tools/p2p-sim" --no-time --peers=20 --warm-up=6 --seconds=4 --rate=128000 --tracker --nat=30:40:20 \
    && "$1/tools/p2p-sim" --repair --seeds=2 2>/dev/null
}

first=
for dir in "$@"; do
  seen=$(hashes "$dir" | grep -oE '"hash":"[0-9a-f]{16}"')
  [ "$(wc -l <<<"$seen")" -eq 5 ] || die "$dir: the simulator did not run"
  [ -z "$first" ] || [ "$seen" = "$first" ] || die "$dir: other hashes than $1:" $seen "for" $first
  first=$seen
done
