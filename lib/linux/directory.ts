import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Answers, type Probe, rowsOf } from '../resource/type.ts'
import { byWord, type DirectoryAccount, directoryAccountIn } from './accounts.ts'

/** What a machine gets from the directory (LDAP, AD) that it asks, by SSSD, nslcd, extrausers or another service. */
export interface NameService {
  /** Every account that was found. */
  accounts: readonly DirectoryAccount[]
  /** An account by the name that the directory itself gives it. */
  account(name: string): DirectoryAccount | undefined
  /** How the directory spells the name of the account for which it was asked by this one. */
  spelled(name: string): string | undefined
  /** The gids of all groups that processes of the account are in, those of the machine's own files, too. */
  groupsOf(name: string): readonly number[]
  /** Whether the login shell of one of the accounts is there and can be run. */
  isProgram(shell: string): boolean
  /** A group by name, or the one with that gid; whatever has it. */
  group(key: string | number): DirectoryGroup | undefined
}

/** A group as NSS gives it. */
export interface DirectoryGroup {
  name: string
  gid: number
  members: readonly string[]
}

/** What is asked of a directory: names of accounts, and groups by name. */
export interface AskedOfDirectory {
  users: readonly string[]
  groups: readonly string[]
}

const PROBE = 'directory'

const PRINT = shellFile(new URL('./scripts/print-directory.sh', import.meta.url))

/** Asks NSS for these accounts, for the groups that they are in, and for these groups. */
export const directoryProbe = ({ users, groups }: AskedOfDirectory): Probe => ({
  id: PROBE,
  script:
    users.length + groups.length === 0
      ? sh`:`
      : sh`${PRINT}
groups ${groups}
users ${users}`,
})

/**
 * Asks NSS for accounts of these names, and for all members of these groups and of those of the machine's files; the
 * answer is read as that to `directoryProbe`.
 */
export const peopleProbe = (asked: AskedOfDirectory): Probe => ({
  id: PROBE,
  script: sh`${PRINT}
groups ${asked.groups}
IFS='
'
set -f
users $(${peopleIn(asked)} | cut -d : -f 1)`,
})

/** Prints what NSS has of the same people, as lines of passwd. */
export const peopleIn = ({ users, groups }: AskedOfDirectory): Script =>
  sh`{\n${shellFile(new URL('./scripts/print-people.sh', import.meta.url))}
people ${users.join('\n')} ${groups.join('\n')}\n}`

/** The answer to `directoryProbe`. */
export const readDirectory = (answers: Answers): NameService => {
  const of = byWord(rowsOf(answers, PROBE, ':'))
  const accounts = new Map(of('account').map((row) => [row[1]!, directoryAccountIn(row)]))
  const spelled = new Map(of('spelled').map(([, name, answer]) => [name!, answer!]))
  const groupsOf = new Map(
    of('in').map(([, name, gids = '']) => [name!, gids.split(' ').filter(Boolean).map(Number)]),
  )
  const groups = new Map(
    of('group').flatMap(([, name, gid, members = '']): [string | number, DirectoryGroup][] => {
      const group = { name: name!, gid: Number(gid), members: members.split(',').filter(Boolean) }
      return [
        [group.name, group],
        [group.gid, group],
      ]
    }),
  )
  const programs = new Set(of('program').map(([, path]) => path!))
  return {
    accounts: [...accounts.values()],
    account: (name) => accounts.get(name),
    spelled: (name) => spelled.get(name),
    groupsOf: (name) => groupsOf.get(name) ?? [],
    group: (key) => groups.get(key),
    isProgram: (shell) => programs.has(shell),
  }
}
