# Looks at the paths in `paths`, one a line, in one process. No message is read: what has no line of stat is absent if
# what is above it is no directory, or one that root can enter and that does not list it.
: "${paths?}"
[ -n "$paths" ] || exit 0
found=$(printf '%s\n' "$paths" | tr '\n' '\0' | xargs -0 stat -c '%f %u %g %h %s %n' 2>/dev/null)
printf '%s\n' "$found"
missing=$(printf '%s\n' "$found" '' "$paths" | awk '
/^$/ { listed = 1; next }
listed { if (!($0 in seen)) print; next }
{ sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ /, ""); seen[$0] }')
[ -z "$missing" ] || (
  set -f
  IFS='
'
  last='' hidden=''
  for path in $missing; do
    next=$path above=${path%/*} enters=yes
    until [ -z "$above" ] || [ -e "$above/." ]; do
      if [ -L "$above" ] || [ -e "$above" ]; then enters= && break; fi
      next=$above above=${above%/*}
    done
    # What is missing below one name, one after the other, has one answer.
    [ "$next" != "$last" ] || { [ -z "$hidden" ] || printf '! %s\n' "$path"; continue; }
    last=$next hidden=
    if [ -n "$enters" ]; then set +f && set -- "$next"* && set -f
    elif [ -e "$above" ] && [ ! -d "$above" ]; then continue
    else set -- "$next"
    fi
    for entry; do [ "$entry" != "$next" ] || hidden=yes; done
    [ -z "$hidden" ] || printf '! %s\n' "$path"
  done
)
