#!/bin/bash
# Formats the C files with GNU indent and GStreamer's flags; --check only
# tells which would change. Usage: scripts/indent.sh [--check] [FILE ...]
# Headers are free-form. Files named in .indentignore are left alone.

set -u
. "$(dirname "$0")/lib.sh"

# GStreamer's own flags (its gst-indent).
flags=(--braces-on-if-line --case-brace-indentation0 --case-indentation2
  --braces-after-struct-decl-line --line-length80 --no-tabs --cuddle-else
  --dont-line-up-parentheses --continuation-indentation4 --honour-newlines
  --tab-size8 --indent-level2 --leave-preprocessor-space)

check=
if [ "${1-}" = --check ]; then
  check=yes
  shift
fi
command -v indent >/dev/null || die "GNU indent is missing: scripts/setup tests"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Twice: one run is not always a fixed point.
formatted () {
  VERSION_CONTROL=none indent "${flags[@]}" "$1" -o "$tmp/1.c" && \
    VERSION_CONTROL=none indent "${flags[@]}" "$tmp/1.c" -o "$tmp/2.c"
}

ignored () {
  [ -f "$root/.indentignore" ] && \
    sed 's/#.*//; s/ *$//' "$root/.indentignore" | grep -qxF -- "$1"
}

cd "$root" || exit 1
status=0
while IFS= read -r file; do
  ignored "$file" && continue
  [ -f "$file" ] || continue
  if ! formatted "$file" 2>"$tmp/err"; then
    cat "$tmp/err"
    echo "$file: indent failed"
    status=1
  elif ! cmp -s "$file" "$tmp/2.c"; then
    if [ -n "$check" ]; then
      diff -u --label "$file" --label "$file (formatted)" "$file" "$tmp/2.c"
      status=1
    else
      cat "$tmp/2.c" >"$file"
      echo "$file"
    fi
  fi
done < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else
    git ls-files --cached --others --exclude-standard '*.c'; fi)

[ -z "$check" ] || [ $status -eq 0 ] || \
  warn "Not formatted: run scripts/indent.sh"
exit $status
