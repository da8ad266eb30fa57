# After mount-here.sh, with the text of enter-directories.sh in `enter`.
: "${enter?}"
below() {
  # shellcheck disable=SC2154 # mount_here sets value
  top=$(cd -P "$1" && readlink /proc/self/cwd) && mount=$(cd -P "$1" && mount_here && echo "$value") || return
  export top mount
}
within() { xargs -0 -r sh -c "$enter" within "$1"; }
