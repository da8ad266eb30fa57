#!/bin/sh
# rm of GNU coreutils 9.1 with --one-file-system passes over a mount of another file system and ends with 1, and empties
# a bind mount of the same one: it goes by device numbers, which a bind mount has in common with what is around it.
# It takes Debian, for the libraries of its rm, and unshare.
# Output: exit 1; other: kept; same: gone
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
package=coreutils_9.1-1_amd64.deb
curl -fsSO "http://deb.debian.org/debian/pool/main/c/coreutils/$package"
dpkg-deb -x "$package" coreutils
mkdir -p home/other home/same elsewhere
echo precious > elsewhere/file

cat > mounts.sh <<'END'
mount -t tmpfs tmpfs home/other
mount --bind elsewhere home/same
echo precious > home/other/file
coreutils/bin/rm -rf --one-file-system home 2> said && code=0 || code=$?
left() { if [ -e "$1" ]; then echo kept; else echo gone; fi; }
echo "exit $code; other: $(left home/other/file); same: $(left elsewhere/file)"
END

seen=$(unshare --map-root-user --mount sh mounts.sh)
echo "$seen"
[ "$seen" = 'exit 1; other: kept; same: gone' ]
