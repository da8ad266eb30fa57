# Prints the files of accounts in one go; fails, and so tells nothing, where shadow may not be read.
hidden=
for path in /etc/shadow /etc/gshadow; do [ ! -e "$path" ] || hidden="$hidden $path"; done
# shellcheck disable=SC2086 # no argument where there is neither, as after pwunconv
awk -F: -v OFS=: '
function state(hash) {
  return hash == "" ? "empty" : hash ~ /^[!*]+$/ ? "never set" : hash ~ /^[!*]/ ? "locked" : "set"
}
/^[-+#]/ || NF < 3 { next }
{
  file = FILENAME; sub(/^\/etc\//, "", file)
  if ((file, $1) in line) print "again", file, $1, line[file, $1], FNR; else line[file, $1] = FNR
}
file == "passwd" { print file, $1, $2 == "x" ? "x" : state($2), $3, $4, $5, $6, $7 }
file == "group" { print file, $1, $3, $4, $2 == "x" ? "x" : state($2) }
file == "shadow" { print file, $1, state($2), $8, $3, $5, $7 }
file == "gshadow" { print file, $1, state($2), $3, $4 }
' /etc/passwd /etc/group $hidden && date +today:%s &&
for path in /etc /etc/passwd /etc/group $hidden; do [ -w "$path" ] || echo "read-only:$path"; done
