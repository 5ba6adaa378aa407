#!/bin/bash
# Real services under an agent: nginx, redis, postgres, a python web service and cron, learned until they are stable by
# evidence, then watched for false alerts. For root, with a release build and the packages of tests/run.sh.
# Usage: tests/soak/run.sh [HOURS] [--replicas N] [--new-behaviours N] [--capture FILE]
#   HOURS     container-hours of detection after all are stable, of all services together; default 12
#   N         containers of each service (6); new behaviours a day that are allowed (100: what learning of half an hour can show)
#   FILE      a recording of all of it, the learning included
# Prints its table last; fails when a false alert was active, when the new behaviours of a release were not reported as one alert,
# or when `profile diff` does not name them.
# Profiles and alerts are left in build/soak.
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;; esac
exec /usr/bin/python3 -u "$(dirname "${BASH_SOURCE[0]}")/soak.py" "$@"
