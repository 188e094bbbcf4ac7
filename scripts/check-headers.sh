#!/bin/bash
# Checks that headers of the core compile alone, in any order, as plain C11
# with nothing but libc on the include path.
# Usage: scripts/check-headers.sh COMPILER [ARGUMENT ...] -- HEADER ...

set -u

compiler=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  compiler+=("$1")
  shift
done
[ $# -gt 1 ] || { echo "usage: $0 COMPILER ... -- HEADER ..." >&2; exit 2; }
shift

status=0
for header in "$@"; do
  # Twice: the guard has to hold.
  printf '#include "%s"\n#include "%s"\n' "$header" "$header" \
    | "${compiler[@]}" -std=c11 -pedantic-errors -Wall -Wextra -Werror \
      -fsyntax-only -x c - || status=1
done
exit $status
