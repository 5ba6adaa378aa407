#!/bin/bash
# Test machines: Debian's cloud kernels, booted by emulation into busybox and a few programs of ours.
# shellcheck disable=SC2034 # those who source this read `kernels`

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
machines=$top/build/vm
declare -A kernel_package=([6.1]=linux-image-cloud-amd64 [6.12]=linux-image-6.12-cloud-amd64)

# choose_kernels KERNEL...: sets `kernels` to these, or to all; installs what a machine needs.
choose_kernels() {
  local kernel package
  local -a missing=()
  [ "$(uname -m)" = x86_64 ] || { echo "the kernels are x86-64's, and this is $(uname -m)" >&2; return 1; }
  kernels=("$@")
  [ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12)
  for kernel in "${kernels[@]}"; do
    [ -n "${kernel_package[$kernel]:-}" ] || { echo "no kernel \"$kernel\"; accepted: 6.1, 6.12" >&2; return 2; }
  done
  for package in qemu-system-x86 busybox-static cpio xz-utils; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
}

# newest_package META: the kernel package that this one stands for.
newest_package() { apt-cache depends "$1" | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | head -1; }

# fetch_kernel KERNEL: unpacks its newest package into build/vm/KERNEL, once.
fetch_kernel() {
  local into=$machines/$1 package
  compgen -G "$into/boot/vmlinuz-*" >/dev/null && return
  package=$(newest_package "${kernel_package[$1]}") || package=
  [ -n "$package" ] || { apt-get update -q && package=$(newest_package "${kernel_package[$1]}"); }
  mkdir -p "$into/package"
  (cd "$into/package" && apt-get -q -o APT::Sandbox::User=root download "$package") || return
  dpkg -x "$into"/package/*.deb "$into"
  rm -r "$into/package"
}

# make_machine KERNEL NAME COMMAND PROGRAM...: an initramfs that runs COMMAND (PROGRAMs lie where they lie here).
make_machine() {
  local kernel=$1 name=$2 command=$3 staging module found
  shift 3
  staging=$(mktemp -d)
  mkdir -p "$staging"/{bin,proc,sys,dev,tmp,run,modules,programs}
  cp /bin/busybox "$staging/bin/"
  cp --parents -t "$staging/programs" "$@"
  { ldd "$@" 2>/dev/null || true; } | grep -o '/[^ ]*\.so[^ ]*' | sort -u | xargs -r cp --parents -L -t "$staging"
  for module in overlay vsock; do
    found=$(find "$machines/$kernel/lib/modules" -name "$module.ko" -o -name "$module.ko.xz" | head -1)
    case $found in
      *.xz) xz -dc "$found" >"$staging/modules/$module.ko" ;;
      ?*) cp "$found" "$staging/modules/" ;;
    esac
  done
  sed "s|@COMMAND@|$command|" "$top/tests/vm/init.sh" >"$staging/init"
  chmod 755 "$staging/init"
  (cd "$staging" && find . | cpio -o -H newc --quiet | gzip -1) >"$machines/$kernel-$name.initramfs"
  rm -r "$staging"
}

# boot KERNEL NAME LOG KERNEL_ARGUMENTS [QEMU_OPTION...]: until the machine powers off. Prints COMMAND's exit code.
boot() {
  local kernel=$1 name=$2 log=$3 arguments=$4
  shift 4
  timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 2048 -nographic -no-reboot -nic none "$@" \
    -kernel "$machines/$kernel"/boot/vmlinuz-* -initrd "$machines/$kernel-$name.initramfs" \
    -append "console=ttyS0 rdinit=/init panic=-1 quiet random.trust_cpu=on mitigations=off $arguments" \
    >"$log" 2>&1 </dev/null || true
  sed -i 's/\r$//' "$log"
  sed -n 's/^command ended: \([0-9]*\)$/\1/p' "$log"
}
