# Defines outsiders MOST NAME…, which says who looks, and what sudo lets each account do that can log in and is none
# of these, of one account more than so many. After sudo-lists.sh.
outsiders() {
  most=$1
  shift
  printf 'admin %s\n' "${SUDO_USER:-$(id -un)}"
  { printf '%s\n' root "$@" && echo && cat /etc/passwd; } |
  awk -F: '!rest { if ($0 == "") rest = 1; else known[$0]; next }
NF >= 7 && !($1 in known) && $7 !~ /\/(nologin|false|sync|halt|shutdown)$/ { print $1 }' |
  head -n $((most + 1)) | while IFS= read -r name; do
    printf 'account %s\n' "$name"
    sudo_lists "$name" | sed 's/^/ /'
  done
}
