# shellcheck disable=SC2154,SC2046,SC2086
# Runs in a container as PID 1, in whatever shell the image has; prints one line of JSON for each thing it finds out.
# run, me: of this trial and this job, letters, digits and dashes; volumes: names, each mounted at /verify/NAME;
# mode: stay or look; seconds: how long it stays; port: where it listens; calls: a line "id want host port" each;
# marks: what the marks of this inventory begin with; marking: a line "volume mark file ..." for each volume to be
# marked, with the files that may be seen there.
say() { printf '{"verify":"%s","probe":"%s",%s}\n' "$run" "$1" "$2"; }
plain() { printf %s "$1" | tr -cd 'A-Za-z0-9._:-'; }
has() { command -v "$1" >/dev/null 2>&1; }
number() { case $1 in '' | *[!0-9-]*) echo -1 ;; *) echo "$1" ;; esac; }

clean() { for v in $volumes; do rm -f "/verify/$v/.arena-verify-$run-$me-$v"; done; }

# Whether a trial wrote that file: an empty one, with the twelve digits of its run.
is_ours() {
  h='[0-9a-f]'
  case ${1##*/} in
  .arena-verify-$h$h$h$h$h$h$h$h$h$h$h$h-*) [ -f "$1" ] && [ ! -L "$1" ] && [ ! -s "$1" ] ;;
  *) false ;;
  esac
}

# Whether it can be seen what is in a directory; of another one no pattern finds anything.
can_list() { ls "$1" >/dev/null 2>&1; }

# Whether there is nothing but files of this program, and what file servers put there.
is_empty() {
  can_list "$1" || return 1
  for f in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    case ${f##*/} in .snapshot | lost+found) continue ;; esac
    ! is_ours "$f" || continue
    if [ -e "$f" ] || [ -L "$f" ]; then return 1; fi
  done
  return 0
}

# What the directory is marked as, each with a comma before it.
marked() {
  for f in "$1/$marks"*; do
    [ -e "$f" ] || continue
    printf ',"%s"' "$(plain "${f##*/"$marks"}")"
  done
}

volume() {
  v=$1 d=/verify/$1 written=false empty=false
  set -- $(ls -ldn "$d" 2>/dev/null)
  for old in "$d"/.arena-verify-*; do
    case ${old##*/} in ".arena-verify-$run-"*) ;; *) ! is_ours "$old" || rm -f "$old" 2>/dev/null ;; esac
  done
  if (set -C; : > "$d/.arena-verify-$run-$me-$v") 2>/dev/null; then written=true; fi
  if is_empty "$d"; then empty=true; fi
  names=$(marked "$d")
  owner="\"mode\":\"$(plain "$1")\",\"uid\":$(number "$3"),\"gid\":$(number "$4")"
  say volume "\"name\":\"$v\",$owner,\"written\":$written,\"empty\":$empty,\"marks\":[${names#,}]"
}

# mark VOLUME MARK FILE...: unless it shows what was written elsewhere: it is another directory then.
mark() {
  v=$1 file=/verify/$1/$2
  can_list "/verify/$v" || return
  shift 2
  for f in "/verify/$v/.arena-verify-$run-"*; do
    [ -e "$f" ] || continue
    case " $* " in *" $(plain "${f##*/.arena-verify-"$run"-}") "*) ;; *) return ;; esac
  done
  if (set -C; : > "$file") 2>/dev/null; then say mark "\"name\":\"$v\""; fi
}

seen() {
  can_list "/verify/$1" || return
  names=
  for f in "/verify/$1/.arena-verify-$run-"*; do
    f=$(plain "${f##*/.arena-verify-"$run"-}")
    [ "$f" = '' ] || [ "$f" = '.arena-verify-' ] || names="$names${names:+,}\"$f\""
  done
  say seen "\"name\":\"$1\",\"files\":[$names]"
}

# 0 when the other end takes a connection, 3 when nothing here can try. Some nc look for the address for longer than
# they are given to connect.
connects() {
  if has nc; then
    if has timeout; then timeout 6 nc -w 3 "$1" "$2" </dev/null >/dev/null 2>&1
    else nc -w 3 "$1" "$2" </dev/null >/dev/null 2>&1; fi
    # Ended after nc would have given up: it was connected, if it found the address.
    case $? in 0) return 0 ;; 124 | 137 | 143) resolves "$1" && return 0 || return 1 ;; *) return 1 ;; esac
  elif has python3; then
    python3 -c 'import socket,sys; socket.create_connection((sys.argv[1],int(sys.argv[2])),3)' "$1" "$2" 2>/dev/null
  elif has bash && has timeout; then timeout 3 bash -c ': >"/dev/tcp/$1/$2"' bash "$1" "$2" 2>/dev/null
  else return 3; fi
}

# Whether a name has an address; true where nothing here can tell.
resolves() {
  case $1 in *:* | *[0-9].[0-9]*.[0-9]*.*[0-9]) return 0 ;; esac
  limit=
  ! has timeout || limit='timeout 6'
  if has getent; then $limit getent hosts "$1" >/dev/null 2>&1
  elif has nslookup; then $limit nslookup "$1" >/dev/null 2>&1
  elif has python3; then $limit python3 -c 'import socket,sys; socket.gethostbyname(sys.argv[1])' "$1" 2>/dev/null
  fi
}

