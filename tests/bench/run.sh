#!/bin/bash
# What the sensor costs. Instructions added to an operation, exactly, on kernels in QEMU that count them (-icount), for
# each of the attach plan's alternatives: of a host's task, of a container's known behaviour, of a new one. On the host,
# where nothing can be counted, what is added to calls that nobody watches: as ratios, of turns with and without; what is
# left of it when two processes do nothing else; and what the agent takes while containers sleep.
# Usage: sudo tests/bench/run.sh [KERNEL...]     KERNEL: 6.1 6.12 host (default: all)
# Needs a release build. The tables are last. Fails when a call costs over 3 % more than tests/bench/budget.txt says, or known
# behaviour more than it ever may (budget.py); execs vary by more than 3 % of what is added to them, and have only that
# limit. The host's figures are there to be read.
set -euo pipefail
# shellcheck source=tests/vm/machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/../vm/machine.sh"
cost=$top/build/release/tests/bench/cost
[ -x "$cost" ] || { echo "tests/bench/run.sh: build first: cmake --build --preset release" >&2; exit 1; }
[ $# -gt 0 ] || set -- 6.1 6.12 host
# on_host: those of the ways that this kernel takes, and that are not counted in a machine.
on_host() {
  local way
  echo TABLE
  printf '%-8s %-12s %9s %8s  %s\n' WAY OPERATION 'NS' 'RATIO' '95 % INTERVAL'
  for way in capable raw; do
    "$top/build/release/tests/bench/paired" $way 2>&1 || true # a way that is refused says so
  done
  echo END TABLE
  python3 "$top/tests/bench/saturation.py" 2>&1
  python3 "$top/tests/bench/idle.py" 2>&1
}
if [[ " $* " == *" host "* ]]; then
  ratios=$(on_host)
  trap 'echo "$ratios"' EXIT
fi
arguments=()
for kernel in "$@"; do [ "$kernel" = host ] || arguments+=("$kernel"); done
[ ${#arguments[@]} -gt 0 ] || exit 0
set -- "${arguments[@]}"
case "$*" in *arm64*) echo "tests/bench/run.sh: instructions are counted on x86-64 only" >&2; exit 2 ;; esac
choose_kernels "$@"
if [ ${#kernels[@]} -eq 0 ]; then
  printf '%s0 passed, 0 failed\n' "$skips"
  exit
fi

results=$machines/cost.txt
: >"$results"
for kernel in "${kernels[@]}"; do
  fetch_kernel "$kernel"
  make_machine "$kernel" cost "$cost" "$cost"
  for way in fexit lsm kprobe raw; do
    log=$machines/$kernel-cost-$way.log
    echo "== $kernel, system calls by $way  ($log)"
    code=$(boot "$kernel" cost "$log" "plimsoll.cgroups=v2 plimsoll.alternative=$way" -smp 1 -icount shift=0)
    [ "$code" = 0 ] || { tail -n 30 "$log"; exit 1; }
    sed -n "s/^cost /$kernel $way /p" "$log" >>"$results"
  done
done
python3 "$top/tests/bench/budget.py" "$top/tests/bench/budget.txt" "$results"
