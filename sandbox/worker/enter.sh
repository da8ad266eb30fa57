#!/bin/sh
# enter.sh NAME COMMAND...
# Becomes COMMAND in a control group NAME of its own in every hierarchy, which is what it will see as the root.
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
exec "$@"
