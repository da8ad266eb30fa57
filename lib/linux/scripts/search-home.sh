# For `sh -c`, after limited.sh, as a user: says of the files at home what find-credentials.sh says, of those with
# telling names first. $1: how many are looked through; $2: how deep they lie; $3: too large, in blocks of 512 bytes;
# $4: seconds, after which it says `late`; $5: which names are telling, as awk takes it, and $6: first-telling.awk; $7:
# that script, with its arguments.
files=$1 depth=$2 large=$3 seconds=$4 telling=$5 first=$6 look=$7
shift 7
# As of what was killed.
late=137
found=$({
  limited 10 find -H "$HOME" -xdev -maxdepth "$depth" -type f -size "-$large" -print0 2>/dev/null
  [ $? != "$late" ] || printf 'late\0'
} | tr '\n\0' '\1\n' | awk -v most="$files" -v telling="$telling" "$first")
# Words come before paths.
said=${found%%/*}
printf %s "$said"
[ "$said" != "$found" ] || exit 0
printf '%s\n' "${found#"$said"}" | limited "$seconds" sh -c "$look" look "$@" 2>/dev/null
[ $? != "$late" ] || echo late
