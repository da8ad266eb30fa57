# For `sh -c`: prints the directories in which the paths $1… are, and those that are directories, ended by NUL.
for path; do
  printf '%s\0' "${path%/*}"
  [ ! -d "$path" ] || [ -L "$path" ] || printf '%s\0' "$path"
done
