#!/bin/sh
# enter.sh NAME COMMAND...
# Becomes COMMAND in a control group NAME of its own in every hierarchy, which is what it sees as the root.
set -eu
name=$1
shift
at=/sys/fs/cgroup
[ -e "$at/cgroup.controllers" ] || at="$at/*"
for hierarchy in $at; do
  [ -e "$hierarchy/cgroup.procs" ] && [ ! -L "$hierarchy" ] || continue
  mkdir -p "$hierarchy/$name"
  # A new cpuset is empty, and takes no process.
  for file in cpuset.cpus cpuset.mems; do
    if [ -e "$hierarchy/$name/$file" ] && [ -z "$(cat "$hierarchy/$name/$file")" ]; then
      cat "$hierarchy/$file" > "$hierarchy/$name/$file" 2>/dev/null || true
    fi
  done
  echo $$ > "$hierarchy/$name/cgroup.procs"
done
# In cgroup v2 a group that gives controllers to others may hold no process, so the command is in one below.
inner=
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  inner=/sys/fs/cgroup/$name/init
  mkdir -p "$inner"
fi
# shellcheck disable=SC2016
exec unshare --cgroup sh -ec '[ -z "$0" ] || echo $$ > "$0/cgroup.procs"; exec "$@"' "$inner" "$@"
