# lively UID…: prints processes that act as one of these; starters NAME…: files that would start something as one of
# them, by name, and all that are owned. After print-status.sh and newest.sh; acts: acts-as.awk; named, owned:
# directories.
: "${acts?}" "${named?}" "${owned?}"
lively() {
  listed=$(print_status | awk -v uids=" $* " "$acts"'
/^Name:/ { name = $2 }
/^State:/ { ended = $2 ~ /[ZX]/ }
/^Pid:/ { pid = $2 }
/^Uid:/ && !ended && acts(uids) { print "process", acts(uids), pid, name }')
  printf '%s\n' "$listed"
  for uid; do
    case $listed in *"process $uid "*) ;; *) newest say_one 500 "$uid" | head -n 1 ;; esac
  done
}
say_one() { echo "process $uid $1 $2"; }
starters() {
  for name; do
    for directory in $named; do [ ! -f "$directory/$name" ] || echo "starter $name $directory/$name"; done
  done
  for directory in $owned; do
    [ ! -d "$directory" ] || find "$directory" -type f -exec stat -c 'owned %u %n' {} +
  done
}
