# Archives the home of somebody who left and what else they left, then deletes both. After unmounted.sh and
# scattered.sh; home: the directory, or nothing; base, new: the archive without its ending, and while it is written;
# freeze: the text of freeze-directory.sh.
: "${home?}" "${uid?}" "${archives?}" "${base?}" "${new?}" "${freeze?}"

# beating MEASURE COMMAND…: says an empty line for each second in which what the measure prints has changed, so that a
# command that is silent for long is not taken for one that hangs.
beating() {
  measure=$1
  shift
  (
    last=
    while kill -0 $$ && sleep 1 >/dev/null; do
      now=$($measure)
      [ "$now" = "$last" ] || echo
      last=$now
    done
  ) </dev/null 2>/dev/null &
  beat=$!
  "$@"
  status=$?
  # A shell that was made a moment ago may take TERM by its parent's trap, and live on.
  kill -KILL "$beat" 2>/dev/null
  wait "$beat" 2>/dev/null
  return $status
}
growth() { stat -c %s "$new"; }

# frozen: takes from everybody else the right to exchange anything in the home, from the top down: what the last pass
# finds nothing of, nobody can have hidden from it. The user's private group has the same id, and nobody else in it.
# Tools that hold on to directories themselves, GNU's, can do without, where a path is too long to go there.
open() {
  find "$home" -xdev -type d '(' -perm -002 -o -perm -020 ! -group "$uid" -o ! -user "$uid" ! -user 0 ')' "$@"
}
frozen() {
  [ -n "$home" ] || return 0
  chmod 0700 "$home" && below "$home" || return
  passes=0
  while [ -n "$(open -print | head -c 1)" ]; do
    if [ $passes -ge 20 ]; then
      tar -cf /dev/null --one-file-system -C /dev null && rm -f --one-file-system -- "$new" && return
      printf 'others can change %s\n' "$(open -print | head -n 3)" >&2
      return 1
    fi
    passes=$((passes + 1))
    open -print0 | within "$freeze"
  done
}

# packed PATH…: what an option is known by is tried on nothing: the status of the real work says something else.
packed() {
  options=
  for option in --sparse --one-file-system; do
    ! tar -cf /dev/null $option -C /dev null 2>/dev/null || options="$options $option"
  done
  for try in 1 2 3; do
    tar -czf "$new" $options -C / -- "$@"
    status=$?
    # 1: a file was changed while it was read.
    [ $status -eq 1 ] || break
  done
  return $status
}
enough() {
  need=$(cd / && du -skx -- "$@" | awk '{ sum += $1 } END { printf "%.0f", sum }')
  free=$(stat -f -c '%a %S' "$archives" | awk '{ printf "%.0f", $1 * $2 / 1024 }')
  [ "$need" -le "$free" ] || {
    echo "the archive takes up to $need kB, and $archives has $free kB: make room" >&2
    return 1
  }
}
kept() {
  sum=$(sha256sum < "$new") && sum=${sum%% *} && chmod 0600 "$new" || return
  number=1 archive=$base.tar.gz
  while [ -e "$archive" ]; do
    ! grep -qs "^$sum  " "$archive.sha256" || return 0
    number=$((number + 1)) archive=$base.$number.tar.gz
  done
  echo "$sum  $archive" > "$archive.sha256" && ln "$new" "$archive" || return
  sync "$archive" "$archive.sha256" 2>/dev/null || sync
}
archived() {
  set --
  [ -z "$home" ] || [ -z "$(find "$home" -xdev ! -type d -print | head -c 1)" ] || set -- "${home#/}"
  # shellcheck disable=SC2154 # staged sets it
  for stage in $stages; do set -- "$@" "${stage#/}"; done
  [ $# -gt 0 ] || return 0
  beating date enough "$@" && beating growth packed "$@" && beating date kept
}

deleted() {
  [ -n "$home" ] || return 0
  if rm -f --one-file-system -- "$new" 2>/dev/null; then rm -rf --one-file-system -- "$home"
  else
    find "$home" -xdev -depth ! -type d -exec rm -f -- {} +
    find "$home" -xdev -depth -type d -exec rmdir -- {} +
  fi 2>/dev/null
  [ ! -e "$home" ] || { printf 'cannot be deleted: %s\n' "$(find "$home" -print | head -n 3)" >&2; return 1; }
}

archive_and_delete() {
  mkdir -p "$archives" && chmod 0700 "$archives" && rm -f -- "$new" && unstaged || exit
  unmounted "$home" && beating date frozen && beating date staged && archived || exit
  unmounted "$home" && beating date deleted && beating date cleared || exit
}
