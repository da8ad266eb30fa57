# people NAMES GROUPS, a name in each line: prints what NSS has of these accounts, of all members of these groups and of
# all members of the files' groups, as lines of passwd. Without those that the files have.
people() {
  command -v getent >/dev/null || return 0
  names=$({
    printf '%s\n' "$1"
    {
      cat /etc/group
      printf '%s\n' "$2" | tr '\n' '\0' | xargs -0 getent group --
    } | cut -d : -f 4 | tr , '\n'
  } | awk -F: 'FILENAME == "/etc/passwd" { own[$1]; next }
    $1 != "" && !($1 in own) && !seen[$1]++ { print $1 }' /etc/passwd -)
  [ -z "$names" ] || printf '%s\n' "$names" | tr '\n' '\0' | xargs -0 getent passwd -- || :
}
