# killed: kills whatever runs, however fast it forks. A list of processes is old before it has been read, so that one
# which forks all the time gets away for ever; one call as the user reaches all of them at once. That call can itself be
# reached by them, so it is tried again, after they were stopped one by one, until it went through and none is left.
# What kills all of theirs again and again kills each such call before it began; this shell, which they cannot kill, is
# quick enough to meet it.
# What has ended, but was not looked at by its parent, is waited for a little: userdel takes it for something that runs.
# The call reaches what runs in user namespaces of theirs too. What came out of one bears a uid of their range in
# /etc/subuid, and is looked for: it goes unless that is an account or in the range of another.
# After print-status.sh and newest.sh; leaver, uid: who left; acts: acts-as.awk; signal_all: signal-all.sh.
: "${leaver?}" "${uid?}" "${acts?}" "${signal_all?}" "${named?}" "${owned?}"

uids=$uid ranges=
[ ! -e /etc/subuid ] || ranges=$(awk -F: -v name="$leaver" -v uid="$uid" '$1 == name || $1 == uid' /etc/subuid)
# look: adds to the uids that something of theirs runs as; once seen, one stays.
look() {
  [ -n "$ranges" ] || return 0
  for one in $(print_status | awk '/^Uid:/ { print $2; if ($2 != 0) print $3 "\n" $4 "\n" $5 }' | sort -u |
    awk -F: -v name="$leaver" -v uid="$uid" '
NR == FNR { own[NR] = $1 == name || $1 == uid; first[NR] = $2; last[NR] = $2 + $3 - 1; lines = NR; next }
{
  ours = 0
  for (line = 1; line <= lines; line++)
    if (first[line] != "" && $1 + 0 >= first[line] + 0 && $1 + 0 <= last[line]) { if (own[line]) ours++; else next }
  if (ours) print $1
}' /etc/subuid -); do
    case " $uids " in *" $one "*) continue ;; esac
    awk -F: -v id="$one" '$3 == id { found = 1 } END { exit !found }' /etc/passwd ||
    getent passwd "$one" >/dev/null 2>&1 || uids="$uids $one"
  done
}

running() {
  print_status | awk -v uids=" $uids " -v dead="$1" "$acts"'
/^State:/ { ended = $2 ~ /[ZX]/ }
/^Pid:/ { pid = $2 }
/^Uid:/ && ended == dead + 0 && acts(uids) { print pid }'
}
limit=
! command -v timeout >/dev/null || limit='timeout -s KILL 5'
# reached: each call went through; struck: one was killed, or stopped for long, which only they do.
all() {
  reached=yes struck=
  for one in $uids; do
    as "$one" "$1"
    status=$?
    [ $status -eq 0 ] || reached=
    [ $status -ne 124 ] && [ $status -lt 128 ] || struck=yes
  done
}
kill_one() { kill -KILL "$1"; }
as() {
  set -- "$1" "$signal_all" all "$1" "$2"
  id=$1
  shift
  if [ -x /usr/bin/setpriv ] && [ ! -L /usr/bin/setpriv ]; then
    $limit /usr/bin/setpriv --reuid="$id" --regid="$id" --clear-groups sh -c "$@"
  elif command -v runuser; then $limit runuser -u "$leaver" -- sh -c "$@"
  elif chroot --userspec="$id:$id" / true; then $limit chroot --userspec="$id:$id" / sh -c "$@"
  else $limit su -s /bin/sh "$leaver" -c "$@"
  fi >/dev/null 2>&1
}
killed() {
  round=0
  # A tenth of a second apart.
  while [ $round -lt 50 ]; do
    round=$((round + 1))
    look
    all KILL
    [ -z "$struck" ] || newest kill_one 2000 "$uids"
    left=$(running 0)
    if [ -n "$left" ]; then
      # shellcheck disable=SC2086 # one word for each process
      [ -n "$reached" ] || kill -STOP $left 2>/dev/null
      # shellcheck disable=SC2086
      kill -KILL $left 2>/dev/null
    elif [ -n "$reached" ] || { [ -z "$struck" ] && [ $round -ge 5 ]; }; then
      reaped
      return 0
    fi
    sleep 0.1
  done
  # shellcheck disable=SC2086
  echo "these processes do not end:" ${left:-those of "$leaver"} >&2
  return 1
}
reaped() {
  tries=0
  while [ $tries -lt 20 ] && [ -n "$(running 1)" ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
}

# ended: asked first and killed after two seconds, without what would start it again, also what somebody put there since
# it was looked for; named, owned: directories.
ended() {
  look
  all TERM
  for second in 1 2; do [ -z "$(running 0)" ] || sleep 1; done
  killed || return
  for directory in $named; do rm -f -- "$directory/$leaver" || return; done
  for directory in $owned; do
    [ ! -d "$directory" ] || find "$directory" -type f -user "$uid" -exec rm -f -- {} + || return
  done
  killed
}
