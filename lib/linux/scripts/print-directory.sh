# users NAME...: prints what NSS has of accounts; groups NAME...: of groups. Without a password hash, and without an
# account that the machine's own files have.
accounts() {
  awk -F: -v OFS=: 'FILENAME == "/etc/passwd" { own[$1]; next }
NF >= 7 && !($1 in own) {
  print "account", $1, $2 == "" ? "empty" : $2 ~ /^[!*x]+$/ ? "hidden" : "set", $3, $4, $5, $6, $7
}
' /etc/passwd -
}
groups() {
  [ $# = 0 ] || getent group -- "$@" | awk -F: -v OFS=: 'NF >= 3 { print "group", $1, $3, $4 }'
}
users() {
  [ $# != 0 ] || return 0
  found=$(getent passwd -- "$@")
  printf '%s\n' "$found" | accounts
  # A directory may spell a name otherwise: then it must be asked for each to see which answer belongs to which.
  {
    printf '%s\n' "$found" | cut -d : -f 1
    echo
    printf '%s\n' "$@"
  } | awk '!rest { if ($0 == "") rest = 1; else known[$0]; next } $0 != "" && !($0 in known)' |
  while IFS= read -r name; do
    answer=$(getent passwd -- "$name" | head -n 1 | cut -d : -f 1)
    [ -z "$answer" ] || printf 'spelled:%s:%s\n' "$name" "$answer"
  done
  printf '%s\n' "$found" | cut -d : -f 7 | sort -u | while IFS= read -r shell; do
    [ ! -f "$shell" ] || [ ! -x "$shell" ] || printf 'program:%s\n' "$shell"
  done
  in=$(getent initgroups -- "$@")
  printf '%s\n' "$in" | awk '{ line = "in:" $1 ":"; for (at = 2; at <= NF; at++) line = line " " $at; print line }'
  # shellcheck disable=SC2046 # gids
  set -- $({
    printf '%s\n' "$found" | cut -d : -f 4
    printf '%s\n' "$in" | awk '{ for (at = 2; at <= NF; at++) print $at }'
  } | sort -u)
  groups "$@"
}
