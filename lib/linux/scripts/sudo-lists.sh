# Defines sudo_lists NAME, which has each sudo say what an account may run, after a line `sudo`. Where a machine has
# two, whoever is refused by one may be let by the other: both read the same sudoers.
sudo_lists() {
  for sudo in sudo sudo.ws sudo-rs; do
    ! sudo=$(command -v "$sudo") || [ ! -u "$sudo" ] ||
    { echo sudo && LC_ALL=C "$sudo" -n -l -U "$1" </dev/null 2>/dev/null; }
  done
}
