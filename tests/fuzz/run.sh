#!/bin/bash
# Feeds the readers what nobody would write, with sanitizers. Usage: tests/fuzz/run.sh [SECONDS]
# SECONDS of each (default 20). What was found stays in build/fuzz/findings; the last line is `N passed, N failed`.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-20}
cd "$root" || exit 1
targets=(profile decisions capture configuration dns)
cmake --preset asan -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >/dev/null &&
  cmake --build --preset asan --target fuzzers || exit 1

findings=build/fuzz/findings
mkdir -p "$findings"
# fuzz TARGET: its log beside, and its exit code.
fuzz() {
  local corpus=build/fuzz/corpus/$1
  mkdir -p "$corpus"
  "build/asan/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -max_len=8192 -dict=tests/fuzz/toml.dict -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix="$findings/$1-" -print_final_stats=1 "$corpus" "tests/fuzz/seeds/$1" >"build/fuzz/$1.log" 2>&1
  echo $? >"build/fuzz/$1.code"
}
export -f fuzz
export seconds findings
rm -f build/fuzz/*.code
printf '%s\n' "${targets[@]}" | xargs -P"$(nproc)" -I{} bash -c 'fuzz {}'

passed=0 failed=0 table=''
for target in "${targets[@]}"; do
  log=build/fuzz/$target.log
  if [ "$(cat "build/fuzz/$target.code")" = 0 ]; then
    passed=$((passed + 1)) result=ok
  else
    failed=$((failed + 1)) result=FAILED
    tail -n 40 "$log"
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  table+=$(printf '%-15s %-7s %10s runs in %s s' "$target" $result "${runs:-?}" "$seconds")$'\n'
done
echo TABLE
echo -n "$table"
echo END TABLE
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
