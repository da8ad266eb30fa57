#!/bin/sh
# machine.sh HOME NAME LOWER LAYER [HIDE | --bind=FROM:TO]... -- COMMAND...
# Turns the mount, PID and UTS namespaces it was started in into a machine of its own, then becomes COMMAND in it.
# LOWER is what it lies on: `/` for this machine's system directories, copy-on-write, and none of its people, secrets
# or work; `empty` when LAYER holds all of it.
# HIDE is a directory that is empty there; --bind shows a file or a directory of this machine.
# HOME keeps what the machine writes. At its first start it is filled from LAYER (a tar archive, or '') and HOME/seed.
set -eu
cd "$1"
hostname "$2"
lower=$3 layer=$4
shift 4

fill() {
  rm -rf upper.new && mkdir -m 755 upper.new || return
  if [ -n "$layer" ]; then
    tar -xpf "$layer" --xattrs --xattrs-include=trusted.overlay.opaque -C upper.new || return
  fi
  [ "$lower" = / ] || { mkdir -p "$lower" && mv upper.new upper; return; }
  for top in /* /.[!.]*; do
    case ${top#/} in
      bin | boot | dev | etc | lib* | proc | run | sbin | sys | usr | var) ;;
      *) [ -e "upper.new$top" ] || [ -c "upper.new$top" ] || mknod "upper.new$top" c 0 0 || return ;;
    esac
  done
  mv upper.new upper
}

overlay() {
  [ -d upper ] || fill || return
  mkdir -p work root || return
  # Relative, because a comma or a colon in a path would end the option.
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=upper,workdir=work,index=off,metacopy=off,redirect_dir=off" root
}

# Some file systems cannot hold what an overlay writes: another overlay (a container's root), NFS.
if ! error=$(overlay 2>&1); then
  mkdir -p memory
  mount -t tmpfs -o mode=700 tmpfs memory
  cp -a seed memory/
  cd memory
  overlay || { echo "$error" >&2; exit 1; }
fi

if [ ! -e seeded ]; then
  for dir in home:755 media:755 mnt:755 opt:755 srv:755 root:700 tmp:1777; do
    [ -d "root/${dir%:*}" ] || mkdir -m "${dir#*:}" "root/${dir%:*}"
  done
  cp -a --remove-destination seed/. root/
  : > seeded
fi

cd root
while [ "$1" != -- ]; do
  case $1 in
    --bind=*)
      from=${1#--bind=} from=${from%:*} to=.${1##*:}
      if [ -d "$from" ]; then mkdir -p "$to"; else mkdir -p "${to%/*}" && : > "$to"; fi
      mount --bind "$from" "$to"
      ;;
    *) if [ -d ".$1" ]; then mount -t tmpfs -o size=4k,mode=755,ro tmpfs ".$1"; fi ;;
  esac
  shift
done
shift

mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mkdir -m 1777 run/lock
mkdir run/sshd
mount -t tmpfs -o mode=755,nosuid tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
for node in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 dev/tty c 5 0
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

pivot_root . .
umount -l .
cd /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
