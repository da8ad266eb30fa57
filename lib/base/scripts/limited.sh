# limited SECONDS COMMAND…: a program, not a function, with its standard input, which is killed when it takes longer.
# busybox and old systems may have no `timeout`.
limited() {
  if command -v timeout >/dev/null; then
    timeout -s KILL "$@"
    return
  fi
  {
    (shift && exec "$@") <&3 3<&- &
    _limited=$!
    (
      _left=$1
      while [ "$_left" -gt 0 ]; do sleep 1; _left=$((_left - 1)); done
      kill -KILL "$_limited"
    ) </dev/null >/dev/null 2>&1 3<&- &
    _guard=$!
    wait "$_limited"
    set -- "$?"
    # A shell that was made a moment ago may take TERM by its parent's trap, and live on.
    kill -KILL "$_guard" 2>/dev/null
    wait "$_guard" 2>/dev/null
  } 3<&0
  return "$1"
}
