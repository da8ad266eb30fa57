// Client machines beside accounts: secrets in arguments, common directories, shares of the machine, Arena's own files.

import { sh } from '../base/shell.ts'
import {
  accountsProbe,
  advise,
  type Check,
  fail,
  gap,
  LIMITED,
  markerOf,
  ofEachUser,
  onEachHost,
  orPass,
  pass,
  readAccounts,
  readPaths,
  statScript,
  untrusted,
} from '../check.ts'
import type { Inventory, User } from '../inventory/schema.ts'
import { groupsOn } from './linux-accounts.ts'

const ARGUMENTS = 'secrets in arguments'
const SECRET = 'eyJhbGciOi[A-Za-z0-9_-]*[.]|^--?[a-z-]*(token|password|passwd)=.'

/** A process may hold up whoever reads its arguments, which lie in its own memory. */
const HAS_SECRET = String(sh`tr '\\0' '\\n' | LC_ALL=C grep -qE -e ${SECRET}`)

/** Everybody reads everybody's arguments. */
const processes: Check = {
  id: 'K5',
  goal: 2,
  title: 'No process has a secret in its arguments',
  probes: () => [
    accountsProbe,
    {
      id: ARGUMENTS,
      script: sh`${LIMITED}grep -qE '^[^ ]+ /proc proc [^ ]*hidepid=([12]|noaccess|invisible)' /proc/mounts || echo open
limited 20 sh -c ${`cat /proc/[0-9]*/cmdline 2>/dev/null | ${HAS_SECRET}`}
case $? in 0) ;; 1) exit 0 ;; *) exit 1 ;; esac
for process in /proc/[0-9]*; do
  limited 2 sh -c ${HAS_SECRET} 2>/dev/null <"$process/cmdline" || continue
  IFS= read -r program <"$process/comm" && uid=$(stat -c %u "$process") || continue
  printf 'process %s %s %s\\n' "\${process#/proc/}" "$uid" "$program"
done 2>/dev/null`,
    },
  ],
  trials: (scene) =>
    onEachHost(scene, function* (host) {
      const lines = scene.on(host).text(ARGUMENTS).trim().split('\n')
      const { withUid } = readAccounts(scene.on(host))
      const found = lines.flatMap((line) => {
        const [, pid, uid, program] = /^process (\d+) (\d+) (.*)$/.exec(line) ?? []
        if (pid === undefined) return []
        const owner = withUid(Number(uid))[0]?.name ?? `uid ${uid}`
        const thing = `${untrusted(program!)} (process ${pid} of ${owner})`
        return [fail(host, 'a process has a secret in its arguments, which all can read', thing, REPLACE)]
      })
      yield* orPass(found, host, 'no process has a secret in its arguments')
      if (lines.includes('open'))
        yield gap(
          host,
          "users see the arguments of each other's processes",
          advise(
            'pass secrets in files or on standard input; hidepid=invisible on /proc hides arguments, ' +
              'where systemd and polkit can do without seeing them',
          ),
        )
    }),
}

const REPLACE = advise('end it, pass the secret in a file or on standard input, and replace the secret')

const COMMON = 'common directories'
const LINKS = ['protected_hardlinks', 'protected_symlinks']

/** Directories that all may write to keep their users apart. */
const directories: Check = {
  id: 'K6',
  goal: 2,
  title: 'In directories that all may write to, each user has only their own files',
  probes: () => [
    { id: COMMON, script: statScript(sh`printf '%s\\n' ${['/tmp', '/var/tmp', '/dev/shm']}`) },
    { id: 'links', script: sh`cd /proc/sys/fs && grep -H . ${LINKS} || :` },
  ],
  trials: (scene) =>
    onEachHost(scene, function* (host) {
      const at = readPaths(scene.on(host), COMMON)
      const open = ['/tmp', '/var/tmp', '/dev/shm'].filter(
        (path) => (Number.parseInt(at(path)?.mode ?? '0', 8) & 0o1002) === 0o0002,
      )
      const links = scene.on(host).text('links')
      const lax = LINKS.filter((name) => !links.includes(`${name}:1`))
      for (const path of open)
        yield fail(host, "all may take away each other's files", path, `there: chmod 1777 ${path}`)
      for (const name of lax)
        yield gap(
          host,
          'links that one user puts into a common directory are followed by others',
          `there: sysctl -w fs.${name}=1`,
        )
      if (open.length + lax.length === 0)
        yield pass(host, 'each has only their own files in common directories')
    }),
}

