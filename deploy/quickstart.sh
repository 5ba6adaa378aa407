#!/bin/bash
# From a fresh Debian 12 to a working Plimsoll: installs what the build needs, builds, and runs the demo on a real
# container. Safe to run again. Usage: sudo deploy/quickstart.sh [--no-demo]
set -euo pipefail

demo=yes
for argument in "$@"; do
  case $argument in
    --no-demo) demo=no ;;
    *)
      sed -n '2,3s/^# //p' "$0" >&2
      exit 2
      ;;
  esac
done
if [ "$(id -u)" != 0 ]; then
  echo "quickstart: needs root, to install packages and to load BPF programs: sudo $0" >&2
  exit 1
fi
cd "$(dirname "$(readlink -f "$0")")/.."

step() { printf '\n== %s\n' "$*"; }

mapfile -t packages < <(grep -v '^#' deploy/packages.txt | tr -s ' ' '\n' | grep .)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  step "Installing ${missing[*]}"
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
fi

step "Building build/release/plimsoll"
cmake --preset release
cmake --build --preset release --target plimsoll

if [ "$demo" = yes ]; then
  step "Running the demo on a real container"
  build/release/plimsoll demo
fi

cat <<EOF

Next:
  sudo build/release/plimsoll doctor          what it can see on this host
  sudo build/release/plimsoll run             monitor this host's containers
  sudo cmake --install build/release          install it in /usr/local/bin
  README.md                                   how to run it on Kubernetes and ECS, and how to handle a false alert
EOF
