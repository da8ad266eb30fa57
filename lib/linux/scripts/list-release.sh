# Defines list_files, which lists every file below the working directory with mode, owner and size; a directory's size
# means nothing. files_changed LIST: says of each that is not as in the list, what it is now and what it was.
list_files() {
  find . -exec stat -c '%f %u:%g %s %n' {} + | awk '/^4/ { $3 = 0 } { print }'
}
files_changed() {
  list_files | awk '
{ file = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", file) }
NR == FNR { was[file] = $0; next }
{ now[file] }
!(file in was) { print "now", $0; next }
was[file] != $0 { print "now", $0; print "was", was[file] }
END { for (file in was) if (!(file in now)) print "was", was[file] }' "$1" -
}
