# Defines unpack SHA256 PATH…, which puts the archive that has arrived at its place; it is one directory with these
# paths in it. Nothing of it is there before all of it is, and belongs to root. After release.sh and list-release.sh.
unpack() {
  sha=$1 archive=.incoming/$1.tar.gz new=
  shift
  trap 'rm -rf .incoming "$new"' EXIT
  [ "$(sha256sum < "$archive")" = "$sha  -" ] || fail 'the archive arrived with another checksum than wanted'
  new=$(mktemp -d .new.XXXXXX) || exit
  names=$(tar -xzvof "$archive" -C "$new") || fail 'the archive is not a gzipped tar file that can be unpacked'
  ! printf '%s\n' "$names" | grep -qE '^/|(^|/)[.][.](/|$)' || fail 'the archive has a path that leads out of it'
  count=0
  for top in "$new"/*; do count=$((count + 1)); done
  for path; do
    [ "$count" = 1 ] && [ -e "$top/$path" ] || fail "the archive is not one directory with $path in it"
  done
  chown -hR 0:0 "$top" && chmod -R u=rwX,go=rX "$top" && chmod 0755 "$top"/bin/* || exit
  rm -f "$sha.list" && { [ ! -e "$sha" ] || mv -T "$sha" "$new/.old"; } && mv -T "$top" "$sha" || exit
  (cd "$sha" && list_files) > "$new/.list" && mv "$new/.list" "$sha.list" || exit
}
