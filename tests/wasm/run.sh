#!/bin/bash
# Runs a script with Node on the module that build.sh made.
# Usage: tests/wasm/run.sh SCRIPT.mjs FILE [ARGUMENT ...]
# Exits with 77, which means "skipped" to Meson, where Node or FILE is missing.

command -v node >/dev/null \
  || { echo "skipped: node is missing (Debian package nodejs)"; exit 77; }
[ "$(node -p 'parseInt (process.versions.node)')" -ge 18 ] \
  || { echo "skipped: node is older than 18"; exit 77; }
[ -f "$2" ] || { echo "skipped: $2 is missing, see the test wasm/build"; exit 77; }
exec node --no-warnings "$@"
