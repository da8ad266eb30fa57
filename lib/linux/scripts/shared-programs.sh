# Prints the directories that programs and libraries are looked for in and what shells, PAM, cron, systemd and the like
# read for root or for everybody, with the directories above: those that not only root may write, as the mode tells.
# After tables-of-root.sh.
places=$({
  printf '%s\n' "$PATH"
  texts /etc/login.defs /etc/environment /etc/profile /etc/profile.d/* /etc/bash.bashrc /etc/bashrc /etc/sudoers \
    /etc/sudoers.d/* /etc/crontab /etc/cron.d/* |
  awk '!/^[ \t]*#/ && match($0, /(^|[^A-Za-z_])PATH=|secure_path[ \t]*=/) { print substr($0, RSTART + RLENGTH) }'
  texts /etc/ld.so.conf /etc/ld.so.conf.d/*
} | tr ' :"\047;' '\n' | sort -u | grep '^/')
# loose DEPTH PATH…: as links lead; an access control list shows in the mode of the group.
loose() {
  depth=$1
  shift
  find -L "$@" -maxdepth "$depth" ! -type c ! -name '*[[:cntrl:]]*' \
    \( ! -user 0 -o -perm -0020 -o -perm -0002 \) -print 2>/dev/null
}
loose 1 /dev/null || exit
IFS='
'
{
  # shellcheck disable=SC2086 # a place on each line
  loose 1 $places
  loose 5 /etc/environment /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bash.bash_logout /etc/bashrc /etc/zsh \
    /etc/zshenv /etc/zshrc /etc/zprofile /etc/fish /etc/csh.cshrc /etc/csh.login /etc/inputrc /etc/skel \
    /etc/login.defs /etc/default /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid /etc/subgid /etc/shells \
    /etc/nsswitch.conf /etc/sudo.conf /etc/sudoers /etc/sudoers.d /etc/doas.conf /etc/doas.d /etc/ld.so.preload \
    /etc/ld.so.conf /etc/ld.so.conf.d /etc/pam.conf /etc/pam.d /etc/security /etc/update-motd.d /etc/hosts.equiv \
    /etc/crontab /etc/anacrontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly \
    /var/spool/cron/crontabs/root /var/spool/cron/root /etc/systemd /usr/lib/systemd/system /lib/systemd/system \
    /etc/init.d /etc/rc.local /etc/udev /etc/polkit-1 /etc/logrotate.conf /etc/logrotate.d /etc/apt /etc/ssh \
    /root/.ssh /root/.profile /root/.bashrc /root/.bash_profile /root/.zshrc
  # Whoever may write one above puts another in the place of what is there.
  {
    printf '%s\n' /etc /root /opt /opt/arena /charts /var/spool/cron /var/spool/cron/crontabs
    printf '%s\n' "$places" | awk '{ while (sub(/\/[^\/]*$/, "") && $0 != "") print }'
  } | while IFS= read -r path; do [ ! -e "$path" ] || printf '%s\n' "$path"; done
} | sort -u | sed 's/^/write /'
{
  crontabs
  units
} | started | sort -u
unset IFS
