# For `sh -c`, after limited.sh, as whoever could put another thing in place of a file, with paths on standard input: says
# which hold a credential, and of what sort. $1: a pattern, of which each such file holds something; $2: how many bytes of
# a file are read; $3: how many files are told. Nothing is opened that is not theirs. Of a token only the part is printed
# that says whom it names.
export LC_ALL=C
marks=$1 bytes=$2 most=$3
token='eyJhbGciOi[A-Za-z0-9_-]*[.]eyJ[A-Za-z0-9_-]+[.][A-Za-z0-9_-]{20,}'
value="[\"']?:[[:space:]]*[\"']?[^\"'[:space:]]"
skip=
! echo x | grep -D skip x >/dev/null 2>&1 || skip='-D skip'
text() {
  limited 5 head -c "$bytes" "$path" 2>/dev/null | tr -cd '\11\12\40-\176'
}
tr '\n' '\0' | xargs -0 -r grep -lE $skip "$marks" 2>/dev/null | head -n "$most" |
while IFS= read -r path; do
  stat -c 'credential %u %n' "$path" || continue
  text | grep -oE "$token" | cut -d. -f2 | sort -u | sed 's/^/token /'
  ! text | grep -q ZXlKaGJHY2lPa || echo encoded
  ! text | grep -qE "client-key-data$value{40,}" || echo key
  ! text | grep -q current-context || ! text | grep -v eyJ | grep -qE "(token|password)$value{8,}" || echo other
done
