#!/bin/sh
# useradd of shadow 4.13 copies /etc/skel to a disk that is full, says nothing and ends with 0: the start-up files of
# the new home are there and empty, and nothing tells them from files that their user emptied. 4.20.3 does the same.
# It takes Debian, for the libraries of its useradd, and unshare.
# Output: exit 0, 0 of 10 bytes
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
package=passwd_4.13+dfsg1-1+deb12u1_amd64.deb
curl -fsSO "http://deb.debian.org/debian/pool/main/s/shadow/$package"
dpkg-deb -x "$package" shadow
mkdir -p etc/skel home
echo 'root:x:0:0::/root:/bin/sh' > etc/passwd
echo 'root:x:0:' > etc/group
touch etc/shadow etc/gshadow etc/login.defs
echo 'umask 022' > etc/skel/.profile

cat > full.sh <<'END'
mount -t tmpfs -o size=4k tmpfs home
head -c 4096 /dev/zero > home/rest
# In a namespace of ours there is one user, so the account has its uid.
shadow/usr/sbin/useradd --prefix "$PWD" -m -k "$PWD/etc/skel" -o -u 0 -g 0 -d /home/ann ann 2> said && code=0 || code=$?
grep -v 'uid 0 outside of' said || true
echo "exit $code, $(stat -c %s home/ann/.profile) of $(stat -c %s etc/skel/.profile) bytes"
END

seen=$(unshare --map-root-user --mount sh full.sh)
echo "$seen"
[ "$seen" = 'exit 0, 0 of 10 bytes' ]
