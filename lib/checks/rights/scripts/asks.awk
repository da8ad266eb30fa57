# Prints what a user asks about themselves, a line each, out of lines `WORD QUESTION`, in which @ stands for a
# namespace. In list: `rules`, for all rules in each namespace, or `rights`, for each right by itself; in how: `full` or
# `short`; in own, others and nowhere: namespaces.
{
  word = $1
  sub(/^[^ ]* /, "")
  text[word] = text[word] $0 "\n"
}
function put(word, places, count, names, i, some) {
  count = split(places, names, " ")
  for (i = 1; i <= count; i++) {
    some = text[word]
    gsub(/@/, names[i], some)
    printf "%s", some
  }
}
END {
  if (list == "rules") {
    printf "%s", text["first"]
    put("rules", own " " others " " nowhere)
  } else {
    printf "%s", text["whole-" how]
    put("own-" how, own)
    put("others", others)
  }
}