const SHARES = 'limits of users'

/** One user must not stall the machine for all. */
const shares: Check = {
  id: 'K8',
  goal: 2,
  title: 'No user takes the whole machine',
  probes: () => [
    {
      id: SHARES,
      script: sh`for tree in system system.control; do cat "/etc/systemd/$tree/user-.slice.d/"*.conf; done 2>/dev/null |
grep -E '^Memory(Max|High)='
cat /etc/security/limits.conf /etc/security/limits.d/*.conf 2>/dev/null | grep -E '^[^#]+[[:space:]]as[[:space:]]'
:`,
    },
  ],
  trials: (scene) =>
    onEachHost(scene, function* (host) {
      if (areLimited(scene.inventory, host, scene.on(host).text(SHARES).split('\n')))
        return yield pass(host, 'users have limits of memory')
      yield gap(
        host,
        'one user can take all the memory of the machine',
        advise(
          'limit each there: MemoryMax= (and CPUQuota=) under [Slice] in /etc/systemd/system/user-.slice.d/limits.conf',
        ),
      )
    }),
}

/**
 * Whether a limit holds for all users. In limits.conf(5) a soft one, which users raise themselves, is none, and of
 * several lines the one that names a user more closely counts: so none of theirs may say `unlimited`.
 */
const areLimited = (inventory: Inventory, host: string, lines: readonly string[]): boolean => {
  if (lines.some((line) => /^Memory(Max|High)=\s*\d/.test(line))) return true
  const domainsWith = (limit: string): string[] =>
    lines.flatMap((line) => new RegExp(`^\\s*(\\S+)\\s+(?:hard|-)\\s+as\\s+${limit}`).exec(line)?.[1] ?? [])
  const limited = new Set(domainsWith('\\d'))
  const lifted = new Set(domainsWith('(?:-1|unlimited|infinity)'))
  const isLimited = (user: User): boolean => {
    const groups = [markerOf(inventory.name), ...groupsOn(inventory, host, user)]
    const domains = ['*', user.name, ...groups.map((group) => `@${group}`)]
    return domains.some((one) => limited.has(one)) && !domains.some((one) => lifted.has(one))
  }
  // A range of ids may be anybody's.
  const isRange = (domain: string): boolean => domain.includes(':')
  return inventory.users.length > 0 && inventory.users.every(isLimited) && ![...lifted].some(isRange)
}

const PROGRAMS = ['/usr/local/bin/arena', '/usr/local/bin/arena-kubectl', '/usr/local/bin/arena-helm']
const CHARTS = 'charts of users'
const chartsOf = ({ home }: User): string => `${home}/charts`

/** What users run as Arena is root's. */
const programs: Check = {
  id: 'K9',
  goal: 2,
  title: 'Arena, its kubectl, its helm and its charts are there, and only root can change them',
  probes: ({ users }) => [
    {
      id: 'programs',
      script: sh`for path in ${PROGRAMS}; do [ -x "$path" ] || printf 'missing %s\\n' "$path"; done
[ -d /charts ] || echo missing /charts
set -- ! -type l \\( ! -user 0 -o -perm -0002 -o -perm -0020 ! -group 0 \\)
find /dev/null "$@" >/dev/null || exit
find /opt/arena/ /charts/ ${PROGRAMS} "$@" 2>/dev/null |
head -n 20 | sed 's/^/open /'`,
    },
    { id: CHARTS, script: statScript(sh`printf '%s\\n' ${users.map(chartsOf)}`) },
  ],
  *trials(scene) {
    yield* onEachHost(scene, function* (host) {
      const lines = scene.on(host).text('programs').split('\n').filter(Boolean)
      if (lines.length === 0) yield pass(host, "Arena is there and root's alone")
      for (const line of lines) {
        const [, word, path] = /^(\w+) (.*)$/.exec(line)!
        yield fail(
          host,
          word === 'missing' ? 'lacks a part of Arena' : 'has a part of Arena that others can change',
          untrusted(path!),
        )
      }
    })
    const read = (host: string) => readPaths(scene.on(host), CHARTS)
    yield* ofEachUser(scene, read, function* (at, user, subject) {
      if (at(chartsOf(user)) !== undefined)
        yield gap(
          subject,
          'has charts of their own, which Arena takes rather than those in /charts',
          advise('see what they are for, and move them away: ls -l ~/charts'),
        )
    })
  },
}

/** Client machines beside accounts. */
export const machines: readonly Check[] = [processes, directories, shares, programs]
