# For `sh -c`, after mount-here.sh: prints those of the paths $1… that are on the mount `mount`.
: "${mount?}"
for path; do
  directory=$path
  [ -d "$path" ] && [ ! -L "$path" ] || directory=${path%/*}
  # shellcheck disable=SC2154 # mount_here sets value
  cd -P "$directory" 2>/dev/null && mount_here && [ "$value" != "$mount" ] || printf '%s\n' "$path"
done
