# Functions that put an unpacked release, links to it and fronts at their places. root: the directory of all releases.
: "${root?}"
umask 022
fail() { echo "$1" >&2; exit 1; }
aside() {
  [ ! -L "$1" ] && [ -e "$1" ] || return 0
  mkdir -p replaced && number= || exit
  while [ -e "replaced/$2$number" ]; do number=.$((${number#.} + 1)); done
  if [ -f "$1" ]; then cp -p "$1" "replaced/$2$number"; else mv "$1" "replaced/$2$number"; fi || exit
}
switch() {
  mv -fT "$1.new" "$1" 2>/dev/null || { rm -f "$1" && mv -f "$1.new" "$1"; } || exit
}
link() {
  aside "$2" "$3"
  mkdir -p "${2%/*}/" && rm -f "$2.new" && ln -s "$1" "$2.new" || exit
  switch "$2"
}
front() {
  mkdir -p "${2%/*}/" && rm -f "$2.new" && printf %s "$1" > "$2.new" || exit
  chown 0:0 "$2.new" && chmod 0755 "$2.new" || exit
  [ -f "$2" ] && [ "$(sha256sum < "$2")" = "$(sha256sum < "$2.new")" ] || aside "$2" "$3"
  switch "$2"
}
mkdir -p "$root" && cd "$root" && chown 0:0 . && chmod 00755 . || exit
