#!/bin/bash
# The kernel tests on other kernels, with cgroup v2 and hybrid, and with each of the attach plan's alternatives for
# system calls: the one that is the kernel's best must be found by itself, the others are asked for.
# What the verifier looked at in each program is printed too, and held against tests/vm/verifier.txt.
# Usage: sudo tests/vm/run.sh [--write] [KERNEL...]     KERNEL: 6.1 6.12 6.1-arm64 6.12-arm64 (default: all)
#   --write: load the programs only, and take the verifier's counts as the new table
# Needs a release build; builds the arm64 machine's programs itself. The last lines are a table and `N passed, N failed`;
# consoles are in build/vm.
set -euo pipefail
# shellcheck source=tests/vm/machine.sh
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
declare -A best_way=([6.1]=fexit [6.12]=fexit [6.1-arm64]=kprobe [6.12-arm64]=fexit)
write=()
[ "${1:-}" != --write ] || { write=(--write); shift; }
[ $# -gt 0 ] || set -- 6.1 6.12 6.1-arm64 6.12-arm64
choose_kernels "$@"

# tests_of KERNEL: sets `tests` to where the programs for its machine lie.
tests_of() {
  tests=$top/build/release/tests/kernel
  if [ "$(architecture_of "$1")" = arm64 ]; then
    tests=$top/build/arm64/tests/kernel
    (cd "$top" && cmake --preset arm64 && cmake --build --preset arm64) >"$machines/arm64-build.log" 2>&1 ||
      { tail -n 30 "$machines/arm64-build.log" >&2; return 1; }
  fi
  [ -x "$tests/kernel_test" ] || { echo "tests/vm/run.sh: build first: cmake --build --preset release" >&2; return 1; }
}

# filter_of KERNEL WAY: the tests to run there. Those that open sensor after sensor take long where a processor is emulated,
# and hardly differ by architecture and way: the main ones once a kernel, the others on the host. What the self-test tries
# depends on whether calls are seen before they are refused.
filter_of() {
  if [ ${#write[@]} -gt 0 ]; then
    echo 'Verifier.*'
  elif [ "$2" = lsm ]; then
    echo '-PinnedState*:*InDetail.*'
  elif [ "$2" != "${best_way[$1]}" ] || [ "$(architecture_of "$1")" = arm64 ]; then
    echo '-PinnedState*:WithSelfTest*:*InDetail.*'
  else
    echo '-*InDetail.*'
  fi
}

table='' passed=0 failed=0
for kernel in "${kernels[@]}"; do
  fetch_kernel "$kernel"
  tests_of "$kernel"
  make_machine "$kernel" tests "$tests/kernel_test --gtest_color=no" "$tests"/{kernel_test,trigger*}
  runs=("v2 ${best_way[$kernel]}" "hybrid raw")
  [ "${best_way[$kernel]}" = kprobe ] || runs+=("v2 kprobe" "hybrid lsm")
  logs=()
  for run in "${runs[@]}"; do
    read -r cgroups way <<<"$run"
    log=$machines/$kernel-$cgroups-$way.log start=$SECONDS
    logs+=("$log")
    echo "== $kernel, cgroup $cgroups, system calls by $way  ($log)"
    arguments="plimsoll.cgroups=$cgroups plimsoll.way=$way"
    [ "$way" = "${best_way[$kernel]}" ] || arguments+=" plimsoll.alternative=$way"
    arguments+=" plimsoll.filter=$(filter_of "$kernel" "$way")"
    code=$(boot "$kernel" tests "$log" "$arguments" -smp 2)
    ok=$(grep -c '\[       OK \]' "$log" || true)
    bad=$(grep -c '\[  FAILED  \].*(.*ms)' "$log" || true)
    if [ "$code" != 0 ]; then
      [ "$bad" -gt 0 ] || bad=1
      tail -n 40 "$log"
      # What a failed test said comes long before the console's end.
      sed -n '/^\[ RUN  /h; /^\[ RUN  /!H; /^\[  FAILED  \].* ms)/{x;p}' "$log" | tail -n 100
      sed -n "s/^\[  FAILED  \] \(.*ms)\)/FAIL $kernel $cgroups $way: \1/p" "$log"
    fi
    while read -r line; do skips+="SKIP $kernel $cgroups $way: $line"$'\n'; done < <(sed -n 's/^SKIP //p' "$log")
    passed=$((passed + ok)) failed=$((failed + bad))
    table+=$(printf '%-10s %-7s %-6s %4d passed %4d failed %5d s' "$kernel" "$cgroups" "$way" "$ok" "$bad" $((SECONDS - start)))$'\n'
  done
  if "$top/tests/vm/verifier.py" "$top/tests/vm/verifier.txt" "$kernel" "${logs[@]}" "${write[@]}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
echo
printf 'TABLE\n%sEND TABLE\n' "$table"
printf '%s' "$skips"
printf '%d passed, %d failed, %d skipped\n' $passed $failed "$(grep -c '^SKIP ' <<<"$skips" || true)"
[ $failed -eq 0 ]
