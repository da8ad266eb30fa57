# Defines sshd_settings NAME, which says what sshd does for a user, after a line `sshd`; nothing where there is none.
sshd_settings() {
  ! sshd=$(command -v sshd) || {
    echo sshd
    "$sshd" -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>/dev/null |
    grep -iE -e '^(permit(rootlogin|emptypasswords)|(password|kbdinteractive|pubkey)authentication) ' \
      -e '^(authorizedkeys(command|file)|(allow|deny)(users|groups)) '
  }
}
