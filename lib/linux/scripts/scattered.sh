# What somebody who left has in directories that everybody may write to. After careful.sh. leaver, uid: who left;
# shareds: these directories; places, link, stage_here, clear_here, on_mount: texts of the files print-places,
# link-files, …
: "${leaver?}" "${uid?}" "${shareds?}" "${places?}" "${link?}" "${stage_here?}" "${clear_here?}" "${on_mount?}"
stages=
export uid stage link

in_each() {
  for shared in $shareds; do
    if [ -d "$shared" ] && [ ! -L "$shared" ]; then "$@" || return; fi
  done
}
theirs() {
  find "$shared" -xdev -name ".arena-$leaver.??????" -type d -user 0 -perm 0700 -prune -o -user "$uid" "$@" 2>/dev/null
}
directories() { theirs -exec sh -c "$places" places {} + | sort -zru; }
here() { theirs "$@" -exec sh -c "$on_mount" here {} + | head -n 3; }

unstaged() {
  for shared in $shareds; do
    if [ -d "$shared" ] && [ ! -L "$shared" ]; then
      find "$shared" -maxdepth 1 -name ".arena-$leaver.??????" -type d -user 0 -perm 0700 -exec rm -rf -- {} +
    fi
  done
}

# It is tried ten times: others may exchange a directory just when it is looked for.
stage_one() {
  [ -n "$(theirs ! -type d ! -type s -print | head -n 1)" ] || return 0
  if [ ! -k "$shared" ] && [ -n "$(find "$shared" -maxdepth 0 -perm -002)" ]; then
    echo "everybody can exchange what is in $shared: chmod +t $shared" >&2
    return 1
  fi
  below "$shared" && stage=$(mktemp -d "$shared/.arena-$leaver.XXXXXX") || return
  stages="$stages $stage"
  for round in 1 2 3 4 5 6 7 8 9 10; do
    [ "$round" -gt 1 ] && [ -z "$(here ! -type d ! -type s -links 1)" ] || directories | within "$stage_here" || return
  done
  find "$stage" ! -type d ! -user "$uid" -exec rm -f -- {} +
}
staged() { in_each stage_one; }

clear_one() {
  below "$shared" || return
  for round in 1 2 3 4 5 6 7 8 9 10; do
    directories | within "$clear_here"
    left=$(here)
    [ -n "$left" ] || return 0
  done
  printf 'still there, as somebody moves it meanwhile or it is immutable (lsattr): %s\n' "$left" >&2
  return 1
}
cleared() { in_each clear_one; }
