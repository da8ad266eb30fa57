# Defines sudo_lists SECONDS NAME, which has each sudo say what an account may run, after a line `sudo`; ends with 137
# when one took longer. Where a machine has two, whoever is refused by one may be let by the other: both read the same
# sudoers. After limited.sh.
sudo_lists() {
  late=0
  for sudo in sudo sudo.ws sudo-rs; do
    sudo=$(command -v "$sudo") && [ -u "$sudo" ] || continue
    echo sudo
    limited "$1" env LC_ALL=C "$sudo" -n -l -U "$2" </dev/null 2>/dev/null
    [ $? != 137 ] || late=137
  done
  return "$late"
}
