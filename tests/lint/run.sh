#!/bin/bash
# Checks that need no root and no kernel: format, clang-tidy, shell, includes, BPF for arm64, deploy files.
# Usage: tests/lint/run.sh [BUILD_DIR]; prints its table last and then `N passed, N failed`.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$root/build/release}
cd "$root" || exit 1
passed=0 failed=0 table=''

# check NAME COMMAND...: one line in the table.
check() {
  local name=$1 result=ok
  shift
  echo "== $name"
  "$@" || { result=FAILED; echo "FAIL $name"; }
  if [ $result = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  table+=$(printf '%-22s %s' "$name" "$result")$'\n'
}

sources() { git ls-files -co --exclude-standard -- "$@"; }
all_files() { local -a files; mapfile -t files; [ ${#files[@]} -gt 0 ] && "$@" "${files[@]}"; }

format() { sources '*.cpp' '*.h' '*.c' | all_files clang-format-19 --dry-run -Werror; }
# Only what the build compiles has a command line to check it with. What was clean and has not changed since, neither it
# nor any header of ours, is not checked again.
tidy() {
  [ -f "$build/compile_commands.json" ] || { echo "$build is not configured"; return 1; }
  local headers
  headers=$({ sources '*.h'; echo .clang-tidy; } | xargs cat | sha256sum)
  mkdir -p "$build/tidy"
  # clang cannot read g++'s precompiled headers: without them it also sees what a file forgot to include.
  jq 'map(.command |= gsub(" -Winvalid-pch -include [^ ]+cmake_pch.hxx"; ""))' "$build/compile_commands.json" >"$build/tidy/compile_commands.json"
  # shellcheck disable=SC2016 # the inner shell expands
  sources '*.cpp' | grep -Fxf <(jq -r '.[].file' "$build/compile_commands.json" | sed "s|^$root/||") |
    headers=$headers build=$build xargs -P"$(nproc)" -n1 bash -c '
      stamp=$build/tidy/$( (echo "$headers"; cat "$1") | sha256sum | cut -c1-40)
      [ -e "$stamp" ] || { clang-tidy-19 --quiet -p "$build/tidy" "$1" 2>/dev/null && : >"$stamp"; }' tidy
}
shell() { { sources '*.sh'; echo .ci/run; } | all_files shellcheck; }
python() { sources '*.py' | all_files /usr/bin/python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]'; }
bpf_arm64() {
  local out source
  out=$(mktemp -d)
  for source in bpf/hooks/*.c; do
    clang-19 -target bpf -D__TARGET_ARCH_arm64 -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter -I. -Ibpf -Ibpf/include \
      -c "$source" -o "$out/$(basename "$source").o" || { rm -rf "$out"; return 1; }
  done
  rm -rf "$out"
}
yaml() { sources '*.yaml' '*.yml' | all_files yamllint -s -c tests/lint/yamllint.yaml; }
json() { sources '*.json' | all_files /usr/bin/python3 -c 'import json, sys; [json.load(open(f)) for f in sys.argv[1:]]'; }
toml() { sources '*.toml' | all_files /usr/bin/python3 -c 'import tomllib, sys; [tomllib.load(open(f, "rb")) for f in sys.argv[1:]]'; }
prometheus() { promtool check rules deploy/prometheus/*.yaml && promtool test rules tests/lint/prometheus-rules-test.yaml; }
unit_file() {
  local copy
  copy=$(mktemp -d) # the binary need not be installed for the unit's syntax to be checked
  sed 's|^ExecStart=/usr/[^ ]*|ExecStart=/bin/true|' deploy/systemd/plimsoll.service >"$copy/plimsoll.service"
  systemd-analyze verify --man=no "$copy/plimsoll.service"
  local code=$?
  rm -rf "$copy"
  return $code
}

check format format
check clang-tidy tidy
check shellcheck shell
check python python
check include-direction /usr/bin/python3 tests/lint/includes.py
check bpf-arm64 bpf_arm64
check yaml yaml
check json json
check toml toml
check cluster-files /usr/bin/python3 tests/lint/cluster_files.py
check prometheus-rules prometheus
check systemd-unit unit_file
check metric-names /usr/bin/python3 tests/lint/metric_names.py

printf '\n%s\n%d passed, %d failed\n' "$table" $passed $failed
[ $failed -eq 0 ]
