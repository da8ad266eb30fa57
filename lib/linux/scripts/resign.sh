# Defines resign NAME GROUP…, by which an account administers none of these groups any more; whoever else does, as
# /etc/gshadow says then, goes on.
resign() {
  name=$1
  shift
  for group; do
    others=$(awk -F: -v group="$group" -v name="$name" '
$1 == group {
  count = split($3, all, ",")
  for (at = 1; at <= count; at++) if (all[at] != name) { printf "%s%s", comma, all[at]; comma = "," }
}' /etc/gshadow) && gpasswd -A "$others" "$group" || exit
  done
}
