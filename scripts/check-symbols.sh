#!/bin/bash
# Checks what archives of the core ask from outside: memory and string
# functions of libc, nothing else. Usage: scripts/check-symbols.sh ARCHIVE ...
# An allow list, so that a clock, a lock, a socket or a random source can't
# come in by a name nobody thought of.

set -u

allowed='abort|__assert_fail|malloc|calloc|realloc|free'
allowed+='|mem(cpy|move|set|cmp|chr|mem)|explicit_bzero'
allowed+='|str(len|nlen|cmp|ncmp|chr|rchr|str|spn|cspn)|qsort|bsearch'
# What compilers, fortified builds and sanitizers put in by themselves.
allowed+='|__(mem(cpy|move|set)|str)[a-z]*_chk|__stack_chk_fail'
allowed+='|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|lsan|tsan|sanitizer|gcov|llvm|start___|stop___)[A-Za-z0-9_]*'
allowed+='|__(u?div|u?mod)[dt]i[34]|__mulodi4|__popcount[ds]i2'

[ $# -gt 0 ] || { echo "usage: $0 ARCHIVE ..." >&2; exit 2; }

symbols=$(nm -A "$@" 2>/dev/null) || { echo "nm failed on $*"; exit 1; }
defined=$(awk 'NF >= 3 && $(NF-1) ~ /^[TDBRVWC]$/ { print $NF }' <<<"$symbols" | sort -u)
[ -n "$defined" ] || { echo "no symbols in $*"; exit 1; }
undefined=$(awk '$(NF-1) == "U" { print $NF }' <<<"$symbols" | sort -u)
foreign=$(comm -23 <(echo "$undefined") <(echo "$defined") \
  | grep -vxE "$allowed" | grep -v '^$')
if [ -n "$foreign" ]; then
  for symbol in $foreign; do
    grep -E " U $symbol\$" <<<"$symbols"
  done
  echo "The core must not use:" $foreign
  exit 1
fi
echo "$(wc -l <<<"$defined") symbols defined, from outside only:" \
  $(comm -23 <(echo "$undefined") <(echo "$defined"))
