#!/bin/bash
# What a test machine boots into: busybox, the kernel tests with their libraries, and the modules they need.

# make_initramfs TOP KERNEL_TREE OUT: TOP is the checkout, KERNEL_TREE an unpacked kernel package.
make_initramfs() {
  local top=$1 tree=$2 out=$3 staging module found
  local tests=$top/build/release/tests/kernel
  staging=$(mktemp -d)
  mkdir -p "$staging"/{bin,proc,sys,dev,tmp,run,modules}
  cp /bin/busybox "$staging/bin/"
  ldd "$tests/kernel_test" | grep -o '/[^ ]*' | sort -u | xargs cp --parents -L -t "$staging"
  cp --parents -t "$staging" "$tests/kernel_test" "$tests/trigger"
  for module in overlay vsock; do
    found=$(find "$tree/lib/modules" -name "$module.ko" -o -name "$module.ko.xz" | head -1)
    case $found in
      *.xz) xz -dc "$found" >"$staging/modules/$module.ko" ;;
      ?*) cp "$found" "$staging/modules/" ;;
    esac
  done
  sed "s|@KERNEL_TEST@|$tests/kernel_test|" "$top/tests/vm/init.sh" >"$staging/init"
  chmod 755 "$staging/init"
  (cd "$staging" && find . | cpio -o -H newc --quiet | gzip -1) >"$out"
  rm -r "$staging"
}
