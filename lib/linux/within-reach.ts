import type { Answers, Probe } from '../resource-type.ts'
import { type Script, sh } from '../shell.ts'
import { claimsOf } from '../token-claims.ts'
import { type AccountOwner, type Ended, eachUser, readEachUser } from './each-user.ts'

/** A file outside the homes of users that holds what lets somebody in. */
export interface Holder {
  path: string
  uid: number
  /** Whom its tokens name, as `system:serviceaccount:<namespace>:<name>`. */
  subjects: readonly string[]
  /** Other credentials in it, in words; whose they are cannot be seen. */
  others: readonly string[]
}

/** What a user gets at that is not his. */
export interface Gets {
  /** Ids of all the groups that his processes are in. */
  groups: readonly number[]
  /** Of the homes, kubeconfigs and holders that were named, those that he may read or enter. */
  opens: ReadonlySet<string>
  /** What he may write of all that others run, or that is read when they log in. */
  writes: readonly string[]
}

export interface WithinReach {
  holders: readonly Holder[]
  /** Whether there are more files than were looked through. */
  more: boolean
  /** Undefined where nothing could be tried as he. */
  of(user: { name: string }): Gets | undefined
}

const PROBE = 'within reach'

/** Files that are looked through for credentials. */
export const MOST_FILES = 20_000
/** Of 512 bytes: the largest file that is. */
const BLOCKS = 2048
const MOST_HOLDERS = 200
/** Directories one within another that are looked into. */
const DEPTH = 8

/** One of them is in every file that is of interest. */
const MARKS = 'eyJhbGciOi|ZXlKaGJHY2lPa|client-key-data|current-context'
const TOKEN = 'eyJhbGciOi[A-Za-z0-9_-]*[.]eyJ[A-Za-z0-9_-]+[.][A-Za-z0-9_-]{20,}'
const VALUE = `["']?:[[:space:]]*["']?[^"'[:space:]]`

/** Words for credentials that say nothing of whose they are. */
const OTHERS: Readonly<Record<string, string>> = {
  key: 'a client key',
  encoded: 'an encoded token',
  other: 'a kubeconfig with a token or password',
}

/**
 * Names every file that holds a credential, in the places where copies are left and in homes that are none of these, by
 * content and without the content: of a token only the part that says whom it names. What only root can reach is passed
 * over, to be quick.
 */
const search = (homes: readonly string[], above: readonly string[]): Script => sh`pick() {
  find "$@" 2>/dev/null
}
others() {
  { printf '%s\\n' ${homes} && echo && cat /etc/passwd; } |
  awk -F: '!rest { if ($0 == "") rest = 1; else known[$0]; next }
  $7 !~ /\\/(nologin|false|sync|halt|shutdown)$/ && $6 ~ /^\\/[^\\/]+\\/./ && !($6 in known) { print $6 }' | sort -u
}
set -- \\( -type d -user 0 ! -perm -0010 ! -perm -0001 -prune \\) -o \\( -user 0 ! -perm -0040 ! -perm -0004 \\) -o -type f -size -${BLOCKS + 1}
pick "$dir" -xdev -maxdepth 1 "$@" -print >/dev/null && echo eyJhbGciOi | grep -qE ${MARKS} || exit
{
  for top in ${above}; do pick "$top" -xdev -maxdepth 1 "$@" -print; done
  for top in /tmp /var/tmp /dev/shm /root /srv /etc/kubernetes /etc/rancher; do pick "$top" -xdev "$@" -print; done
  { printf '%s\\n' /opt /usr/local && others; } | while IFS= read -r top; do
    pick "$top" -xdev -maxdepth ${DEPTH} "$@" \\( -path '*/.kube/*' -o -name '*conf*' -o -name '*.y*ml' -o -name '*.json' -o -name '*token*' \\) -print
  done
} | head -n ${MOST_FILES + 1} >"$dir/files"
[ "$(wc -l <"$dir/files")" -le ${MOST_FILES} ] || echo more
tr '\\n' '\\0' <"$dir/files" |
LC_ALL=C xargs -0 -r grep -lE ${MARKS} 2>/dev/null |
head -n ${MOST_HOLDERS} | while IFS= read -r path; do
  text() { LC_ALL=C tr -cd '\\11\\12\\40-\\176' 2>/dev/null <"$path"; }
  stat -c 'credential %u %n' "$path" 2>/dev/null || continue
  text | grep -oE ${TOKEN} | cut -d. -f2 | sort -u | sed 's/^/token /'
  ! text | grep -q ZXlKaGJHY2lPa || echo encoded
  ! text | grep -qE ${`client-key-data${VALUE}{40,}`} || echo key
  ! text | grep -q current-context || ! text | grep -v eyJ | grep -qE ${`(token|password)${VALUE}{8,}`} || echo other
done
rm "$dir/files"`

