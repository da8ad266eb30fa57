# Defines homes_of GROUP HOME…, which prints these homes and those of all members of the group.
homes_of() {
  group=$1
  shift
  homes=$(printf '%s\n' "$@" && awk -F: -v group="$group" '
FILENAME == "/etc/group" { if ($1 == group) members = members "," $4 ","; next }
index(members, "," $1 ",") { print $6; known[$1] }
END {
  for (at = split(members, names, ","); at > 0; at--)
    if (names[at] != "" && !(names[at] in known)) print ":" names[at]
}' /etc/group /etc/passwd)
  printf '%s\n' "${homes%%:*}"
  case $homes in *:*)
    ! command -v getent >/dev/null ||
      printf '%s\n' "$homes" | sed -n 's/^://p' | tr '\n' '\0' | xargs -0 getent passwd -- | cut -d : -f 6
  esac
}
