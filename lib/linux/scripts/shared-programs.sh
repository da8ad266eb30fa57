# Prints the directories that programs are looked for in, and files that shells read when somebody logs in.
{
  printf '%s\n' "$PATH"
  sed -n 's/^ENV_[A-Z]*PATH[[:space:]]*PATH=//p' /etc/login.defs 2>/dev/null
} | tr ':' '\n' | sort -u | sed -n 's,^/,write &,p'
for path in /etc/environment /etc/profile /etc/profile.d /etc/profile.d/* /etc/bash.bashrc /etc/bashrc /etc \
  /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid /etc/subgid /etc/sudoers /etc/sudoers.d \
  /etc/sudoers.d/* /etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.conf.d /etc/ld.so.conf.d/* /etc/pam.d \
  /etc/pam.d/* /etc/security /etc/crontab /etc/cron.d /etc/cron.d/* /etc/cron.hourly /etc/cron.hourly/* \
  /etc/cron.daily /etc/cron.daily/* /etc/cron.weekly /etc/cron.weekly/* /etc/cron.monthly /etc/cron.monthly/* \
  /var/spool/cron/crontabs/root /var/spool/cron/root /etc/systemd/system /etc/systemd/system/* /etc/init.d \
  /etc/init.d/* /etc/rc.local /etc/udev/rules.d /etc/udev/rules.d/* /etc/polkit-1/rules.d /etc/polkit-1/rules.d/* \
  /etc/ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/ssh/sshd_config.d/* /root /root/.ssh \
  /root/.ssh/authorized_keys /root/.profile /root/.bashrc /opt /opt/arena /charts; do
  printf 'write %s\n' "$path"
done
# What cron and units of the administrator start as root: the first word, or after an interpreter the first path.
{
  cat /etc/crontab /etc/cron.d/* 2>/dev/null | awk '{ at = $1 ~ /^@/ ? 2 : 6 }
    $1 !~ /^#/ && $at == "root" { for (; at > 0; at--) $at = ""; print }'
  cat /var/spool/cron/crontabs/root /var/spool/cron/root 2>/dev/null | awk '{ at = $1 ~ /^@/ ? 1 : 5 }
    $1 !~ /^#/ { for (; at > 0; at--) $at = ""; print }'
  grep -LE '^User=' /etc/systemd/system/*.service 2>/dev/null |
    while IFS= read -r unit; do sed -n 's/^Exec[A-Za-z]*=[-@:+!]*//p' "$unit"; done
} | awk '{
  gsub(/["\047]/, "")
  for (i = 1; i <= NF; i++) {
    word = $i
    name = word
    sub(/.*\//, "", name)
    if (name ~ /^(sh|dash|bash|zsh|env|nice|ionice|timeout|flock|chronic|python[0-9.]*|perl|ruby|node)$/) {
      inside = 1
      continue
    }
    if (word ~ /^\//) { print word; break }
    if (!inside) break
  }
  inside = 0
}' | sort -u | sed -n 's,^/,runs &,p'
