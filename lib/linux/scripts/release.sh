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
# beside PATH: makes ready for what comes there, in `part`, under a name that is nobody else's.
beside() {
  part=${1%/*}/.arena-playbooks.${1##*/}
  mkdir -p "${1%/*}/" && rm -f "$part" || exit
}
switch() {
  mv -fT "$part" "$1" 2>/dev/null || { rm -f "$1" && mv -f "$part" "$1"; } || exit
}
link() {
  aside "$2" "$3"
  beside "$2" && ln -s "$1" "$part" || exit
  switch "$2"
}
front() {
  beside "$2" && printf %s "$1" > "$part" && chown 0:0 "$part" && chmod 0755 "$part" || exit
  [ -f "$2" ] && [ "$(sha256sum < "$2")" = "$(sha256sum < "$part")" ] || aside "$2" "$3"
  switch "$2"
}
mkdir -p "$root" && cd "$root" && chown 0:0 . && chmod 00755 . || exit
