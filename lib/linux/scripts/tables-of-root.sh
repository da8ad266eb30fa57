# Files that are there, one after the other: the last line of one may have no end.
texts() {
  for text; do cat "$text" 2>/dev/null && echo; done
}
# What the tables of cron start as root.
crontabs() {
  texts /etc/crontab /etc/cron.d/* | awk '{ at = $1 ~ /^@/ ? 2 : 6 }
    $1 !~ /^#/ && $at == "root" { for (; at > 0; at--) $at = ""; print }'
  texts /var/spool/cron/crontabs/root /var/spool/cron/root | awk '{ at = $1 ~ /^@/ ? 1 : 5 }
    $1 !~ /^#/ { for (; at > 0; at--) $at = ""; print }'
  awk '$1 ~ /^[0-9@]/ { $1 = $2 = $3 = ""; print }' /etc/anacrontab 2>/dev/null
}
# What services of the administrator, or with parts of theirs, start as root: others are those of packages.
units() {
  for path in /etc/systemd/system/*.service /etc/systemd/system/*.service.d; do
    [ ! -e "$path" ] || printf '%s\n' "${path##*/}"
  done | sed 's/[.]d$//' | sort -u |
  while IFS= read -r unit; do
    vendor=/usr/lib/systemd/system/$unit
    [ -e "$vendor" ] || vendor=/lib/systemd/system/$unit
    own=/etc/systemd/system/$unit
    [ ! -e "$own" ] || vendor=$own
    texts "$vendor" "$own.d"/*.conf | awk '
      sub(/\\$/, " ") { before = before $0; next }
      { $0 = before $0; before = ""; gsub(/^[ \t]+|[ \t\r]+$/, ""); sub(/[ \t]*=[ \t]*/, "=") }
      sub(/^User=/, "") { user = $0 }
      sub(/^WorkingDirectory=[-~]*/, "") { place = $0 }
      sub(/^Exec[A-Za-z]*=/, "") {
        signs = match($0, /^[-@:+!|]+/) ? substr($0, 1, RLENGTH) : ""
        anyway = signs ~ /[+!]/
        sub(/^[-@:+!|]+/, "")
        # Its second word is only what it is called.
        if (signs ~ /@/) sub(/[ \t]+[^ \t]+/, "")
        lines[++last] = $0
        root[last] = anyway
      }
      END {
        if (place) place = "cd " place "; "
        for (at = 1; at <= last; at++) if (root[at] || user ~ /^(root|0)?$/) print place lines[at]
      }'
  done
}
