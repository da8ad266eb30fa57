# newest DEED TURNS UIDS: does the deed, a command, with the pid and the name of each process that runs as one of these
# and is one of the three newest, so many times over. It is this shell alone that looks: what forks all the time is gone
# before a list of processes has been read, or another program was started.
newest() {
  deed=$1 turns=$2 of=$3
  while [ "$turns" -gt 0 ]; do
    turns=$((turns - 1))
    read -r _ _ _ _ last </proc/loadavg
    for pid in "$last" $((last - 1)) $((last - 2)); do
      while read -r key value _; do
        case $key in
        Name:) name=$value ;;
        State:) case $value in [ZX]) break ;; esac ;;
        Uid:)
          case " $of " in *" $value "*) "$deed" "$pid" "$name" ;; esac
          break
          ;;
        esac
      done <"/proc/$pid/status"
    done
  done 2>/dev/null
}
