#!/bin/bash
# The kernel tests on other kernels: Debian's cloud kernels in QEMU, by emulation, with cgroup v2 and hybrid, and with
# each of the attach plan's alternatives for system calls.
# Usage: sudo tests/vm/run.sh [KERNEL...]     KERNEL: 6.1 6.12 (default: all)
# Needs a release build. The last lines are a table and `N passed, N failed`; consoles are in build/vm.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
# shellcheck source=tests/vm/initramfs.sh
source tests/vm/initramfs.sh
work=$root/build/vm
declare -A meta=([6.1]=linux-image-cloud-amd64 [6.12]=linux-image-6.12-cloud-amd64)

kernels=("$@")
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12)
for kernel in "${kernels[@]}"; do
  [ -n "${meta[$kernel]:-}" ] && continue
  echo "tests/vm/run.sh: no kernel \"$kernel\"; accepted: 6.1, 6.12" >&2
  exit 2
done
[ "$(uname -m)" = x86_64 ] || { echo "tests/vm/run.sh: its kernels are x86-64's, and this is $(uname -m)" >&2; exit 1; }
[ -x build/release/tests/kernel/kernel_test ] || { echo "tests/vm/run.sh: build first: cmake --build --preset release" >&2; exit 1; }

# Installs what is missing of the named packages.
need() {
  local -a missing=()
  for package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
}

# fetch KERNEL: unpacks that kernel's newest package into build/vm/KERNEL, once.
fetch() {
  local into=$work/$1 package
  compgen -G "$into/boot/vmlinuz-*" >/dev/null && return
  package=$(apt-cache depends "${meta[$1]}" | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | head -1)
  [ -n "$package" ] || { apt-get update -q; package=$(apt-cache depends "${meta[$1]}" | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | head -1); }
  mkdir -p "$into/package"
  (cd "$into/package" && apt-get -q -o APT::Sandbox::User=root download "$package")
  dpkg -x "$into"/package/*.deb "$into"
  rm -r "$into/package"
}

# boot KERNEL CGROUPS WAY: runs the tests there; their output goes to the console's log.
boot() {
  timeout 900 qemu-system-x86_64 -accel tcg -cpu max -smp 2 -m 2048 -nographic -no-reboot -nic none \
    -kernel "$work/$1"/boot/vmlinuz-* -initrd "$work/$1.initramfs" \
    -append "console=ttyS0 rdinit=/init panic=-1 quiet random.trust_cpu=on plimsoll.cgroups=$2 plimsoll.alternative=$3" \
    >"$work/$1-$2-$3.log" 2>&1 </dev/null
}

need qemu-system-x86 busybox-static cpio xz-utils
table='' passed=0 failed=0
for kernel in "${kernels[@]}"; do
  fetch "$kernel"
  make_initramfs "$root" "$work/$kernel" "$work/$kernel.initramfs"
  for run in "v2 fexit" "hybrid raw"; do
    read -r cgroups way <<<"$run"
    log=$work/$kernel-$cgroups-$way.log start=$SECONDS code=
    echo "== $kernel, cgroup $cgroups, system calls by $way  ($log)"
    boot "$kernel" "$cgroups" "$way" || true
    code=$(sed -n 's/^tests ended: \([0-9]*\).*/\1/p' "$log")
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
