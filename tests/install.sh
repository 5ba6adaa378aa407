#!/bin/bash
# What `cmake --install` installs: a stripped binary, and its debug information where a debugger finds it; twice the same.
# Usage: tests/install.sh BUILD_DIR
set -euo pipefail
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
fail() { echo "FAIL install: $*"; exit 1; }

for _ in first again; do
  cmake --install "$1" --prefix "$prefix"
  binary=$prefix/bin/plimsoll debug=$prefix/bin/.debug/plimsoll.debug
  [ "$(find "$prefix" -type f | sort | xargs)" = "$debug $binary" ] || fail "other files than these two: $(find "$prefix" -type f)"
  sections=$(readelf -SW "$binary")
  grep -qE '\.debug_info|\.symtab' <<<"$sections" && fail "the binary is not stripped"
  readelf -SW "$debug" | grep -q '\.debug_info' || fail "there is no debug information"
  # readelf looks for the file as gdb does, and compares its checksum.
  readelf --debug-dump=links "$binary" 2>&1 | grep -qF "Found separate debug info file: $debug" || fail "the binary does not lead to it"
  "$binary" version >/dev/null || fail "the binary does not run"
done
