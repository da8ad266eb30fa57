# For `sh -c`, as a user: prints the groups of its processes, and those lines of standard input whose path the user may
# open or write.
id -G
IFS='
'
set -f
for line in $(cat); do
  path=/${line#* /}
  case $line in
  'open '*) [ -r "$path" ] || { [ -d "$path" ] && [ -x "$path" ]; } ;;
  'credential '*) [ -r "$path" ] ;;
  # A unit that is switched off is a link to a device.
  'write '*) [ -w "$path" ] && [ ! -c "$path" ] ;;
  'runs '*)
    # Whoever may write a directory above it may put another in its place.
    until [ -z "$path" ] || [ -w "$path" ]; do path=${path%/*}; done
    [ -n "$path" ]
    ;;
  *) false ;;
  esac && printf '%s\n' "$line"
done
:
