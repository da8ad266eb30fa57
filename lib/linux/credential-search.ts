import { KILLED, LIMITED } from '../base/limited.ts'
import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { become } from './as-user.ts'

/** Files that are looked through for credentials. */
export const MOST_FILES = 20_000
/** Seconds that it may take to look through the files of one owner. */
export const SEARCH_SECONDS = 60
/** Of 512 bytes: the largest file that is. */
const BLOCKS = 2048
const MOST_HOLDERS = 200
/** Directories one within another that are looked into. */
const DEPTH = 8

/** The same, in directories of no known kind, which may be large. */
const DEPTH_BESIDE = 4

/** Of each user's home: files that are looked through and that are told, seconds it may take, how deep they lie. */
export const AT_HOME = { files: 2000, holders: 50, seconds: 15, depth: 2 } as const
/** Of 512 bytes: the largest file at home that is. */
const BLOCKS_AT_HOME = 512

/** Names that a file with a credential has as a rule. In homes these come first; there, any other name may have one. */
const TELLING = ['*conf*', '*.y*ml', '*.json', '*token*'] as const

/** The same, and all in `~/.kube`, as `find` is told it. */
const FIND_TELLING: readonly string[] = [
  ...['(', '-path', '*/.kube/*'],
  ...TELLING.flatMap((name) => ['-o', '-name', name]),
  ')',
]

/** The names as awk is told them. */
const MATCHES_TELLING = TELLING.map((name) => `^${name.replaceAll('.', '[.]').replaceAll('*', '.*')}$`).join(
  '|',
)

/** One of them is in every file that is of interest. */
const MARKS = 'eyJhbGciOi|ZXlKaGJHY2lPa|client-key-data|current-context'

const LOOK = String(sh`${LIMITED}${shellFile(new URL('./scripts/find-credentials.sh', import.meta.url))}`)

/** What the above prints. A user can make a program that runs as they print anything. */
const LINES =
  '^(credential [0-9]+ /|token [A-Za-z0-9_-]+$|certificate [A-Za-z0-9+/]+=*$|(encoded|key|other|more)$)'

interface Search {
  users: readonly { name: string }[]
  /** Homes that are not looked into. */
  homes: readonly string[]
  /** Directories with homes in them. */
  above: readonly string[]
}

/**
 * Names every file that holds a credential, in the places where copies are left and in homes that are none of these, by
 * content and without the content. What only root can reach is passed over, to be quick. Says `more` when there are
 * more files, `odd` when a name holds a line break, and `late` with whom a file was opened as who took too long.
 */
export const search = ({ users, homes, above }: Search): Script => sh`${list(homes, above)}
${SORTED}
${lookAs(users)}
for reader in $(cut -d ' ' -f 1 "$dir/sorted" | uniq); do
  sed -n "s/^$reader //p" "$dir/sorted" >"$dir/paths"
  (ulimit -f ${BLOCKS} && cd / && look_as "$reader" <"$dir/paths" >"$dir/said" 2>/dev/null)
  [ $? != ${KILLED} ] || echo "late $reader"
  grep -E ${LINES} "$dir/said"
  echo "files of $reader" >&2
done
rm -f "$dir/cut" "$dir/files" "$dir/owned" "$dir/sorted" "$dir/paths" "$dir/said"`

/**
 * For `sh -c`, as a user: the same of the files in their own home, opened as themselves. All it is told is in the text,
 * for `su` of util-linux takes a word such as `-name` for an option of its own wherever it stands.
 */
export const SEARCH_HOME = String(sh`set -- ${[
  ...[AT_HOME.files, AT_HOME.depth, BLOCKS_AT_HOME + 1, AT_HOME.seconds].map(String),
  ...[MATCHES_TELLING, String(shellFile(new URL('./scripts/first-telling.awk', import.meta.url)))],
  ...[LOOK, MARKS, String(BLOCKS_AT_HOME * 512), String(AT_HOME.holders)],
]}
${LIMITED}${shellFile(new URL('./scripts/search-home.sh', import.meta.url))}`)

/** Writes paths into "$dir/files", a line each: without those whose names hold a line break, which would be two. */
const list = (homes: readonly string[], above: readonly string[]): Script => sh`pick() {
  limited ${SEARCH_SECONDS} find "$@" 2>/dev/null
  set -- $?
  [ "$1" != ${KILLED} ] || : >"$dir/cut"
  return "$1"
}
others() {
  { printf '%s\\n' ${homes} && echo && cat /etc/passwd; } |
  awk -F: '!rest { if ($0 == "") rest = 1; else known[$0]; next }
  $7 !~ /\\/(nologin|false|sync|halt|shutdown)$/ && $6 ~ /^\\/[^\\/]+\\/./ && !($6 in known) { print $6 }' | sort -u
}
beside() {
  { printf '%s\\n' ${homes} && echo && others && echo &&
    find / ${above} -mindepth 1 -maxdepth 1 -type d ! -name '*[[:cntrl:]]*' 2>/dev/null; } |
  awk '$0 == "" { part++; next }
  part < 2 { do known[$0]; while (sub(/\\/[^\\/]*$/, "") && $0 != ""); next }
  !($0 in known) && $0 !~ /^\\/(bin|boot|dev|etc|home|lib.*|lost.found|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)$/' |
  sort -u | while IFS= read -r path; do
    [ "$(stat -c %d "$path")" != "$(stat -c %d "$path/..")" ] || printf '%s\\n' "$path"
  done
}
set -- \\( -type d -user 0 ! -perm -0010 ! -perm -0001 -prune \\) -o \\( -user 0 ! -perm -0040 ! -perm -0004 \\) -o \\
  -type f -size -${BLOCKS + 1}
pick "$dir" -xdev -maxdepth 1 "$@" -print0 >/dev/null && echo eyJhbGciOi | grep -qE ${MARKS} || exit
{
  for top in ${above}; do pick "$top" -xdev -maxdepth 1 "$@" -print0; done
  for top in /tmp /var/tmp /dev/shm /root /srv /etc; do pick "$top" -xdev "$@" -print0; done
  { printf '%s\\n' /opt /usr/local && others; } | while IFS= read -r top; do
    pick -H "$top" -xdev -maxdepth ${DEPTH} "$@" ${FIND_TELLING} -print0
  done
  beside | while IFS= read -r top; do
    pick "$top" -xdev -maxdepth ${DEPTH_BESIDE} "$@" ${FIND_TELLING} -print0
  done
  others | while IFS= read -r top; do pick -H "$top" -xdev -maxdepth ${DEPTH} "$@" ! ${FIND_TELLING} -print0; done
} | tr '\\n\\0' '\\1\\n' | head -n ${MOST_FILES + 1} >"$dir/all"
[ ! -e "$dir/cut" ] && [ "$(wc -l <"$dir/all")" -le ${MOST_FILES} ] || echo more
break=$(printf '\\1')
! grep -q "$break" "$dir/all" || echo odd
grep -v "$break" "$dir/all" >"$dir/files"
rm "$dir/all"`

const SORTED = shellFile(new URL('./scripts/print-owners.sh', import.meta.url))

/** Where only root could exchange a file, one who is in the groups of the users sees all of it that they do. */
const lookAs = (
  users: Search['users'],
): Script => sh`groups=$(awk -F: -v users=${`,${users.map(({ name }) => name).join(',')},`} '{
  for (n = split($4, members, ","); n > 0; n--) if (index(users, "," members[n] ",")) { ids = ids "," $3; next }
} END { print substr(ids, 2) }' /etc/group)
look_as() {
  if [ "$1" != 0 ] && name=$(id -nu "$1" 2>/dev/null); then uid=$1 groups=--init-groups
  else name=nobody uid=$(id -u nobody) groups=--\${groups:+groups=}\${groups:-clear-groups}; fi
  gid=$(id -g "$name")
  set -- ${LOOK} look ${MARKS} ${BLOCKS * 512} ${MOST_HOLDERS}
${become(sh`"$name"`, sh`"$uid"`, { start: sh`limited ${SEARCH_SECONDS} `, gid: sh`"$gid"`, groups: sh`"$groups"` })}
}`
