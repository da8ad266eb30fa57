# Prints the files in `files`, each `SIZE PATH` on a line, as one archive, and how many bytes that may be; where one
# grows or holds the others up, then each by itself, in base64. After limited.sh; seconds_all, seconds_one: time for all
# and for one; bytes_one: bytes of one; print_all: the text of archive-files.sh.
: "${files?}" "${seconds_all?}" "${seconds_one?}" "${bytes_one?}" "${print_all?}"
[ -n "$files" ] || exit 0
whole=$(printf '%s\n' "$files" | awk '{ bytes += $1 + 4096 } END { printf "%d", bytes + 65536 }')
echo "$whole"
cd / && {
  left=$(printf '%s\n' "$files" | sed -n 's/^[0-9]* //p' | tr '\n' '\0' |
    xargs -0 -r sh -c "$print_all" all "$seconds_all" | { head -c "$whole" >&3; head -c 1 | wc -c; })
} 3>&1
[ "$left" -gt 0 ] || exit 0
printf '%s\n' "$files" | sed -n 's/^[0-9]* //p' | while IFS= read -r path; do
  limited "$seconds_one" tar --numeric-owner -cf - --no-recursion "$path" </dev/null | head -c "$bytes_one" |
    base64 | tr -d '\n'
  echo
done
