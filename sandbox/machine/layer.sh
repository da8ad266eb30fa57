#!/bin/sh
# layer.sh HOME OUT PACKAGE...
# Installs Debian packages in a machine that lives in memory and saves what that changed as the tar archive OUT.
set -eu
here=$(dirname "$0")
home=$1 out=$2
shift 2
mkdir "$home/memory"
mount -t tmpfs -o mode=700 tmpfs "$home/memory"
cp -a "$home/seed" "$home/memory/"

# No service starts inside: policy-rc.d says so to every package, and leaves with the package lists.
unshare --mount --pid --uts --ipc --fork --kill-child -- sh "$here/machine.sh" "$home/memory" layer '' -- sh -ec '
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C
  printf "#!/bin/sh\nexit 101\n" > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  apt-get -q -o Acquire::Retries=2 -o Acquire::http::Timeout=20 update
  apt-get -qy --no-install-recommends install "$@"
  apt-get clean
  rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d /etc/ssh/ssh_host_* /etc/hosts /etc/resolv.conf
' layer "$@"

tar -cf "$out" --xattrs --xattrs-include=trusted.overlay.opaque -C "$home/memory/upper" .
