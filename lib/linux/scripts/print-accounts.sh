# Prints the files of accounts in one go; fails, and so tells nothing, where shadow may not be read. NSS, and PAM by
# it, reads over blanks before a line and before a member, which the tools that change these files do not: such a line
# counts, and is told.
hidden=
for path in /etc/shadow /etc/gshadow; do [ ! -e "$path" ] || hidden="$hidden $path"; done
# shellcheck disable=SC2086 # no argument where there is neither, as after pwunconv
awk -F: -v OFS=: '
function state(hash) {
  return hash == "" ? "empty" : hash ~ /^[!*]+$/ ? "never set" : hash ~ /^[!*]/ ? "locked" : "set"
}
{ blank = sub(/^[ \t\v\f\r]+/, "") }
/^[-+#]/ || NF < 3 { next }
{
  file = FILENAME; sub(/^\/etc\//, "", file)
  if (blank) print "blank", file, $1, FNR
  if ((file, $1) in line) print "again", file, $1, line[file, $1], FNR; else line[file, $1] = FNR
}
file == "passwd" { print file, $1, $2 == "x" ? "x" : state($2), $3, $4, $5, $6, $7 }
file == "group" {
  count = split($4, names, ",")
  members = ""
  for (at = 1; at <= count; at++) {
    if (sub(/^[ \t\v\f\r]+/, "", names[at])) print "blank", file, names[at], FNR
    members = members (at > 1 ? "," : "") names[at]
  }
  print file, $1, $3, members, $2 == "x" ? "x" : state($2)
}
file == "shadow" { print file, $1, state($2), $8, $3, $5, $7 }
file == "gshadow" { print file, $1, state($2), $3, $4 }
' /etc/passwd /etc/group $hidden && date +today:%s || exit
# Members of groups that the files do not have: whom a directory knows of them.
members=$(awk -F: '
FILENAME == "/etc/passwd" { known[$1]; next }
{ for (at = split($4, names, ","); at > 0; at--) if (names[at] != "" && !(names[at] in known)) print names[at] }
' /etc/passwd /etc/group | sort -u)
if [ -n "$members" ] && command -v getent >/dev/null; then
  printf '%s\n' "$members" | tr '\n' '\0' | xargs -0 getent passwd -- |
  awk -F: -v OFS=: 'NF >= 7 {
    print "directory", $1, $2 == "" ? "empty" : $2 ~ /^[!*x]+$/ ? "hidden" : "set", $3, $4, $5, $6, $7
  }'
fi
for path in /etc /etc/passwd /etc/group $hidden; do [ -w "$path" ] || echo "read-only:$path"; done
