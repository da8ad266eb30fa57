# Puts into "$dir/sorted" whom each file in "$dir/files" is opened as before its path: its owner, for root's own the
# owner of the innermost directory above that is not root's, as both could put another thing in its place, or 0 where
# only root could.
: "${dir?}"
owners() {
  tr '\n' '\0' | xargs -0 -r stat -c '%u %n' 2>/dev/null
}
owners <"$dir/files" >"$dir/owned"
sed -n 's/^0 //p' "$dir/owned" |
awk '{ while (sub(/\/[^\/]*$/, "") && $0 != "" && !seen[$0]++) print }' | owners |
awk '{ path = substr($0, index($0, " ") + 1); uid = $1 }
of == "above" { owner[path] = uid; next }
{ above = path; while (uid == 0 && sub(/\/[^\/]*$/, "", above) && above != "") uid = owner[above] + 0; print uid, path }
' of=above - of=files "$dir/owned" | sort -n >"$dir/sorted"
