# Makes many homes in a few processes, as one is made: each where nobody but root can reach it, handed over as a whole.
# Prints the names of those whose home is theirs alone then. homes: `name:uid:home` of accounts without one.
: "${homes?}"
work=$(mktemp -d /tmp/arena-homes.XXXXXX) || exit
made=
trap 'rm -rf "$work"; [ -z "$made" ] || rm -rf -- "$made"' EXIT
trap 'exit 1' HUP INT PIPE TERM
# Of those that have an account and no home.
printf '%s\n' "$homes" |
  awk -F: 'NR == FNR { uid[$1] = $3; next } $1 in uid && uid[$1] == $2' /etc/passwd - > "$work/all"
while IFS=: read -r name uid home; do
  [ -e "$home" ] || [ -L "$home" ] || printf '%s:%s:%s\n' "$name" "$uid" "$home"
done < "$work/all" > "$work/missing"
skel=$(useradd -D | sed -n 's/^SKEL=//p')
[ -d "$skel" ] && [ -n "$(ls -A "$skel")" ] || skel=
each() { tr '\n' '\0' | xargs -0 -r "$@"; }
sed 's/^[^:]*:[^:]*://; s,/[^/]*$,,' "$work/missing" | sort -u > "$work/parents"
while IFS= read -r parent; do
  [ -d "$parent/" ] || (umask 022 && mkdir -p "$parent") || continue
  made=$(mktemp -d "$parent/.arena-XXXXXX") || continue
  awk -F: -v parent="$parent" '{ base = $3; sub(/.*\//, "", base); if ($3 == parent "/" base) print $2 ":" base }' \
    "$work/missing" > "$work/here"
  cut -d : -f 2- "$work/here" > "$work/bases"
  (cd "$made" && each mkdir < "$work/bases") || exit
  count=0
  while IFS=: read -r uid base; do
    [ -z "$skel" ] || cp -a "$skel/." "$made/$base" || rm -rf -- "${made:?}/$base"
    # A run that hears nothing for long takes the machine for lost.
    count=$((count + 1))
    [ $((count % 50)) != 0 ] || echo >&2
  done < "$work/here"
  while IFS=: read -r uid base; do
    [ ! -d "$made/$base" ] || chown -hR "$uid:$uid" "$made/$base" || rm -rf -- "${made:?}/$base"
    count=$((count + 1))
    [ $((count % 50)) != 0 ] || echo >&2
  done < "$work/here"
  (cd "$made" && each chmod 00700 < "$work/bases")
  # What somebody put there meanwhile stays: moving that one fails, and the others go on.
  (cd "$made" && each sh -c 'mv -- "$@" "$0"' "$parent/" < "$work/bases")
  rm -rf -- "$made"
  made=
done < "$work/parents"
cut -d : -f 3- "$work/missing" > "$work/paths"
! command -v restorecon >/dev/null || each restorecon -RF < "$work/paths"
each stat -c '%f:%u:%g:%n' < "$work/paths" | awk -F: '
NR == FNR { if ($1 == "41c0" && $2 == $3) theirs[$2 ":" $4]; next }
$2 ":" $3 in theirs { print $1 }' - "$work/missing"
