# Prints a line of a file of subordinate ids for each account in `rest` beside this script: the lowest ranges that
# nobody has, as useradd looks for them. $1: the file; $2: whose name or number a line bears, and how many ids; empty
# for none.
[ "$2" ] || exit 0
key=SUB_UID
[ "$1" != subgid ] || key=SUB_GID
sort -t : -k 2n "/etc/$1" | awk -F: -v key="$key" -v by="${2% *}" -v count="${2#* }" '
FILENAME == "/etc/login.defs" {
  split($0, word, /[ \t]+/)
  if (word[1] == key "_MIN") low = word[2]
  if (word[1] == key "_MAX") most = word[2]
  next
}
FILENAME == "-" { if (NF == 3) { first[++ranges] = $2; last[ranges] = $2 + $3 - 1 } next }
{
  if (!at) { at = 1; if (low == "") low = 100000; if (most == "") most = 600100000 }
  for (; at <= ranges && first[at] - low < count; at++) if (low < last[at] + 1) low = last[at] + 1
  if (low + count - 1 > most) exit 1
  printf "%s:%d:%d\n", by == "uid" ? $2 : $1, low, count
  low += count
}' /etc/login.defs - "${0%/*}/rest"
