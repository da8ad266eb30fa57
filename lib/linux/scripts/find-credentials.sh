# For `sh -c`, after limited.sh, as whoever could put another thing in place of a file, with paths on standard input:
# says which hold a credential, and of what sort. $1: a pattern, of which each such file holds something; $2: how many
# bytes of a file are read; $3: how many files are told, after which it says `more`. Nothing is opened that is not
# theirs. Of a token only the part is printed that says whom it names, of a client's key its certificate.
export LC_ALL=C
marks=$1 bytes=$2 most=$3
token='eyJhbGciOi[A-Za-z0-9_-]*[.]eyJ[A-Za-z0-9_-]+[.][A-Za-z0-9_-]{20,}'
is="[\"']?:[[:space:]]*[\"']?"
value="${is}[^\"'[:space:]]"
skip=
! echo x | grep -D skip x >/dev/null 2>&1 || skip='-D skip'
text() {
  printf '%s\n' "$text"
}
names() {
  grep -oE "$token" | awk -F. '!said[$2]++ { print "token " $2 }'
}
# As in a Secret; of one that is cut or broken into lines, and of those behind the twentieth, it says `encoded`.
decoded() {
  text | grep -oE 'ZXlKaGJHY2lPa[A-Za-z0-9+/]*=*' | sort -u | {
    left=20
    while IFS= read -r one; do
      [ "$left" -gt 0 ] || { echo encoded && break; }
      left=$((left - 1))
      printf %s "$one" | base64 -d 2>/dev/null | names | grep . || echo encoded
    done
  } | awk '!said[$0]++'
}
tr '\n' '\0' | xargs -0 -r grep -lE $skip "$marks" 2>/dev/null | head -n "$((most + 1))" |
while IFS= read -r path; do
  [ "$most" -gt 0 ] || { echo more && break; }
  most=$((most - 1))
  stat -c 'credential %u %n' "$path" || continue
  text=$(limited 5 head -c "$bytes" "$path" 2>/dev/null | tr -cd '\11\12\40-\176')
  text | names
  case $text in *ZXlKaGJHY2lPa*) decoded ;; esac
  case $text in *client-key-data*)
    ! text | grep -qE "client-key-data$value{40,}" || echo key
    text | grep -oE "client-certificate-data${is}[A-Za-z0-9+/]{40,}=*" | head -n 20 |
      sed 's|.*[^A-Za-z0-9+/=]|certificate |' ;;
  esac
  case $text in *current-context*) ! text | grep -v eyJ | grep -qE "(token|password)$value{8,}" || echo other ;; esac
done
