#!/bin/bash
# The kernel tests on other kernels, with cgroup v2 and hybrid, and with each of the attach plan's alternatives for
# system calls.
# Usage: sudo tests/vm/run.sh [KERNEL...]     KERNEL: 6.1 6.12 (default: all)
# Needs a release build. The last lines are a table and `N passed, N failed`; consoles are in build/vm.
set -euo pipefail
# shellcheck source=tests/vm/machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
tests=$top/build/release/tests/kernel
[ -x "$tests/kernel_test" ] || { echo "tests/vm/run.sh: build first: cmake --build --preset release" >&2; exit 1; }
choose_kernels "$@"

table='' passed=0 failed=0
for kernel in "${kernels[@]}"; do
  fetch_kernel "$kernel"
  make_machine "$kernel" tests "$tests/kernel_test --gtest_color=no" "$tests/kernel_test" "$tests/trigger"
  for run in "v2 fexit" "v2 kprobe" "hybrid raw"; do
    read -r cgroups way <<<"$run"
    log=$machines/$kernel-$cgroups-$way.log start=$SECONDS
    echo "== $kernel, cgroup $cgroups, system calls by $way  ($log)"
    code=$(boot "$kernel" tests "$log" "plimsoll.cgroups=$cgroups plimsoll.alternative=$way" -smp 2)
    ok=$(grep -c '\[       OK \]' "$log" || true)
    bad=$(grep -c '\[  FAILED  \].*(.*ms)' "$log" || true)
    if [ "$code" != 0 ]; then
      [ "$bad" -gt 0 ] || bad=1
      tail -n 40 "$log"
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
    table+=$(printf '%-6s %-7s %-6s %4d passed %4d failed %5d s' "$kernel" "$cgroups" "$way" "$ok" "$bad" $((SECONDS - start)))$'\n'
  done
done
echo
printf 'TABLE\n%sEND TABLE\n' "$table"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
