# Defines started, which reads command lines of cron and systemd and prints of each program in them, also behind `cd`,
# `&&` and interpreters, `runs` and its path; a bare name is looked for in directories that are told by themselves.
started() {
  awk '
function told(word) {
  if (word !~ /^\//) { if (place == "") return; sub(/^\.\//, "", word); word = place "/" word }
  print "runs " word
}
# One that starts others: what lies in the directories of the system is told by these.
function starter(word) { if (word ~ /\// && word !~ /^\/(usr\/)?s?bin\//) told(word) }
function next_command() { awaited = 1; inside = script = lock = moving = 0 }
{
  gsub(/["\047]/, "")
  gsub(/[;|&(`]+/, " ; ")
  gsub(/\)/, " ")
  place = ""
  next_command()
  for (at = 1; at <= NF; at++) {
    word = $at
    name = word
    sub(/.*\//, "", name)
    if (word == ";") next_command()
    else if (!awaited || word ~ /^[A-Za-z_][A-Za-z0-9_]*=/) continue
    else if (moving) {
      place = word ~ /^\// ? word : place == "" ? "" : place "/" word
      awaited = 0
    }
    else if (name ~ /^(if|then|else|elif|while|until|do|!|\{|exec|command|time|nohup|setsid|eval)$/) continue
    else if (name == "cd") moving = 1
    else if (name ~ /^(env|nice|ionice|timeout|flock|chronic|chrt|taskset|stdbuf)$/) {
      starter(word)
      inside = 1
      lock = name == "flock"
    }
    else if (name ~ /^([.]|source|run-parts|sh|dash|bash|zsh|ksh|python[0-9.]*|perl|ruby|node|php)$/) {
      starter(word)
      inside = script = 1
    }
    else if (inside && word ~ /^(-|[0-9]+[smhd]?$)/) continue
    else if (lock) lock = 0
    else {
      if (word ~ /\// || script) told(word)
      awaited = 0
    }
  }
}'
}
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
        anyway = match($0, /^[-@:+!|]+/) && substr($0, 1, RLENGTH) ~ /[+!]/
        sub(/^[-@:+!|]+/, "")
        lines[++last] = $0
        root[last] = anyway
      }
      END {
        if (place) place = "cd " place "; "
        for (at = 1; at <= last; at++) if (root[at] || user ~ /^(root|0)?$/) print place lines[at]
      }'
  done
}
