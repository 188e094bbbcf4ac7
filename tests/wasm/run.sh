#!/bin/bash
# Runs a script with Node on the module that build.sh made.
# Usage: tests/wasm/run.sh SCRIPT.mjs MODULE [ARGUMENT ...]
# Exits with 77, which means "skipped" to Meson, where either is missing.

command -v node >/dev/null \
  || { echo "skipped: node is missing (Debian package nodejs)"; exit 77; }
[ "$(node -p 'parseInt (process.versions.node)')" -ge 18 ] \
  || { echo "skipped: node is older than 18"; exit 77; }
[ -f "$2" ] || { echo "skipped: no module, see the test wasm/build"; exit 77; }
exec node --no-warnings "$@"
