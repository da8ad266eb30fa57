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
  'write '*) [ -w "$path" ] ;;
  *) false ;;
  esac && printf '%s\n' "$line"
done
:
