#!/bin/bash
# Installs what is needed, builds, and runs every test. For root on Debian 12; within an hour on two cores.
# Usage: tests/run.sh [--fast] [--long] [STAGE...]
#   --fast   leaves out the ten-minute run of the services
#   --long   adds what takes longer: the kernel tests on arm64's 6.12, ten minutes of each fuzzer
#   STAGE    only these: lint unit asan tsan fuzz kernel vm e2e (packages and the release build come first anyway)
# The last line is `N passed, N failed[, N skipped]`; logs are in build/test-logs, and in its `times`
# when each stage began and ended, in seconds since the start.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
logs=$root/build/test-logs
e2e_options=()
kernels=(6.1 6.12 6.1-arm64) # of the vm stage; none: all
fuzz_seconds=20
wanted=()
for argument in "$@"; do
  case $argument in
    --fast) e2e_options+=("$argument") ;;
    --long) e2e_options+=("$argument") kernels=() fuzz_seconds=600 ;;
    lint | unit | asan | tsan | fuzz | kernel | vm | e2e) wanted+=("$argument") ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done
[ "$(id -u)" = 0 ] || { echo "tests/run.sh: needs root: it loads BPF programs and starts container runtimes" >&2; exit 2; }

# Beside what the build needs (deploy/packages.txt): linters, runtimes, load generators.
test_packages=(clang-format-19 clang-tidy-19 libclang-rt-19-dev shellcheck yamllint jq prometheus systemd python3 git ccache libgtest-dev libgmock-dev
  liburing-dev libc6-dev-i386 busybox-static runc docker.io containerd podman conmon containernetworking-plugins
  radosgw ceph-mon ceph-osd debootstrap iproute2 nftables wrk redis-tools curl util-linux procps libcap2-bin)

install_packages() {
  local -a packages missing=()
  mapfile -t packages < <(grep -v '^#' deploy/packages.txt | tr -s ' ' '\n' | grep .)
  packages+=("${test_packages[@]}")
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && { echo "all ${#packages[@]} packages are installed"; return 0; }
  echo "installing ${missing[*]}"
  # No daemon may start by itself: the tests start their own. What was there before is put back.
  local policy=/usr/sbin/policy-rc.d kept=
  if [ -e $policy ]; then
    kept=$(mktemp)
    cp -p $policy "$kept"
  fi
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
  local code=$?
  if [ -n "$kept" ]; then mv "$kept" $policy; else rm -f $policy; fi
  return $code
}

configure() {
  cmake --preset "$1" -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
}
build() { configure release && cmake --build --preset release -- -k 0; }
asan() { configure asan && cmake --build --preset asan --target unit_tests -- -k 0 && run_ctest asan unit; }
# Only what runs on several threads; a race fails the test that met it.
tsan() { configure tsan && cmake --build --preset tsan -- -k 0 && run_ctest tsan unit_threads; }
run_ctest() { ctest --test-dir "build/$1" -L "$2" --output-on-failure --no-tests=error -j "$(nproc)"; }
# The kernel tests are few programs with many tests each: those are counted, and their table is shown.
kernel() {
  local code out
  out=$(ctest --test-dir build/release -L kernel --verbose --no-tests=error -j 1 2>&1 | sed 's/^[0-9]*: //')
  code=$?
  echo "$out"
  echo TABLE
  sed -n '/^HOOK .*ASSERTED/,/^\[/p' <<<"$out" | grep -v '^\['
  echo END TABLE
  echo "$(grep -c '\[       OK \]' <<<"$out") passed, $(grep -c '\[  FAILED  \].*(.*ms)' <<<"$out") failed"
  return $code
}

table='' skips='' failures=''
passed=0 failed=0 skipped=0
# timed NAME COMMAND...: notes when it ran.
timed() {
  local name=$1 start=$SECONDS code
  shift
  "$@"
  code=$?
  printf '%-10s %6d %6d %6d s\n' "$name" "$start" $SECONDS $((SECONDS - start)) >>"$logs/times"
  return $code
}
# stage NAME COMMAND...: runs it with its output in a log, and counts the tests in it; one without a count is one test.
stage() {
  local name=$1 log=$logs/$1.log result=ok p=0 f=0 s=0 tests
  shift
  echo "== $name  ($log)"
  if [ "$1" = finished ]; then
    "$@" # its time has been noted where it ran
  else
    timed "$name" "$@"
  fi >"$log" 2>&1 </dev/null || result=FAILED
  tests=$(grep -aoE '^([0-9]+ passed, [0-9]+ failed.*|[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+)$' "$log" | tail -1)
  case $tests in
    *passed,*out\ of*) f=$(cut -d' ' -f4 <<<"$tests"); p=$(($(grep -oE '[0-9]+$' <<<"$tests") - f)) ;;
    *passed*) read -r p _ f _ s _ <<<"${tests//,/}"; s=${s:-0} ;;
    *) [ $result = ok ] && p=1 ;;
  esac
  [ $result = FAILED ] && [ "$f" = 0 ] && f=1
  [ $result = FAILED ] && tail -n 60 "$log"
  # What the kernel and end-to-end tests asserted is worth reading even when all is well.
  sed -n '/^TABLE/,/^END TABLE/p' "$log" | grep -vE '^(END )?TABLE'
  skips+=$(grep -aE '^SKIP ' "$log")
  # Said again at the end: a reader of the last lines should know why.
  [ $result = FAILED ] && failures+=$(grep -aE '^FAIL |^\[  FAILED  \] .*ms\)|\*\*\*Failed| error: ' "$log" | head -n 20)$'\n'
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  table+=$(printf '%-10s %-7s %5d passed %4d failed %4d skipped %6d s' "$name" $result "$p" "$f" "$s" "$(awk -v name="$name" '$1 == name { s = $4 } END { print s + 0 }' "$logs/times")")$'\n'
  [ $result = ok ]
}
selected() { [ ${#wanted[@]} -eq 0 ] || printf '%s\n' "${wanted[@]}" | grep -qx "$1"; }

# What only computes runs beside the machines and the end-to-end tests, which often wait, and yields to them.
lint() { tests/lint/run.sh build/release; }
fuzz() { tests/fuzz/run.sh "$fuzz_seconds"; }
begin_beside() {
  (
    renice -n 19 "$BASHPID" >/dev/null
    for name in "$@"; do
      selected "$name" || continue
      timed "$name" "$name" >"$logs/$name.beside" 2>&1 </dev/null
      echo $? >"$logs/$name.code"
    done
  ) &
  beside=$!
}
# finished NAME: as if it had been run now.
finished() {
  wait "$beside"
  cat "$logs/$1.beside"
  return "$(cat "$logs/$1.code")"
}

mkdir -p "$logs"
: >"$logs/times"
if stage packages install_packages && stage build build; then
  selected unit && stage unit run_ctest release 'unit|install'
  selected kernel && stage kernel kernel
  begin_beside lint asan tsan fuzz
  selected vm && stage vm tests/vm/run.sh "${kernels[@]}"
  selected e2e && stage e2e /usr/bin/python3 -u tests/e2e/run.py "${e2e_options[@]}"
  selected lint && stage lint finished lint
  selected asan && stage asan finished asan
  selected tsan && stage tsan finished tsan
  selected fuzz && stage fuzz finished fuzz
fi

echo
echo "$table"
[ -n "$skips" ] && echo "$skips"
[ -n "$failures" ] && echo "$failures"
printf '%d passed, %d failed' $passed $failed
[ $skipped -gt 0 ] && printf ', %d skipped' $skipped
echo
[ $failed -eq 0 ]
