# Defines room SECONDS DIRECTORY HOME…, which says how large homes are, in kB, and what is free where the directory is
# or will be. Of a home that takes longer nothing is said.
room() {
  seconds=$1 directory=$2
  shift 2
  for home; do
    [ ! -d "$home" ] || [ -L "$home" ] || ! command -v timeout >/dev/null ||
    timeout "$seconds" du -skx "$home" 2>/dev/null
  done
  until [ -d "$directory" ]; do directory=${directory%/*}; done
  stat -f -c 'free %a %S' "$directory"
}
