# lively UID…: prints processes that act as one of these; starters NAME…: files that would start something as one of
# them, by name, and all that are owned. After print-status.sh; acts: acts-as.awk; named, owned: directories.
: "${acts?}" "${named?}" "${owned?}"
lively() {
  print_status | awk -v uids=" $* " "$acts"'
/^Name:/ { name = $2 }
/^State:/ { ended = $2 ~ /[ZX]/ }
/^Pid:/ { pid = $2 }
/^Uid:/ && !ended && acts(uids) { print "process", acts(uids), pid, name }'
}
starters() {
  for name; do
    for directory in $named; do [ ! -f "$directory/$name" ] || echo "starter $name $directory/$name"; done
  done
  for directory in $owned; do
    [ ! -d "$directory" ] || find "$directory" -type f -exec stat -c 'owned %u %n' {} +
  done
}
