# Prints, of command lines of cron and systemd, `runs` and the path of each program that root starts, also behind `cd`,
# `&&`, interpreters and whatever starts another (`sudo`, `su -c`, `find -exec`). A bare name is looked for in
# directories that are told by themselves; what another user runs is no business of root.

# Programs that start another. options: those with a value, each with what the value is, where that matters: who runs
# it (user), the directory (cd), a line of shell (text), a file or module that is run, or nothing is started (end).
# operand: what stands before the command, or in its place.
function starts(names, options, operand,   name, all, at, part) {
  for (at = split(options, all); at > 0; at--) {
    split(all[at] ":value", part, ":")
    for (name = split(names, name_of); name > 0; name--) takes[name_of[name], part[1]] = part[2]
  }
  for (name = split(names, name_of); name > 0; name--) before[name_of[name]] = operand
}
BEGIN {
  LEAD = "^([A-Za-z_][A-Za-z0-9_]*=|[0-9]*[<>]|(if|then|else|elif|while|until|do|!|[{])$)"
  starts("nohup setsid chronic ifne busybox", "", "")
  starts("command", "v:end V:end", "")
  starts("exec", "a", "")
  starts("time", "f format o output", "")
  starts("env", "u unset C:cd chdir:cd S:text split-string:text", "")
  starts("nice", "n adjustment", "")
  starts("ionice", "c class n classdata p:end P:end u:end", "")
  starts("stdbuf", "i input o output e error", "")
  starts("numactl", "m membind N cpunodebind C physcpubind p preferred i interleave", "")
  starts("xargs", "a arg-file d delimiter E I L max-lines n max-args P max-procs s max-chars", "")
  starts("sudo", "u:user user:user D:cd chdir:cd C close-from g group h host p prompt R chroot r role t type " \
    "T command-timeout U other-user", "")
  starts("doas", "u:user C a", "")
  starts("pkexec", "user:user", "")
  starts("setpriv", "reuid:user regid groups inh-caps ambient-caps bounding-set securebits pdeathsig", "")
  starts("nsenter", "S:user setuid:user t target G setgid W wdns", "")
  starts("unshare", "S:user setuid:user G setgid R root w:cd wd:cd", "")
  starts("systemd-run", "uid:user p:property property:property working-directory:cd H:end host:end M:end machine:end " \
    "u unit E setenv gid nice description slice service-type on-active on-boot on-startup on-unit-active " \
    "on-unit-inactive on-calendar timer-property path-property socket-property", "")
  starts("systemd-inhibit", "what who why mode", "")
  starts("systemd-cat", "t identifier p priority stderr-priority level-prefix namespace", "")
  starts("timeout", "k kill-after s signal", "value")
  starts("taskset chrt", "T sched-runtime P sched-period D sched-deadline", "value")
  starts("flock", "w wait timeout E conflict-exit-code c:text command:text", "value")
  starts("chroot", "userspec:user groups", "root")
  starts("gosu su-exec setuidgid", "", "user")
  starts("su runuser", "c:text command:text session-command:text s shell g group G supp-group w", "user")
  starts("runuser", "u:user user:user", "user")
  starts("sh ash dash bash zsh ksh mksh fish csh tcsh", "c:line o O rcfile init-file", "script")
  starts(". source run-parts", "a arg regex umask", "script")
  starts("python", "c:end m:module W X", "script")
  starts("perl ruby", "e:end E:end I M:rest m:rest i:rest F:rest r", "script")
  starts("node", "e:end eval:end p:end print:end r require", "script")
  starts("java", "jar:run cp:paths classpath:paths class-path:paths", "end")
  starts("php", "r:end f:run c d", "script")
  starts("awk gawk mawk sed", "f:run file:run F v e:end expression:end", "end")
  starts("make", "f:run file:run C:run directory:run", "end")
  starts("trap eval", "", "line")
  starts("find", "", "exec")
}
# What is certain of a path: the directory above what only a variable or another command tells.
function absolute(word, place) {
  if (word !~ /^\//) {
    if (place == "" || word ~ /^[$%~\001]/) return ""
    sub(/^\.\//, "", word)
    word = place "/" word
  }
  sub(/\/[^\/]*[$\001].*/, "", word)
  return word
}
function told(word, place) {
  word = absolute(word, place)
  if (word != "") print "runs " root word
}
# One that starts others: what lies in the directories of the system is told by these.
function starter(word, place) {
  if (word ~ /\// && root word !~ /^\/(usr\/)?s?bin\//) told(word, place)
}
# Splits a line into words, quoted text in one; "\n" parts commands, \001 and \002 surround one whose output is a word.
function split_words(text, words,   at, char, next_char, quote, word, some, count, end) {
  for (at = 1; at <= length(text); at++) {
    char = substr(text, at, 1)
    next_char = substr(text, at + 1, 1)
    if (char == "#" && quote word == "" && !some) break
    if (char == "\\" && quote != "\047") {
      word = word next_char
      at++
      some = 1
    } else if (quote != "\047" && (char == "`" || char next_char == "$(")) {
      end = char == "`" ? index(substr(text, at + 1), "`") + at : closing(text, at + 1)
      if (end <= at) end = length(text) + 1
      at += char != "`"
      word = word "\001" substr(text, at + 1, end - at - 1) "\002"
      at = end
    } else if (quote == "" ? char ~ /["\047]/ : char == quote) {
      quote = quote == "" ? char : ""
      some = 1
    } else if (quote == "" && (char ~ /[ \t;|()]/ || (char == "&" && word !~ /[<>]$/))) {
      if (some || word != "") words[++count] = word
      if (char !~ /[ \t]/) words[++count] = "\n"
      word = some = ""
    } else word = word char
  }
  if (some || word != "") words[++count] = word
  words[++count] = "\n"
  return count
}
# Where the bracket that opens there is closed.
function closing(text, at,   depth, char) {
  for (; at <= length(text); at++) {
    char = substr(text, at, 1)
    depth += (char == "(") - (char == ")")
    if (depth == 0) return at
  }
}
# All commands of a line.
function line(text, place,   words, count, at, from) {
  count = split_words(text, words)
  for (from = at = 1; at <= count; at++) if (words[at] == "\n") {
    place = command(words, from, at - 1, place)
    for (; from < at; from++) outputs(words[from], place)
    from = at + 1
  }
}
function outputs(word, place,   end) {
  while (match(word, /\001[^\002]*\002/)) {
    end = RSTART + RLENGTH
    line(substr(word, RSTART + 1, RLENGTH - 2), place)
    word = substr(word, end)
  }
}
# One command, and what it starts in turn; returns the directory in which the next one is.
function command(words, at, last, place,   name, word, operand, text, here, from, part, outer) {
  while (at <= last && words[at] ~ LEAD) at += words[at] ~ /[<>]$/ ? 2 : 1
  if (at > last) return place
  name = words[at]
  sub(/.*\//, "", name)
  sub(/^python[0-9.]+$/, "python", name)
  if (name == "cd") {
    while (words[at + 1] ~ /^-/) at++
    return at < last ? absolute(words[at + 1], place) : ""
  }
  if (!(name in before)) {
    if (words[at] ~ /\//) told(words[at], place)
    return place
  }
  starter(words[at], place)
  operand = before[name]
  here = place
  outer = root
  for (at++; at <= last; at++) {
    word = words[at]
    if (operand == "exec") {
      if (word !~ /^-(exec|ok)(dir)?$/) continue
      for (from = ++at; at <= last && words[at] !~ /^[;+]$/;) at++
      command(words, from, at - 1, place)
    } else if (word == "-" && operand == "script") return place
    else if (word ~ /^--?$/) continue
    else if (word ~ /^[-+]/) {
      at += option(name, word, words[at + 1])
      if (role == "property" && sub(/^User=/, "", value)) role = "user"
      if (role == "end" || (role == "user" && is_other(value))) return place
      if (role == "user" && name == "runuser") operand = ""
      else if (role == "cd") here = absolute(value, here)
      else if (role == "text") text = value
      else if (role == "run") { told(value, here); operand = "end" }
      else if (role == "paths") for (from = split(value, part, ":"); from > 0; from--) told(part[from], here)
      else if (role == "module") { told(here, ""); return place }
      else if (role == "line") operand = "line"
    }
    else if (operand == "") break
    else if (operand == "line") { line(word, here); return place }
    else if (operand == "script") { told(word, here); return place }
    else if (operand == "end" || (operand == "user" && is_other(word))) return place
    else {
      if (operand == "root") { root = root absolute(word, here); here = "" }
      operand = ""
    }
  }
  if (text != "") line(text, here)
  else if (operand == "") command(words, at, last, here)
  root = outer
  return place
}
# How many words after it are of an option; sets its role and value.
function option(name, word, after,   at) {
  role = value = ""
  if (name == "java") sub(/^-+/, "--", word)
  if (word ~ /^--/) {
    at = index(word "=", "=")
    role = takes[name, substr(word, 3, at - 3)]
    value = at > length(word) ? after : substr(word, at + 1)
    return at > length(word) && role != ""
  }
  for (at = 2; at <= length(word); at++) if ((role = takes[name, substr(word, at, 1)]) != "") {
    value = substr(word, at + 1)
    if (role == "line" || role == "rest" || value != "") return 0
    value = after
    return 1
  }
  return 0
}
function is_other(user) { return user !~ /^#?(root|0)(:.*)?$/ }
{ line($0, "") }
