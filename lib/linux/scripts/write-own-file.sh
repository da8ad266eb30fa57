# For `sh -c`, as the user $1 has as home: with what must be there before and the new text on standard input. Whatever
# the user did to the path meanwhile, it cannot reach beyond the user's own rights. Where several machines have the
# home, another may have written the same; the new file comes first, as making it has a network file system look again.
# $2, $3: the directory in the home and the file in it. $4: `yes` if the directory becomes 0700. $5: how many bytes of a
# file are compared.
umask 077
directory=$2 file=$3 closes=$4 compared=$5
cd -- "$1" && {
  if [ ! -d "$directory" ]; then mkdir "$directory" || [ -d "$directory" ]
  elif [ "$closes" = yes ]; then chmod 00700 "$directory"; fi
} && cd "$directory" &&
IFS= read -r before && read -r id < /proc/sys/kernel/random/uuid || exit
new=.$file.$id
trap '[ ! -e "$new" ] || rm -f "$new"' EXIT
trap 'exit 1' HUP INT PIPE TERM
set -C
cat > "$new" || exit
digest() { head -c "$compared" | sha256sum; }
is_written() {
  if [ ! -s "$new" ]; then [ ! -e "$file" ] && [ ! -L "$file" ]
  else [ -f "$file" ] && [ "$(stat -c %u "$file")" = "$(id -u)" ] &&
    [ "$(digest < "$file")" = "$(digest < "$new")" ]; fi
}
case $before in
absent) [ ! -e "$file" ] && [ ! -L "$file" ] ;;
unseen) ;;
aside) [ ! -e "$file.root" ] && mv "$file" "$file.root" ;;
*) [ -f "$file" ] && [ "$(digest < "$file")" = "$before  -" ] ;;
esac || {
  ! is_written || exit 0
  # The words are for people.
  # shellcheck disable=SC2088
  echo "~/$directory/$file changed meanwhile, or ~/$directory/$file.root is in the way" >&2
  exit 1
}
if [ -s "$new" ]; then mv -f "$new" "$file"; else rm -f "$file"; fi
