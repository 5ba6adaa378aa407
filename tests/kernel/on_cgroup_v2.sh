#!/usr/bin/env bash
# Runs a command in a mount namespace of its own, in which /sys/fs/cgroup is pure cgroup v2.
set -euo pipefail
# shellcheck disable=SC2016 # the inner shell expands "$@"
exec unshare -m --propagation private bash -c '
  set -e
  umount -R /sys/fs/cgroup
  mount -t cgroup2 none /sys/fs/cgroup
  exec "$@"' on-cgroup-v2 "$@"
