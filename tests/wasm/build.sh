#!/bin/bash
# Compiles sources of the core for WebAssembly: clang, lld and wasi-libc.
# Usage: tests/wasm/build.sh OUT.wasm SOURCE.c ...
# Exits with 77, which means "skipped" to Meson, where a tool is missing.

set -u

skip () {
  echo "skipped: $*"
  exit 77
}

[ $# -gt 1 ] || { echo "usage: $0 OUT.wasm SOURCE.c ..." >&2; exit 2; }
out=$1
shift

clang=${WASM_CLANG:-clang}
command -v "$clang" >/dev/null || skip "$clang is missing (Debian package clang)"
command -v wasm-ld >/dev/null || skip "wasm-ld is missing (Debian package lld)"
echo 'int x;' | "$clang" --target=wasm32-wasi -c -x c - -o /dev/null 2>/dev/null \
  || skip "$clang has no wasm32 target"
printf '#include <stdlib.h>\nvoid _start (void) { free (malloc (1)); }\n' \
  | "$clang" --target=wasm32-wasi -nostartfiles -x c - -o /dev/null \
  || skip "no C library for wasm32 (Debian packages wasi-libc and libclang-rt-14-dev-wasm32)"

# No entry: the module is a library. Nothing may be left undefined, so that the
# module can import nothing but what a source declares as an import.
exec "$clang" --target=wasm32-wasi -std=c11 -O2 -g0 -Wall -Wextra -Wno-unused-parameter \
  -fvisibility=hidden -Wl,--export-dynamic -nostartfiles -Wl,--no-entry -Wl,--fatal-warnings -Wl,--strip-all \
  "$@" -o "$out"
