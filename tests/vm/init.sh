#!/bin/busybox sh
# The first process of a test machine: mounts, runs a command, says how it ended, and powers off.
# shellcheck shell=dash
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t securityfs security /sys/kernel/security
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /dev/shm && mount -t tmpfs shm /dev/shm
cp -a /programs/. / # to where they lie on the host, which may be below /tmp
for module in /modules/*.ko; do insmod "$module"; done
ip link set lo up

if grep -q plimsoll.cgroups=hybrid /proc/cmdline; then
  mount -t tmpfs cgroup /sys/fs/cgroup
  for controller in memory pids cpu devices freezer; do
    mkdir "/sys/fs/cgroup/$controller" && mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
  done
  mkdir /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
else
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi

uname -r
# argument NAME: its value on the kernel's command line.
argument() { sed -n "s/.*plimsoll.$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline; }
alternative=$(argument alternative) way=$(argument way) filter=$(argument filter)
[ -z "$alternative" ] || export PLIMSOLL_ALTERNATIVE="$alternative"
[ -z "$way" ] || export PLIMSOLL_EXPECTED_WAY="$way"
[ -z "$filter" ] || export GTEST_FILTER="$filter"
@COMMAND@
echo "command ended: $?"
poweroff -f
