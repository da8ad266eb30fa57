# Defines what lists a file that users have in a directory of their homes; those are read from standard input.
# own_paths DIRECTORY NAME: prints each home, its directory and the file in it.
own_paths() {
  awk -v directory="$1" -v name="$2" '
/^\// && !/\\|\/\.\.?(\/|$)/ && !seen[$0]++ { print; print $0 "/" directory; print $0 "/" directory "/" name }'
}
# own_files DIRECTORY MOST: of what stat-paths.sh prints of such paths, prints the size and the path of each plain file
# in a plain directory, of at most so many bytes.
own_files() {
  awk -v end="/$1" -v most="$2" '
{ path = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", path); above = path; sub(/\/[^\/]*$/, "", above) }
$1 ~ /^4...$/ && (substr(path, length(path) - length(end) + 1) != end || above in directories) { directories[path] }
$1 ~ /^8...$/ && $4 == 1 && $5 <= most + 0 && above in directories { print $5, "." path }'
}
