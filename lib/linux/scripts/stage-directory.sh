# A deed for `within`: makes links in `stage` to all files here that bear the uid; link: the text of link-files.sh.
: "${stage?}" "${here?}" "${uid?}" "${link?}"
mkdir -p "$stage$here" &&
find . -mindepth 1 -maxdepth 1 -user "$uid" ! -type d ! -type s -exec sh -c "$link" "$stage$here" {} + || exit 1
