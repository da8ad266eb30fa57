# For `sh -c`, after mount-here.sh: does the deed $1, a text of shell, in each directory $2… that is below `top` and on
# its mount `mount`, by what the kernel says of where the shell stands. The deed finds the path in `here`.
: "${top?}" "${mount?}"
deed=$1
shift
for path; do
  # shellcheck disable=SC2154 # mount_here sets value
  cd -P "$path" 2>/dev/null && mount_here && [ "$value" = "$mount" ] || continue
  here=$(readlink /proc/self/cwd && echo .) && here=${here%??} || continue
  case $here/ in "$top"/*) ;; *) continue ;; esac
  eval "$deed"
done
