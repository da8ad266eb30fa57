# A deed for `within`: deletes what bears the uid and is staged, and gives root the directory if others have something
# in it.
: "${uid?}"
find . -mindepth 1 -maxdepth 1 -user "$uid" ! -type d '(' -links +1 -o -type s ')' -exec rm -f -- {} +
find . -mindepth 1 -maxdepth 1 -user "$uid" -type d -exec rmdir -- {} + 2>/dev/null
[ -z "$(find . -mindepth 1 -maxdepth 1 | head -c 1)" ] || find . -maxdepth 0 -user "$uid" -exec chown 0 {} +
