# Makes many accounts in one pass, as useradd makes them: the first is made by useradd, and the lines that it got are
# the pattern for all others. They are written through vipw and vigr, which hold the locks that useradd, passwd and PAM
# take; the line of passwd comes last, with subordinate ids, so that no account is there before the rest of it. Prints
# the names of those that are made; whatever stands in the way leaves the others to useradd.
# accounts: `name:uid:gecos:home:shell:groups` of each, with groups separated by commas; edit, subordinate: the texts of
# edit-accounts.sh and subordinate-ids.sh.
: "${accounts?}" "${edit?}" "${subordinate?}"
# util-linux has a vipw, too, which takes no --shadow and no arguments for its editor.
command -v vigr >/dev/null && vipw --help 2>&1 | grep -q -e --shadow || exit 0
for hook in /etc/shadow-maint/useradd-pre.d/* /etc/shadow-maint/useradd-post.d/* /sbin/pam_tally2; do
  [ ! -e "$hook" ] || exit 0
done
for file in passwd shadow group; do [ -f "/etc/$file" ] && [ ! -L "/etc/$file" ] || exit 0; done
work=$(mktemp -d /tmp/arena-accounts.XXXXXX) || exit
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT PIPE TERM
printf '%s\n' "$accounts" > "$work/wanted"

# useradd empties the records of last logins that somebody with the same uid left; the bytes of one are never fewer.
records() { [ ! -e "/var/log/$1" ] || stat -c %s "/var/log/$1" | awk -v each="$2" '{ printf "%d", $1 / each }'; }
lastlog=$(records lastlog 256) && faillog=$(records faillog 16) || exit

set -- /etc/login.defs /etc/passwd /etc/shadow /etc/group
[ ! -f /etc/gshadow ] || set -- "$@" /etc/gshadow
# Those of the wanted that useradd would make with nothing special about them.
awk -F: -v lastlog="${lastlog:-0}" -v faillog="${faillog:-0}" -v wanted="$work/wanted" '
FILENAME == "/etc/login.defs" {
  split($0, word, /[ \t]+/)
  if (word[1] == "UID_MIN" || word[1] == "UID_MAX") limit[word[1]] = word[2]
  if (word[1] == "SUB_UID_DETERMINISTIC" && tolower(word[2]) == "yes") exit
  # useradd then begins another line of a group that is full.
  if (word[1] == "MAX_MEMBERS_PER_GROUP" && word[2] > 0) exit
  next
}
FILENAME != wanted {
  if ($0 ~ /^[-+]/) exit
  taken[$1]
  if (FILENAME == "/etc/passwd") taken[$3]
  if (FILENAME == "/etc/group") { taken[$3]; group[$1] }
  next
}
{
  least = limit["UID_MIN"] ? limit["UID_MIN"] : 1000
  most = limit["UID_MAX"] ? limit["UID_MAX"] : 60000
  if ($1 in taken || $2 in taken || $2 < least || $2 > most || $2 < lastlog || $2 < faillog) next
  taken[$1]; taken[$2]
  count = split($6, names, ",")
  for (at = 1; at <= count; at++) if (!(names[at] in group)) next
  print
}' "$@" "$work/wanted" > "$work/all" || exit
[ -s "$work/all" ] || exit 0

IFS=: read -r name uid gecos home shell groups < "$work/all"
useradd -u "$uid" -U -K "GID_MIN=$uid" -K "GID_MAX=$uid" -d "$home" -M -G "$groups" -s "$shell" \
  ${gecos:+-c "$gecos"} "$name" || exit
printf '%s\n' "$name"
sed 1d "$work/all" > "$work/rest"
line() { awk -F: -v name="$name" '$1 == name { print; exit }' "/etc/$1"; }
[ "$(line passwd)" = "$name:x:$uid:$uid:$gecos:$home:$shell" ] || exit
shadow=$(line shadow) group=$(line group) hidden=
case $shadow in "$name:!:"*) shadow=${shadow#"$name"} ;; *) exit ;; esac
[ "${group%":$uid:"}" != "$group" ] || exit
group=${group#"$name"} group=${group%":$uid:"}
if [ -f /etc/gshadow ]; then hidden=$(line gshadow) && hidden=${hidden#"$name"} || exit; fi

# Whose name or number a range of subordinate ids bears, and how many it has.
ranges() {
  [ -f "/etc/$1" ] || return 0
  awk -F: -v name="$name" -v uid="$uid" '
$1 == name { print "name", $3 }
$1 == uid { print "uid", $3 }' "/etc/$1"
}
subuid=$(ranges subuid) subgid=$(ranges subgid)
case "$subuid$subgid" in *'
'*) exit ;; esac
printf '%s\n' "$subordinate" > "$work/subordinate"
printf '%s\n' "$edit" > "$work/edit"
sh "$work/subordinate" subuid "$subuid" >/dev/null && sh "$work/subordinate" subgid "$subgid" >/dev/null || exit

export shadow group hidden subuid subgid
unset VISUAL
edited() {
  program=$1 kind=$2 flag=$3
  # Each waits for its lock, and says so to whoever listens.
  for _ in 1 2 3; do
    echo >&2
    EDITOR="sh $work/edit $kind" "$program" -q $flag </dev/null >/dev/null && touch "/etc/$kind" && return
  done
  return 1
}
[ -s "$work/rest" ] || exit 0
[ ! -f /etc/gshadow ] || edited vigr gshadow -s || exit
edited vigr group '' && edited vipw shadow -s && edited vipw passwd '' || exit
awk -F: '
FILENAME ~ /rest$/ { if (passwd[$1] == $2 && $1 in shadow) print $1; next }
FILENAME == "/etc/passwd" { passwd[$1] = $3; next }
{ shadow[$1] }' /etc/passwd /etc/shadow "$work/rest"
