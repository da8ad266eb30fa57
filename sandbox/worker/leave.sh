#!/bin/sh
# leave.sh NAME
# Removes the control group NAME and all below it, once the kernel has ended what was in it.
set -eu
for tries in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for group in /sys/fs/cgroup/"$1" /sys/fs/cgroup/*/"$1"; do
    [ -d "$group" ] || continue
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || left=$group
  done
  [ -n "$left" ] || exit 0
  sleep 0.2
done
echo "$left: processes are in it still" >&2
exit 1
