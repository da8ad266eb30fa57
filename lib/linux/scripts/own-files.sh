# Defines what lists files that users have in directories of their homes; about: which files, `DIRECTORY NAME MOST` on a
# line, and in which homes, each a path or `:GROUP` for those of all its members.
: "${about?}"
# own_paths: prints these homes and others, which are read from standard input, the directories and the files. Whoever
# is in no file of accounts, NSS knows.
own_paths() {
  listed=$({ printf '%s\n' "$about" && cat; } | paths_in /etc/group /etc/passwd)
  case $listed in
  :*)
    printf '%s\n' "$listed" | sed '/^:/d'
    ! command -v getent >/dev/null || {
      printf '%s\n' "$about" | sed '/^[/:]/d'
      printf '%s\n' "$listed" | sed -n 's/^://p' | tr '\n' '\0' | xargs -0 getent passwd -- | cut -d : -f 6
    } | paths_in
    ;;
  *) printf '%s\n' "$listed" ;;
  esac
}
# paths_in FILE…: the paths, after a line `:NAME` for each member whom no file has.
paths_in() {
  awk -F: '
function show(path) { if (!known[path]++) shown[++last] = path }
function look(home,  at) {
  if (home !~ /^\// || home ~ /\\|\/\.\.?(\/|$)/) return
  show(home)
  for (at = 1; at <= files; at++) { show(home "/" directory[at]); show(home "/" directory[at] "/" name[at]) }
}
FILENAME == "/etc/group" {
  if ($1 in asked) for (at = split($4, names, ","); at > 0; at--) if (names[at] != "") member[names[at]]
  next
}
FILENAME == "/etc/passwd" { if ($1 in member) { look($6); delete member[$1] } next }
/^:/ { asked[$2]; next }
/^\// { homes[++count] = $0; next }
NF { split($0, part, " "); directory[++files] = part[1]; name[files] = part[2] }
END {
  for (at = 1; at <= count; at++) look(homes[at])
  for (one in member) print ":" one
  for (at = 1; at <= last; at++) print shown[at]
}' - "$@"
}
# own_files: of what stat-paths.sh prints of such paths, prints the size and the path of each plain file in a plain
# directory, of at most as many bytes as may be.
own_files() {
  { printf '%s\n\n' "$about" && cat; } | awk '
!listed {
  if (/^$/) listed = 1
  else if (!/^[\/:]/) { inner["/" $1]; most["/" $1 "/" $2] = $3 }
  next
}
{ path = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", path); above = path; sub(/\/[^\/]*$/, "", above) }
$1 ~ /^4...$/ && (!(substr(path, length(above) + 1) in inner) || above in directories) { directories[path] }
$1 ~ /^8...$/ && $4 == 1 && above in directories {
  top = above
  sub(/\/[^\/]*$/, "", top)
  file = substr(path, length(top) + 1)
  if (file in most && $5 <= most[file] + 0) print $5, "." path
}'
}
