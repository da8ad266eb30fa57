# Of the paths of files puts those first whose names are telling, and lets through so many: `more` where there are more,
# `odd` where a name held a line break, which is a byte 1 here, and `late` as it came, before them. In most: how many;
# in telling: what such names match.
$0 == "late" { late = 1; next }
{ count++ }
/\001/ { odd = 1; next }
{
  name = $0
  sub(/.*\//, "", name)
  if (/\/[.]kube\// || name ~ telling) { if (told < most) first[++told] = $0 }
  else if (others < most) other[++others] = $0
}
END {
  if (late) print "late"
  if (odd) print "odd"
  if (count > most) print "more"
  for (i = 1; i <= told; i++) print first[i]
  for (i = 1; i <= others && told + i <= most; i++) print other[i]
}
