# Defines list_files, which lists every file below the working directory with mode, owner, size and when it was written;
# of a directory and a link only mode and owner mean something. files_changed LIST: says of each that is not as in the
# list, what it is now and what it was; a list of an earlier build tells no times.
list_files() {
  find . -exec stat -c '%f %u:%g %s@%Y %n' {} + | awk '/^4/ { $3 = 0 } !/^[48]/ { sub(/@-?[0-9]+/, "") } { print }'
}
files_changed() {
  list_files | awk '
{ file = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", file) }
NR == FNR { was[file] = $0; if ($3 ~ /@/) timed = 1; next }
!timed && $3 ~ /@/ { sub(/@-?[0-9]+/, "") }
{ now[file] }
!(file in was) { print "now", $0; next }
was[file] != $0 { print "now", $0; print "was", was[file] }
END { for (file in was) if (!(file in now)) print "was", was[file] }' "$1" -
}
