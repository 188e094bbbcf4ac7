#!/bin/bash
# The scenarios of docs/simulator.md at full size.
# Usage: scripts/run-sim.sh [--quick] [--seeds N] [SCENARIO ...]
# Writes one JSON line a seed to build/sim/SCENARIO.jsonl, what a plot needs to
# build/sim/SCENARIO.series.jsonl, and prints mean, median, p90, p99 and the worst
# of the seeds beside the bounds (scripts/sim-table.py). Fails when one is missed;
# then it says which plot to look at. --quick judges nothing.
# --quick: 100 members and 2 seeds. Without names: all of them. P2P_SIM names
# another p2p-sim than the optimised one that is built here.

set -u
. "$(dirname "$0")/lib.sh"

# Optimised over all files of core and simulator: the same results, as integers
# only are used, in three quarters of the time.
fast_sim () {
  local build=$root/build/sim-release
  if [ -n "${P2P_SIM-}" ]; then
    echo "$P2P_SIM"
    return
  fi
  [ -d "$build" ] || meson setup -Dbuildtype=release -Db_lto=true \
    -Dtests=disabled "$build" "$root" >/dev/null || return 1
  ninja -C "$build" tools/p2p-sim >/dev/null && echo "$build/tools/p2p-sim"
}

seeds=5 quick= names=()
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    --seeds)
      [[ "${2-}" =~ ^[1-9][0-9]*$ ]] || die "--seeds is a number"
      seeds=$2
      shift ;;
    -*) die "usage: scripts/run-sim.sh [--quick] [--seeds N] [SCENARIO ...]" ;;
    *) names+=("$1") ;;
  esac
  shift
done
[ -z "$quick" ] || seeds=2
missed=0
out=$root/build/sim
mkdir -p "$out"

radio="--rate=128000"
scenarios () {
  cat <<LIST
n1                 --peers=1
n2                 --peers=2
n3                 --peers=3
n5                 --peers=5
n10                --peers=10
n100               --peers=100
n1000              --peers=1000 --join-over=10 --warm-up=20
churn1             --peers=1000 --join-over=10 --warm-up=20 --churn=1
churn5             --peers=1000 --join-over=10 --warm-up=20 --churn=5
churn10            --peers=1000 --join-over=10 --warm-up=20 --churn=10
churn1-polite      --peers=1000 --join-over=10 --warm-up=20 --churn=1 --polite
churn5-polite      --peers=1000 --join-over=10 --warm-up=20 --churn=5 --polite
churn10-polite     --peers=1000 --join-over=10 --warm-up=20 --churn=10 --polite
kill30             --peers=1000 --join-over=10 --warm-up=20 --kill=30
kill50             --peers=1000 --join-over=10 --warm-up=20 --kill=50
kill-first-hops    --peers=1000 --join-over=10 --warm-up=20 --kill-first-hops
kill-strongest     --peers=1000 --join-over=10 --warm-up=20 --kill-strongest=3
flash-crowd        --peers=100 --burst=1000:10
source-restart     --peers=1000 --join-over=10 --warm-up=20 --source-restart=10
rendezvous-death   --peers=1000 --join-over=10 --warm-up=20 --rendezvous-down
partition          --peers=1000 --join-over=10 --warm-up=20 --partition=5
cells              --peers=1000 --join-over=10 --warm-up=20 --cells=4
nat                --peers=1000 --join-over=10 --warm-up=20 --nat=30:40:20
slow               --peers=1000 --join-over=10 --warm-up=20 --slow=10
leaves50           --peers=1000 --join-over=10 --warm-up=20 --leaves=50 --rho=1.4
leaves70           --peers=1000 --join-over=10 --warm-up=20 --leaves=70 --rho=1.4
rho1.05            --peers=1000 --join-over=10 --warm-up=20 --rho=1.05
rho1.2             --peers=1000 --join-over=10 --warm-up=20 --rho=1.2
rho1.4             --peers=1000 --join-over=10 --warm-up=20 --rho=1.4
rho2               --peers=1000 --join-over=10 --warm-up=20 --rho=2
economy            --peers=100 --source=1.3
liars              --peers=1000 --join-over=10 --warm-up=20 --liars=5
false-maps         --peers=1000 --join-over=10 --warm-up=20 --false-maps=5
stallers           --peers=1000 --join-over=10 --warm-up=20 --stallers=5
radio1000-churn1   $radio --peers=1000 --join-over=10 --warm-up=20 --churn=1
radio1000-rho2.5   $radio --peers=1000 --join-over=10 --warm-up=20 --churn=1 --rho=2.5
radio-256k         $radio --peers=1000 --join-over=10 --warm-up=20 --upload=256000
avalanche          $radio --peers=100 --source-max-peers=100 --burst=2900:60 --upload=256000 --seconds=80
n10000             --peers=10000 --join-over=60 --warm-up=75 --seconds=20
LIST
}

known=" $(scenarios | sed 's/ .*//' | tr '\n' ' ')"
for name in ${names[@]+"${names[@]}"}; do
  [[ "$known" == *" $name "* ]] || die "no scenario $name; there are:$known"
done

sim=$(fast_sim) || die "the simulator does not build"

wanted () {
  [ ${#names[@]} -eq 0 ] || [[ " ${names[*]} " == *" $1 "* ]]
}

while read -r name options; do
  wanted "$name" || continue
  if [ -n "$quick" ]; then
    options=${options//--peers=1000 /--peers=100 }
    options=${options//--burst=1000/--burst=200}
    [ "$name" != n10000 ] || continue
  fi
  n=$seeds
  [ "$name" != n10000 ] || n=1
  # big pages: a core's state is spread over hundreds of megabytes
  # shellcheck disable=SC2086
  GLIBC_TUNABLES=glibc.malloc.hugetlb=1 "$sim" --name="$name" --seeds="$n" $options \
    --series="$out/$name.series.jsonl" >"$out/$name.jsonl" 2>/dev/null || {
    warn "$name failed"
    missed=1
  }
  python3 "$root/scripts/sim-table.py" "$out/$name.jsonl" || missed=1
done < <(scenarios)
[ -n "$quick" ] || exit "$missed"
