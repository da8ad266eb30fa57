# Defines outsiders SECONDS MOST NAME…, which says who looks, and what sudo lets each account do that can log in and is
# none of these, of one account more than so many. Once sudo took too long for three, it is not asked about the others.
# After sudo-lists.sh.
outsiders() {
  seconds=$1 most=$2
  shift 2
  # By name: of several accounts with uid 0 `id` tells the first in the file, whoever put it there.
  printf 'admin %s\n' "${SUDO_USER:-${LOGNAME:-root}}"
  { printf '%s\n' root "$@" && echo && cat /etc/passwd; } |
  awk -F: '{ sub(/^[ \t\v\f\r]+/, "") }
!rest { if ($0 == "") rest = 1; else known[$0]; next }
NF >= 7 && !($1 in known) && $7 !~ /\/(nologin|false|sync|halt|shutdown)$/ { print $1 }' |
  head -n $((most + 1)) | {
    tries=3
    while IFS= read -r name; do
      printf 'account %s\n' "$name"
      said=sudo
      [ "$tries" = 0 ] || said=$(sudo_lists "$seconds" "$name") || tries=$((tries - 1))
      printf '%s\n' "$said" | sed 's/^/ /'
    done
  }
}
