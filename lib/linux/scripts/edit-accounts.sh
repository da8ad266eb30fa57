# What vipw and vigr run: adds the accounts in `rest` beside this script to a file, in place, and gives it another time:
# within one second they would not see that it is not as before. $1: which file it is; $2: where it is. shadow, group,
# hidden: what stands behind the name in a line; subuid, subgid: as subordinate-ids.sh takes them.
: "${shadow?}" "${group?}" "${hidden?}" "${subuid?}" "${subgid?}"
work=${0%/*} file=$2
cp "$file" "$work/before" && awk -F: -v kind="$1" -v shadow="$shadow" -v group="$group" -v hidden="$hidden" '
BEGIN { OFS = ":" }
FILENAME ~ /rest$/ {
  rest[++all] = $0
  mine[$1]
  count = split($6, names, ",")
  for (at = 1; at <= count; at++) {
    more[names[at]] = more[names[at]] comma[names[at]] $1
    comma[names[at]] = ","
  }
  uids[$2]
  next
}
$1 in mine || (kind == "passwd" && $3 in uids) || (kind == "group" && $3 in uids) { exit failed = 1 }
(kind == "group" || kind == "gshadow") && $1 in more { $4 = $4 ($4 == "" ? "" : ",") more[$1] }
{ print }
END {
  if (failed) exit 1
  for (at = 1; at <= all; at++) {
    split(rest[at], of, ":")
    if (kind == "passwd") print of[1], "x", of[2], of[2], of[3], of[4], of[5]
    if (kind == "shadow") print of[1] shadow
    if (kind == "group") print of[1] group, of[2], ""
    if (kind == "gshadow") print of[1] hidden
  }
}' "$work/rest" "$work/before" > "$work/after" || exit
if [ "$1" = passwd ]; then
  trap 'rm -f /etc/subuid.arena /etc/subgid.arena' EXIT
  trap 'exit 1' HUP INT PIPE TERM
  for database in subuid:"$subuid" subgid:"$subgid"; do
    more=${database#*:} database=${database%%:*}
    [ -n "$more" ] || continue
    cp -a "/etc/$database" "/etc/$database.arena" &&
    sh "$work/subordinate" "$database" "$more" >> "/etc/$database.arena" &&
    mv -f "/etc/$database.arena" "/etc/$database" || exit
  done
fi
cat "$work/after" > "$file" && touch -t 200001010000 "$file"
