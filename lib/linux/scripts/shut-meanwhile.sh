# Shuts an account until it is given back the last day that it has, which $last then says (-1 for never); one that has a
# day keeps it. user: whose; half_given: the day that says why it is shut.
: "${user?}" "${half_given?}"
last=$(awk -F: -v user="$user" '$1 == user { print $8; exit }' /etc/shadow) &&
case $last in
'' | "$half_given")
  last=-1
  chage -E "$half_given" "$user"
  ;;
esac
