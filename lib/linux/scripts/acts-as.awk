# The uid of these by which a process acts, by any of its four; a program of theirs with the set-user-id bit runs for
# others with theirs. Root's own may take on somebody's for a moment, as file servers do.
function acts(uids, field) {
  for (field = 2; field <= 5; field++)
    if (index(uids, " " $field " ") && (field == 2 || $2 != 0)) return $field
}
