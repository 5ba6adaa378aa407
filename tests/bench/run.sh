#!/bin/bash
# What the sensor costs. Instructions added to an operation, exactly, on kernels in QEMU that count them (-icount), for
# each of the attach plan's alternatives: of a host's task, of a container's known behaviour, of a new one.
# Usage: sudo tests/bench/run.sh [KERNEL...]     KERNEL: 6.1 6.12 (default: all)
# Needs a release build. The table is last. Fails when a call costs over 3 % more than tests/bench/budget.txt says, or known
# behaviour more than it ever may (budget.py); execs vary by more than 3 % of what is added to them, and have only that limit.
set -euo pipefail
# shellcheck source=tests/vm/machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/../vm/machine.sh"
cost=$top/build/release/tests/bench/cost
[ -x "$cost" ] || { echo "tests/bench/run.sh: build first: cmake --build --preset release" >&2; exit 1; }
[ $# -gt 0 ] || set -- 6.1 6.12
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
  for way in fexit kprobe raw; do
    log=$machines/$kernel-cost-$way.log
    echo "== $kernel, system calls by $way  ($log)"
    code=$(boot "$kernel" cost "$log" "plimsoll.cgroups=v2 plimsoll.alternative=$way" -smp 1 -icount shift=0)
    [ "$code" = 0 ] || { tail -n 30 "$log"; exit 1; }
    sed -n "s/^cost /$kernel $way /p" "$log" >>"$results"
  done
done
python3 "$top/tests/bench/budget.py" "$top/tests/bench/budget.txt" "$results"