# A network may take seconds to apply what it was told of a new pod.
call() {
  # Every container is told where the API server is.
  # shellcheck disable=SC2153
  [ "$3" != api ] || set -- "$1" "$2" "${KUBERNETES_SERVICE_HOST:-}" "${KUBERNETES_SERVICE_PORT:-443}"
  if [ -z "$3" ]; then
    say call "\"id\":\"$1\",\"got\":\"untried\""
    return
  fi
  tries=0
  while :; do
    connects "$3" "$4"
    case $? in 0) got=reached ;; 3) got=untried ;; *) got=stopped ;; esac
    tries=$((tries + 1))
    [ "$got" != "$2" ] && [ "$got" != untried ] && [ "$tries" -lt 4 ] || break
    sleep 2
  done
  [ "$got" != stopped ] || resolves "$3" || got=unresolved
  say call "\"id\":\"$1\",\"got\":\"$got\""
}

# All that are to come out so. A new pod's network may let nothing through for a while: what is stopped then would be
# reached later, so those that are to be stopped come after those that are to be reached.
calls_for() {
  printf '%s\n' "$calls" | (
    while read -r id want host port; do
      [ "$want" = "$1" ] || continue
      call "$id" "$want" "$host" "$port" &
    done
    wait
  )
}

listen() {
  if has httpd && httpd --help 2>&1 | grep -q BusyBox; then mkdir -p "/tmp/$run"; httpd -f -p "$port" -h "/tmp/$run" &
  elif has python3; then mkdir -p "/tmp/$run"; (cd "/tmp/$run" && exec python3 -m http.server "$port") >/dev/null 2>&1 &
  elif has nc; then
    (while :; do nc -l -p "$port" </dev/null || nc -l "$port" </dev/null || sleep 1; done) >/dev/null 2>&1 &
  else return 1; fi
}

limits() {
  memory=-1 cpu=-1
  at=/sys/fs/cgroup
  if [ -r $at/memory.max ]; then
    memory=$(cat $at/memory.max) cpu=$(cat $at/cpu.max)
    period=${cpu#* } cpu=${cpu% *}
  else
    memory=$(cat $at/memory/memory.limit_in_bytes 2>/dev/null)
    for d in $at/cpu $at/cpu,cpuacct; do
      [ -r $d/cpu.cfs_quota_us ] || continue
      cpu=$(cat $d/cpu.cfs_quota_us) period=$(cat $d/cpu.cfs_period_us)
    done
  fi
  cpu=$(number "$cpu")
  [ "$cpu" -le 0 ] || cpu=$((cpu * 1000 / period))
  say limits "\"memory\":$(number "$memory"),\"millicpu\":$cpu"
}

itself() {
  token=false
  [ -e /var/run/secrets/kubernetes.io/serviceaccount/token ] && token=true
  gpus=0
  for f in /dev/nvidia[0-9]* /dev/dri/render* /dev/davinci[0-9]*; do [ -e "$f" ] && gpus=$((gpus + 1)); done
  if has nvidia-smi; then
    smi=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ') || smi=0
    [ "$smi" -le "$gpus" ] || gpus=$smi
  fi
  say itself "\"uid\":$(number "$(id -u)"),\"gid\":$(number "$(id -g)"),\"token\":$token,\"gpus\":$gpus"
}

if [ "$mode" = stay ]; then
  trap 'clean; exit 0' TERM INT HUP
  itself
  limits
  for v in $volumes; do volume "$v"; done
  listening=false
  if listen; then listening=true; fi
  say end "\"listening\":$listening"
  while [ "$seconds" -gt 0 ]; do
    sleep 1 &
    wait $!
    seconds=$((seconds - 1))
  done
  clean
else
  for v in $volumes; do seen "$v"; done
  printf '%s\n' "$marking" | while read -r line; do [ -z "$line" ] || mark $line; done
  calls_for reached
  calls_for stopped
  say end '"listening":false'
fi
exit 0
