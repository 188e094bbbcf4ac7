# Shared by the shell scripts here; sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages_file=$root/scripts/packages.txt

heading () {
  printf '\n==> %s\n' "$*"
}

warn () {
  printf '%s\n' "$*" >&2
}

die () {
  warn "$*"
  exit 1
}

# "name command" for every package of the given sections; command is "-"
# where there is none.
packages_in () {
  awk -v want=" $* " '
    { sub (/#.*/, "") }
    /^\[/ { section = substr ($1, 2, length ($1) - 2); next }
    NF && index (want, " " section " ") {
      cmd = $2; gsub (/[()]/, "", cmd); print $1, cmd == "" ? "-" : cmd
    }' "$packages_file"
}

# What of the given sections is not installed.
packages_missing () {
  local name cmd status
  while read -r name cmd; do
    if [ "$cmd" != - ] && command -v "$cmd" >/dev/null; then
      continue
    fi
    status=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)
    [ "$status" = installed ] || echo "$name"
  done < <(packages_in "$@")
}

# Environment for using an uninstalled build: the plugin beside the system's
# plugins, and a registry of its own so that the user's stays as it is.
plugin_environment () {
  local build=$1
  echo "export GST_PLUGIN_PATH_1_0='$build/gst/p2p'"
  echo "export GST_REGISTRY_1_0='$build/registry.bin'"
  echo "export PATH='$build/tools':\"\$PATH\""
}
