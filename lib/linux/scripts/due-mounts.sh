# Prints what is to be mounted, the file that says so before the place: of fstab, of systemd's units that an
# administrator wrote, and of the automounter's maps.
set --
for file in /etc/fstab /etc/systemd/system/*.mount /etc/auto.master /etc/auto.master.d/*.autofs; do
  [ ! -f "$file" ] || set -- "$@" "$file"
done
[ $# = 0 ] || awk -v OFS='\t' '
FILENAME ~ /[.]mount$/ { if (sub(/^Where=/, "")) print FILENAME, $0; next }
{ point = FILENAME == "/etc/fstab" ? $2 : $1 }
$1 !~ /^#/ && point ~ /^\// && point != "/-" { print FILENAME, point }' "$@"
