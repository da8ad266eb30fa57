# Succeeds where something was answered, and not for each of so many places all rules that hold there, in words that are
# known here. In places: their names.
/"resourceRules":/ {
  gsub(/"(verbs|apiGroups|resources|resourceNames|nonResourceURLs)":/, "")
  gsub(/"(resourceRules|nonResourceRules)":|"incomplete":false/, "")
  if (!/"[A-Za-z]+":/) whole++
}
END { exit !(NR > 0 && whole < split(places, names, " ")) }