/** Directories that programs are looked for in, and files that shells read when somebody logs in. */
const SHARED = sh`{
  printf '%s\\n' "$PATH"
  sed -n 's/^ENV_[A-Z]*PATH[[:space:]]*PATH=//p' /etc/login.defs 2>/dev/null
} | tr ':' '\\n' | sort -u | sed -n 's,^/,write &,p'
for path in /etc/environment /etc/profile /etc/profile.d /etc/profile.d/* /etc/bash.bashrc /etc/bashrc /opt /opt/arena /charts; do
  printf 'write %s\\n' "$path"
done`

/** Prints the lines whose path he may open or write. */
const TRY = `id -G
IFS='
'
set -f
for line in $(cat); do
  path=/\${line#* /}
  case $line in
  'open '*) [ -r "$path" ] || { [ -d "$path" ] && [ -x "$path" ]; } ;;
  'credential '*) [ -r "$path" ] ;;
  'write '*) [ -w "$path" ] ;;
  *) false ;;
  esac && printf '%s\\n' "$line"
done
:`

/** Tries as each user what he gets at: homes and kubeconfigs of all, left copies of credentials, what others run. */
export const withinReachProbe = (
  users: readonly AccountOwner[],
  all: readonly { home: string }[],
): Probe => ({
  id: PROBE,
  script: eachUser({
    users,
    once: sh`printf 'open %s\\n' ${all.flatMap(({ home }) => [home, `${home}/.kube/config`])}
${SHARED}
${search(
  all.map(({ home }) => home),
  [...new Set(all.map(({ home }) => home.slice(0, home.lastIndexOf('/')) || '/'))],
)}`,
    script: sh`as_user ${TRY} <"$once"`,
  }),
})

/** The answer to `withinReachProbe`. */
export const readWithinReach = (answers: Answers): WithinReach => {
  const { once, of } = readEachUser(answers, PROBE)
  const lines = once.split('\n')
  return {
    holders: holdersIn(lines),
    more: lines.includes('more'),
    of(user) {
      const ended = of(user)
      return ended?.code === 0 ? getsIn(ended) : undefined
    },
  }
}

const holdersIn = (lines: readonly string[]): Holder[] => {
  const holders: { path: string; uid: number; subjects: string[]; others: string[] }[] = []
  for (const line of lines) {
    const [word = '', rest = ''] = split(line)
    const holder = holders.at(-1)
    if (word === 'credential') {
      const [uid, path] = split(rest)
      holders.push({ path, uid: Number(uid), subjects: [], others: [] })
    } else if (word === 'token') {
      const subject = claimsOf(rest)?.sub
      if (subject?.startsWith('system:serviceaccount:')) holder?.subjects.push(subject)
    } else if (word in OTHERS) holder?.others.push(OTHERS[word]!)
  }
  return holders.filter(({ subjects, others }) => subjects.length + others.length > 0)
}

const getsIn = ({ stdout }: Ended): Gets => {
  const [groups = '', ...lines] = stdout.split('\n')
  const pathsOf = (...words: string[]): string[] =>
    lines.flatMap((line) => (words.includes(split(line)[0]) ? [line.slice(line.indexOf('/'))] : []))
  return {
    groups: groups.split(' ').map(Number),
    opens: new Set(pathsOf('open', 'credential')),
    writes: pathsOf('write'),
  }
}

const split = (line: string): [word: string, rest: string] => {
  const at = line.indexOf(' ')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}
