# unmounted DIRECTORY: fails, and says where, when something is mounted there or below. To be asked again right before a
# directory is deleted. The kernel writes some characters of a path as three octal digits.
unmounted() {
  [ -d "$1" ] || return 0
  directory=$(cd -P "$1" && readlink /proc/self/cwd | sed 's/\\/\\134/g; s/ /\\040/g; s/#/\\043/g') &&
  export directory || return
  points=$(sed 's/#/\\043/g' /proc/self/mountinfo | awk '
function within(path, top) { return path == top || index(path, top == "/" ? top : top "/") == 1 }
function hidden(id, other) {
  for (other in on) if (on[other] == on[id] && point[other] != point[id] && within(point[id], point[other])) return 1
  return (on[id] in on) && on[id] != id ? hidden(on[id]) : 0
}
{ on[$1] = $2; point[$1] = $5 }
END { for (id in on) if (within(point[id], ENVIRON["directory"]) && !hidden(id)) print point[id] }') || return
  [ -z "$points" ] && return
  printf 'umount this, then run again: %s\n' "$points" >&2
  return 1
}
