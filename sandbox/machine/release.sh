# release.sh RELEASE PACKAGE...
# Makes the root of another Debian release in /release, with packages.
release=$1
shift
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt="apt-get -q -o Acquire::Retries=2 -o Acquire::http::Timeout=20"
$apt update
$apt -y --no-install-recommends install debootstrap debian-archive-keyring
debootstrap --variant=minbase "$release" /release http://deb.debian.org/debian ||
  { tail -n 5 /release/debootstrap/debootstrap.log >&2; exit 1; }
printf '#!/bin/sh\nexit 101\n' > /release/usr/sbin/policy-rc.d
chmod 755 /release/usr/sbin/policy-rc.d
# Or openssh-server would bring all of systemd.
chroot /release $apt -y --no-install-recommends install systemd-standalone-sysusers "$@"
rm -rf /release/var/cache/apt/archives /release/var/lib/apt/lists/* /release/etc/ssh/ssh_host_*
rm -f /release/usr/sbin/policy-rc.d /release/etc/hosts /release/etc/resolv.conf
