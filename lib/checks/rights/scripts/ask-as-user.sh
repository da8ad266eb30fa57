# ask_as_user NOWHERE OWN OTHERS HOW, after as_user: asks as the user "$name", who has rights in the namespaces OWN, for
# all rules there, in OTHERS and in NOWHERE, and for each right by itself where the API server cannot list them.
# Questions are in the file "$once"; HOW: `full` or `short`. $asks prints them, $unlisted looks at the answers in
# "$dir", and $ask puts them, in $context.
# shellcheck disable=SC2154 # what calls it sets them, and as_user
questions() {
  awk -v list="$1" -v nowhere="$2" -v own="$3" -v others="$4" -v how="$5" "$asks" "$once"
}
ask_as_user() {
  questions rules "$@" | as_user "$ask" "$context"
  ended=$?
  [ "$ended" -le 1 ] && awk -v places="$1 $2 $3" "$unlisted" "$dir/$name.out" || return "$ended"
  questions rights "$@" | as_user "$ask" "$context"
}
