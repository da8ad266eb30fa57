import { defined } from '../base/defined.ts'
import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Claims, claimedUid, claimsOf } from '../kube/token-claims.ts'
import { isServiceAccount } from '../kube/user-name.ts'
import type { Answers, Probe } from '../resource/type.ts'
import { ARCHIVES } from './archive.ts'
import { SEARCH_HOME, search } from './credential-search.ts'
import { type AccountOwner, type Ended, eachUser, readEachUser } from './each-user.ts'
import { STARTED_PROGRAMS } from './started-programs.ts'

/** Whom a token names, as it says itself. */
export interface Bearer {
  /** As `system:serviceaccount:<namespace>:<name>`. */
  name: string
  /** Of the service account. */
  uid?: string
  /** Seconds since 1970; absent in a token that never ends. */
  exp?: number
}

/** A file that holds what lets somebody in. */
export interface Holder {
  path: string
  uid: number
  /** Whom its tokens name. */
  bearers: readonly Bearer[]
  /** Other credentials in it, in words; whose they are cannot be seen. */
  others: readonly string[]
  /** Certificates beside its client keys, as kubeconfigs have them. */
  certificates: readonly string[]
}

/** What was found by looking through files. */
interface Found {
  holders: readonly Holder[]
  /** Whether there are more files than were looked through. */
  more: boolean
  /** Whether there are files with a line break in their name, which are not. */
  odd: boolean
}

/** What a user can read or run that is not theirs, and what lies in their home. */
export interface Gets {
  /** Ids of all the groups that the user's processes are in. */
  groups: readonly number[]
  /** Of the homes, kubeconfigs and holders that were named, those that the user may read or enter. */
  opens: ReadonlySet<string>
  /** What the user may write of all that others run, or that is read when they log in. */
  writes: readonly string[]
  /** Programs that root runs and the user may change, or put another in their place. */
  replaces: readonly string[]
  /** `late`: the files could not all be looked through in time. */
  atHome: Found & { late: boolean }
}

/** Outside the homes of users. */
export interface WithinReach extends Found {
  /** Owners of files who took longer than they may. */
  late: readonly number[]
  /** Undefined where no command could be run as this user. */
  of(user: { name: string }): Gets | undefined
}

const PROBE = 'within reach'

/** Words for credentials that say nothing of whose they are. */
const OTHERS: Readonly<Record<string, string>> = {
  key: 'a client key',
  encoded: 'an encoded token',
  other: 'a kubeconfig with a token or password',
}

/** What root alone reads, and the group of a helper of PAM: hashes of all passwords, and homes of those who left. */
export const PRIVATE = ['/etc/shadow', '/etc/gshadow', '/etc/shadow-', '/etc/gshadow-', ARCHIVES] as const

const SHARED = sh`${STARTED_PROGRAMS}
${shellFile(new URL('./scripts/shared-programs.sh', import.meta.url))}`

/** Between what is tried of others' and what lies at home. */
const HOME = 'home'

const TRY = `(${shellFile(new URL('./scripts/try-reach.sh', import.meta.url))})\necho ${HOME}\n${SEARCH_HOME}`

/**
 * Tries as each user what they can read or write: homes and kubeconfigs of all, left copies of credentials, what
 * others run, and what is in their own home.
 */
export const withinReachProbe = (
  users: readonly AccountOwner[],
  all: readonly { home: string }[],
): Probe => ({
  id: PROBE,
  script: eachUser({
    users,
    once: sh`printf 'open %s\\n' ${[...PRIVATE, ...all.flatMap(({ home }) => [home, `${home}/.kube/config`])]}
${SHARED}
${search({
  users,
  homes: all.map(({ home }) => home),
  above: [...new Set(all.map(({ home }) => home.slice(0, home.lastIndexOf('/')) || '/'))],
})}`,
    script: sh`as_user ${TRY} <"$once"`,
  }),
})

/** The answer to `withinReachProbe`. */
export const readWithinReach = (answers: Answers): WithinReach => {
  const { once, of } = readEachUser(answers, PROBE)
  const lines = once.split('\n')
  return {
    ...foundIn(lines),
    late: lines.flatMap((line) => (split(line)[0] === 'late' ? [Number(split(line)[1])] : [])),
    of(user) {
      const ended = of(user)
      return ended?.code === 0 ? getsIn(ended) : undefined
    },
  }
}

const foundIn = (lines: readonly string[]): Found => ({
  holders: holdersIn(lines),
  more: lines.includes('more'),
  odd: lines.includes('odd'),
})

const holdersIn = (lines: readonly string[]): Holder[] => {
  const holders: (Pick<Holder, 'path' | 'uid'> &
    Record<'others' | 'certificates', string[]> & { bearers: Bearer[] })[] = []
  for (const line of lines) {
    const [word = '', rest = ''] = split(line)
    const holder = holders.at(-1)
    if (word === 'credential') {
      const [uid, path] = split(rest)
      holders.push({ path, uid: Number(uid), bearers: [], others: [], certificates: [] })
    } else if (word === 'token') {
      const claims = claimsOf(rest)
      if (claims !== undefined && isServiceAccount(claims.sub)) holder?.bearers.push(bearerIn(claims))
    } else if (word === 'certificate') holder?.certificates.push(rest)
    else if (word in OTHERS) holder?.others.push(OTHERS[word]!)
  }
  return holders.filter(({ bearers, others }) => bearers.length + others.length > 0)
}

const bearerIn = (claims: Claims): Bearer => ({
  name: claims.sub,
  ...defined({ uid: claimedUid(claims), exp: claims.exp }),
})

const getsIn = ({ stdout }: Ended): Gets => {
  const [groups = '', ...all] = stdout.split('\n')
  const end = all.indexOf(HOME)
  const [lines, own] = end < 0 ? [all, []] : [all.slice(0, end), all.slice(end + 1)]
  const pathsOf = (...words: string[]): string[] =>
    lines.flatMap((line) => (words.includes(split(line)[0]) ? [line.slice(line.indexOf('/'))] : []))
  return {
    groups: groups.split(' ').map(Number),
    opens: new Set(pathsOf('open', 'credential')),
    writes: pathsOf('write'),
    replaces: pathsOf('runs'),
    atHome: { ...foundIn(own), late: own.includes('late') },
  }
}

const split = (line: string): [word: string, rest: string] => {
  const at = line.indexOf(' ')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}
