# Prints the directories that programs are looked for in, and files that shells read when somebody logs in.
{
  printf '%s\n' "$PATH"
  sed -n 's/^ENV_[A-Z]*PATH[[:space:]]*PATH=//p' /etc/login.defs 2>/dev/null
} | tr ':' '\n' | sort -u | sed -n 's,^/,write &,p'
for path in /etc/environment /etc/profile /etc/profile.d /etc/profile.d/* /etc/bash.bashrc /etc/bashrc /opt /opt/arena /charts; do
  printf 'write %s\n' "$path"
done
