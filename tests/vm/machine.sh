#!/bin/bash
# Test machines: Debian's cloud kernels, booted by emulation into busybox and a few programs of ours.
# shellcheck disable=SC2034 # those who source this read `kernels` and `skips`

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
machines=$top/build/vm
declare -A kernel_package=([6.1]=linux-image-cloud-amd64 [6.12]=linux-image-6.12-cloud-amd64
  [6.1-arm64]=linux-image-cloud-arm64 [6.12-arm64]=linux-image-6.12-cloud-arm64)
# What programs for the arm64 machine are linked with (tests/vm/arm64.cmake), and its shell.
arm64_packages=(libbpf-dev libelf-dev zlib1g-dev libgtest-dev libgmock-dev busybox-static)

architecture_of() { case $1 in *-arm64) echo arm64 ;; *) echo amd64 ;; esac; }

# install_missing PACKAGE...: on the host.
install_missing() {
  local package
  local -a missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
}

# choose_kernels KERNEL...: sets `kernels` to those of them that can run here, and `skips` to a line for each other one;
# installs what their machines need.
choose_kernels() {
  local kernel
  kernels=() skips=''
  for kernel in "$@"; do
    [ -n "${kernel_package[$kernel]:-}" ] || { echo "no kernel \"$kernel\"; accepted: 6.1, 6.12, 6.1-arm64, 6.12-arm64" >&2; return 2; }
    if [ "$(architecture_of "$kernel")" = amd64 ]; then
      if [ "$(uname -m)" != x86_64 ]; then
        skips+="SKIP $kernel: its programs are x86-64's, and those built here are $(uname -m)'s"$'\n'
        continue
      fi
      install_missing qemu-system-x86 busybox-static cpio xz-utils || return
    elif ! install_missing qemu-system-arm g++-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-armhf-cross cpio xz-utils; then
      skips+="SKIP $kernel: qemu-system-arm and compilers for it cannot be installed here"$'\n'
      continue
    fi
    kernels+=("$kernel")
  done
}

# set_apt ARCHITECTURE: sets `apt` to how apt is asked about its packages; the host's own lists stay as they are.
set_apt() {
  local lists=$machines/apt-$1
  apt=(-q -o APT::Sandbox::User=root)
  [ "$1" = "$(dpkg --print-architecture)" ] && return
  mkdir -p "$lists/lists/partial" "$lists/archives/partial"
  apt+=(-o "APT::Architecture=$1" -o "APT::Architectures=$1" -o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists"
    -o Dir::State::status=/dev/null)
}

# newest_package META: the kernel package that this one stands for.
newest_package() { apt-cache "${apt[@]}" depends "$1" | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | head -1; }

# unpack DIRECTORY PACKAGE...: into build/vm/DIRECTORY.
unpack() {
  local into=$machines/$1 package
  shift
  rm -rf "$into.new"
  mkdir -p "$into.new/packages"
  (cd "$into.new/packages" && apt-get "${apt[@]}" download "$@") || return
  for package in "$into.new"/packages/*.deb; do dpkg -x "$package" "$into.new" || return; done
  rm -rf "$into" "$into.new/packages"
  mv "$into.new" "$into"
}

# unpack_machine KERNEL: its newest package, and what programs for its machine need; each once.
unpack_machine() {
  local package
  if ! compgen -G "$machines/$1/boot/vmlinuz-*" >/dev/null; then
    package=$(newest_package "${kernel_package[$1]}") && [ -n "$package" ] && unpack "$1" "$package" || return
  fi
  [ "$(architecture_of "$1")" = amd64 ] || [ -d "$machines/arm64" ] || unpack arm64 "${arm64_packages[@]}"
}

# fetch_kernel KERNEL: into build/vm; with apt's lists anew if those that are there do not do.
fetch_kernel() {
  local -a apt
  set_apt "$(architecture_of "$1")"
  unpack_machine "$1" 2>/dev/null || { apt-get "${apt[@]}" update && unpack_machine "$1"; }
}

# make_machine KERNEL NAME COMMAND PROGRAM...: an initramfs that runs COMMAND (PROGRAMs lie where they lie here).
make_machine() {
  local kernel=$1 name=$2 command=$3 staging module found busybox=/bin/busybox
  shift 3
  [ "$(architecture_of "$kernel")" = amd64 ] || busybox=$machines/arm64/bin/busybox
  staging=$(mktemp -d)
  mkdir -p "$staging"/{bin,proc,sys,dev,tmp,run,modules,programs}
  cp "$busybox" "$staging/bin/busybox"
  cp --parents -t "$staging/programs" "$@"
  { ldd "$@" 2>/dev/null || true; } | { grep -o '/[^ ]*\.so[^ ]*' || true; } | sort -u |
    xargs -r cp --parents -L -t "$staging"
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
  local kernel=$1 name=$2 log=$3 arguments=$4 console timer=
  local -a qemu
  shift 4
  case $(architecture_of "$kernel") in
    arm64) console=ttyAMA0 qemu=(qemu-system-aarch64 -M virt -cpu 'max,pauth-impdef=on') ;;
    # On a busy host its timer may be late for the kernel's check of it, which ends in a panic.
    *) console=ttyS0 qemu=(qemu-system-x86_64 -cpu max) timer=no_timer_check ;;
  esac
  # One thread for all processors: with a thread each, one may still run what another has just patched in the kernel's
  # text, a breakpoint that is gone, and the kernel dies of it (int3) while fentry programs come and go.
  timeout 300 "${qemu[@]}" -accel tcg,thread=single -m 2048 -nographic -no-reboot -nic none "$@" \
    -kernel "$machines/$kernel"/boot/vmlinuz-* -initrd "$machines/$kernel-$name.initramfs" \
    -append "console=$console rdinit=/init panic=-1 quiet random.trust_cpu=on mitigations=off $timer $arguments" \
    >"$log" 2>&1 </dev/null || true
  sed -i 's/\r$//' "$log"
  sed -n 's/^command ended: \([0-9]*\)$/\1/p' "$log"
}
