# Defines sshd_settings SECONDS NAME, which says what sshd does for a user, after a line `sshd`; nothing where there is
# none, and nothing behind that line when it did not say all of it. After limited.sh.
sshd_settings() {
  sshd=$(command -v sshd) || return 0
  echo sshd
  settings=$(limited "$1" "$sshd" -T -C "user=$2,host=localhost,addr=127.0.0.1" 2>/dev/null </dev/null) || return
  printf '%s\n' "$settings" |
  grep -iE -e '^(permit(rootlogin|emptypasswords)|(password|kbdinteractive|pubkey)authentication) ' \
    -e '^(authorizedkeys(command|file)|(allow|deny)(users|groups)) '
}
