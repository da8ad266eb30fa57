#!/bin/sh
# layer.sh HOME LOWER LAYER PART OUT SCRIPT [ARGUMENT...]
# Runs a script of shell in a machine that lives in memory, and saves what is changed below PART in it as the tar
# archive OUT. LOWER and LAYER are what the machine is made of, as in machine.sh.
set -eu
here=$(dirname "$0")
home=$1 lower=$2 layer=$3 part=$4 out=$5 script=$6
shift 6
mkdir "$home/memory"
mount -t tmpfs -o mode=700 tmpfs "$home/memory"
cp -a "$home/seed" "$home/memory/"
unshare --mount --pid --uts --ipc --fork --kill-child -- \
  sh "$here/machine.sh" "$home/memory" layer "$lower" "$layer" -- sh -ec "$(cat "$here/$script")" "$script" "$@"
tar -cf "$out" --xattrs --xattrs-include=trusted.overlay.opaque -C "$home/memory/upper/$part" .
