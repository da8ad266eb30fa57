// How users get into a client machine, and that nobody gets further than their own account.

import { quote, sh } from '../base/shell.ts'
import {
  accountsProbe,
  advise,
  broken,
  type Check,
  type Command,
  type DirectoryAccount,
  type Finding,
  fail,
  gap,
  hinted,
  homesProbe,
  isExpired,
  isHalfGiven,
  isInactive,
  KILLED,
  keyPartOf,
  LIMITED,
  loginsProbe,
  NO_LOGIN,
  ofEachUser,
  onEachHost,
  orPass,
  type Probe,
  pass,
  type Repair,
  readAccounts,
  readDirectory,
  readLogins,
  readPaths,
  readShells,
  readWithinReach,
  type Scene,
  type Settings,
  shellObstacle,
  shellsProbe,
  statScript,
  unknown,
  untrusted,
  withinReachProbe,
} from '../check.ts'
import type { User } from '../inventory/schema.ts'
import { askDirectory } from './linux-accounts.ts'

const takeOut = (where: string, user: string): Repair =>
  advise(
    `on ${where}, find the line that gives it (sudo -ll -U ${user} names its file), and take it out with visudo`,
  )

/** For users of the inventory, whom one line often lets, on all machines. */
const UNDO_SUDO = takeOut('that machine', '<user>')

/** For anybody else who may run commands as others. */
export const undoSudo = (host: string, name: string): Repair => takeOut(host, quote(name))

const keepApart = (path: string): Repair =>
  advise(
    `on that machine, have root run a copy of ${path} that only root can change, directories above it too, or take ` +
      'it out of cron or the unit',
  )

/** Back to root, and to root alone. */
const close = (path: string): Command => `there: chown root:root ${quote(path)} && chmod go-w ${quote(path)}`

const ROOT_KEYS = 'keys of root'

/** The base64 part of each key that lets somebody in as root, a line each. */
const rootKeysProbe: Probe = {
  id: ROOT_KEYS,
  script: sh`cd /root/.ssh 2>/dev/null || exit 0
grep -hv '^[[:space:]]*#' authorized_keys authorized_keys2 2>/dev/null | tr -s ' \\t' '\\n' | grep '^AAAA' || :`,
}

/** Neither sudo nor something that others run gives a user more. */
const power: Check = {
  id: 'K3',
  goal: 2,
  title: 'Nobody gets more than their own account, by sudo or by what others run',
  probes: (place) => [
    loginsProbe(place.users),
    rootKeysProbe,
    withinReachProbe(place.users, place.inventory.users),
  ],
  *trials(scene) {
    const read = (host: string) => ({
      loginOf: readLogins(scene.on(host)),
      keys: new Set(scene.on(host).text(ROOT_KEYS).split('\n')),
      reach: readWithinReach(scene.on(host)),
    })
    yield* ofEachUser(scene, read, function* ({ loginOf, keys, reach }, user, subject) {
      const sudo = loginOf(user)?.sudo
      const gets = reach.of(user)
      if (sudo === undefined || gets === undefined)
        return yield unknown(subject, 'no command could be run as this user')
      if (sudo === 'unknown')
        return yield unknown(subject, 'sudo does not say what the user may run', UNDO_SUDO)
      for (const command of sudo)
        yield fail(subject, 'may run commands as others with sudo', untrusted(command), UNDO_SUDO)
      const { writes, replaces } = gets
      for (const path of replaces)
        yield fail(
          subject,
          'may change what root runs, by cron or by a unit of systemd',
          path,
          keepApart(path),
        )
      for (const path of writes)
        yield fail(subject, 'may write what others run, or what is read when they log in', path, close(path))
      const isRoot = (user.sshKeys ?? []).some((key) => keys.has(keyPartOf(key)!))
      if (isRoot)
        yield fail(
          subject,
          'may log in as root with a key of theirs',
          '/root/.ssh/authorized_keys',
          advise(
            'on that machine, take the line with the key out; whoever administers the machine has a key apart',
          ),
        )
      if (sudo.length + writes.length + replaces.length === 0 && !isRoot)
        yield pass(subject, 'has no sudo and writes nothing of others')
    })
  },
}

const KEYS = 'authorized keys'
const keysOf = ({ home }: User): string => `${home}/.ssh/authorized_keys`

const NO_LOGINS = 'no logins'

/** The document's users log in over SSH with a password. */
const logins: Check = {
  id: 'K4',
  goal: 1,
  title: 'Each user can log in',
  probes: ({ users, inventory }) => [
    accountsProbe,
    askDirectory({ users, inventory }),
    loginsProbe(users),
    shellsProbe(users.map(({ shell }) => shell)),
    homesProbe(users.map(({ home }) => home)),
    { id: KEYS, script: statScript(sh`printf '%s\\n' ${users.map(keysOf)}`) },
    {
      id: NO_LOGINS,
      script: sh`for path in /etc/nologin /run/nologin; do [ ! -e "$path" ] || echo "$path"; done`,
    },
  ],
  *trials(scene) {
    yield* onEachHost(scene, function* (host) {
      for (const path of scene.on(host).text(NO_LOGINS).split('\n').filter(Boolean))
        yield fail(host, 'lets nobody log in but root', path, `there: rm ${path}`)
    })
    const read = (host: string) => seenOn(scene, host)
    yield* ofEachUser(scene, read, function* (seen, user, subject) {
      // That there is none is told by the check of accounts.
      if (!hasAccount(seen, user)) return
      yield* orPass(hindrances(seen, user, subject), subject, 'can log in')
    })
  },
}

const seenOn = (scene: Scene, host: string) => {
  const answers = scene.on(host)
  return {
    ...readAccounts(answers),
    directory: readDirectory(answers),
    loginOf: readLogins(answers),
    faultOf: readShells(answers),
    homes: readPaths(answers, 'homes'),
    keys: readPaths(answers, KEYS),
  }
}

const inSshd = (setting: string): Repair => advise(`${setting} in /etc/ssh/sshd_config there`)

type Seen = ReturnType<typeof seenOn>

const hasAccount = ({ named, directory }: Seen, { name, accounts }: User): boolean =>
  (accounts === 'directory' ? directory.account(name) : named(name)[0]) !== undefined

function* hindrances(seen: Seen, user: User, subject: string): Generator<Finding> {
  const { homes, loginOf } = seen
  yield* user.accounts === 'directory'
    ? ofTheDirectory(seen, user, subject)
    : ofTheMachine(seen, user, subject)
  if (homes(user.home) === undefined) yield fail(subject, 'has no home', user.home)
  const { sshd } = loginOf(user) ?? { sshd: 'unknown' }
  if (sshd !== 'unknown') return yield* keptOut(seen, user, sshd, subject)
  yield unknown(
    subject,
    'sshd does not say whether it lets the user in',
    advise(`see what it says on that machine, as root: sshd -T -C user=${quote(user.name)}`),
  )
}

function* ofTheMachine({ named, today, faultOf }: Seen, user: User, subject: string): Generator<Finding> {
  const { name, shell } = user
  const account = named(name)[0]!
  if (isHalfGiven(account))
    yield broken(
      subject,
      'was being given a password when a run ended, and is shut since',
      `npx tsx playbooks/set-password.ts <inventory> --name ${name}`,
    )
  else if (isExpired(account, today))
    yield fail(subject, 'has expired', undefined, `there: chage -E -1 ${name}`)
  if (isInactive(account, today))
    yield fail(subject, 'did not change the password in time', undefined, `there: chage -I -1 ${name}`)
  const obstacle = shellObstacle(shell, faultOf(shell))
  if (account.shell !== shell && SHUT_SHELLS.test(account.shell))
    yield fail(subject, 'has a shell that lets nobody in', account.shell)
  if (obstacle !== undefined) yield fail(subject, obstacle.reason!, undefined, hinted(obstacle.hint))
  else if (SHUT_SHELLS.test(shell)) yield fail(subject, 'has a shell that lets nobody in', shell, OTHER_SHELL)
}

/** Whether it lets them in with what they have, only the directory knows: nothing of its shadow is read. */
function* ofTheDirectory({ directory }: Seen, { name }: User, subject: string): Generator<Finding> {
  const { shell } = directory.account(name)!
  const isThere = directory.isProgram(shell)
  if (!isThere || SHUT_SHELLS.test(shell))
    yield fail(
      subject,
      isThere ? 'has a shell that lets nobody in' : 'has a shell that is no program there',
      shell,
      advise('have the directory give another shell, or install this one there'),
    )
}

const namesOfGroups = ({ directory, groupsOf }: Seen, name: string): string[] => [
  ...groupsOf(name),
  ...directory.groupsOf(name).flatMap((gid) => directory.group(gid)?.name ?? []),
]

const SHUT_SHELLS = /\/(nologin|false)$/
const OTHER_SHELL = advise('give another shell in the inventory')

function* keptOut(seen: Seen, user: User, sshd: Settings | undefined, subject: string): Generator<Finding> {
  const { named, keys } = seen
  const { name, accounts } = user
  const password = accounts === 'directory' ? 'set' : named(name)[0]!.password
  const list = sshd && keptOutBy(sshd, name, [name, ...namesOfGroups(seen, name)])
  if (list !== undefined)
    yield fail(subject, 'is kept out by sshd', list, inSshd(`${list} must let the user in`))
  const isAsked = sshd?.get('pubkeyauthentication') !== 'no'
  const hasKeys = (keys(keysOf(user))?.size ?? 0) > 0
  if (isAsked && (hasKeys || (sshd?.get('authorizedkeyscommand') ?? 'none') !== 'none')) return
  if (password === 'locked')
    yield fail(subject, 'is locked and has no key that sshd takes', undefined, `there: usermod -U ${name}`)
  if (password === 'never set')
    yield broken(
      subject,
      'has no password and no key that sshd takes',
      'give a password in the inventory and run setup, or run passwd there',
    )
  if (password === 'set' && sshd !== undefined && !takesPasswords(sshd))
    yield fail(
      subject,
      'has a password, and sshd takes none',
      undefined,
      inSshd('PasswordAuthentication yes'),
    )
}

const PROXIES = 'proxies'

/**
 * Processes that pass on to the API server, with their own credential, what anybody on the machine asks of them. What
 * keeps its words from being read in time is named as `late`.
 */
const proxies: Probe = {
  id: PROXIES,
  script: sh`${LIMITED}
limited 20 sh -c ${`cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -qx proxy`}
case $? in 0 | ${KILLED}) ;; *) exit 0 ;; esac
for process in /proc/[0-9]*; do
  words=$(limited 2 tr '\\0' '\\n' <"$process/cmdline")
  [ $? != ${KILLED} ] || { echo "late \${process#/proc/}" && continue; }
  printf '%s\\n' "$words" | head -n 100 | awk '
    NR <= 2 && /(^|\\/)(arena-)?kubectl$/ { is = 1 }
    $0 == "proxy" { proxy = 1 }
    /^(-u|--unix-socket)/ { kept = 1 }
    END { exit !(is && proxy && !kept) }' || continue
  uid=$(stat -c %u "$process") || continue
  printf '%s %s\\n' "\${process#/proc/}" "$uid"
done 2>/dev/null`,
}

/** An account is entered with what only its user has. */
const credentials: Check = {
  id: 'K11',
  goal: 2,
  title: 'Nobody logs in without a credential of their own',
  probes: ({ users, inventory }) => [
    accountsProbe,
    askDirectory({ users, inventory }),
    loginsProbe(users),
    proxies,
  ],
  *trials(scene) {
    const read = (host: string) => ({
      ...readAccounts(scene.on(host)),
      directory: readDirectory(scene.on(host)),
    })
    yield* ofEachUser(scene, read, function* ({ named, directory }, { name, accounts }, subject) {
      if (accounts === 'directory') return yield* shownPassword(directory.account(name), subject)
      const [account] = named(name)
      if (account === undefined) return
      if (account.password === 'empty') yield fail(subject, 'has an empty password: anybody can be this user')
      else if (account.exposed !== undefined && account.password !== 'never set')
        yield fail(
          subject,
          'has the password hash in /etc/passwd, which all can read',
          undefined,
          'there: pwconv',
        )
      else yield pass(subject, 'is entered with a credential only')
    })
    yield* onEachHost(scene, function* (host) {
      yield* openedToAll(scene, host)
      const loginOf = readLogins(scene.on(host))
      const sshd = scene.users.map((user) => loginOf(user)?.sshd).find((one) => one instanceof Map)
      if (sshd?.get('permitemptypasswords') === 'yes')
        yield fail(
          host,
          'sshd lets in who has an empty password',
          undefined,
          inSshd('PermitEmptyPasswords no'),
        )
      if (sshd?.get('permitrootlogin') === 'yes')
        yield gap(host, 'root can log in with a password', inSshd('PermitRootLogin prohibit-password'))
    })
  },
}

/** Accounts beside the users' that `su` enters without a word, and what lets all act as somebody in the cluster. */
function* openedToAll({ inventory, on }: Scene, host: string): Generator<Finding> {
  const { all, today, withUid } = readAccounts(on(host))
  const users = new Set(inventory.users.map(({ name }) => name))
  for (const account of all) {
    const { name, uid, shell, password } = account
    const isOpen = password === 'empty' && (uid === 0 || !(NO_LOGIN.test(shell) || isExpired(account, today)))
    if (isOpen && !users.has(name))
      yield fail(
        `${untrusted(name)} on ${host}`,
        'has an empty password: anybody can be this account',
        undefined,
        `there: usermod -p '*' ${quote(name)}`,
      )
  }
  for (const line of on(host).text(PROXIES).split('\n').filter(Boolean)) {
    const [first, last] = line.split(' ') as [string, string]
    if (first === 'late')
      yield unknown(
        host,
        `it is not known whether process ${last} is a kubectl proxy: what it was started with cannot be read`,
        advise(`look at it there: ls -l /proc/${last}/exe`),
      )
    else {
      const whose = withUid(Number(last))[0]?.name ?? `uid ${last}`
      yield fail(
        `${untrusted(whose)} on ${host}`,
        'lets everybody on the machine act in the cluster with their credential, by kubectl proxy',
        `process ${first}`,
        advise(`end it there: kill ${first}`),
      )
    }
  }
}

/** A directory shows who there is to everybody on the machine; their passwords it keeps. */
function* shownPassword(account: DirectoryAccount | undefined, subject: string): Generator<Finding> {
  if (account === undefined) return
  const { password } = account
  const inDirectory = 'have whoever has the directory set one, and keep userPassword from the machines'
  if (password === 'empty')
    yield broken(subject, 'has an empty password in what the directory shows', inDirectory)
  else if (password === 'set')
    yield broken(subject, 'has a password hash that the directory shows to everybody', inDirectory)
  else yield pass(subject, 'has a credential that the directory does not show')
}

const takesPasswords = (sshd: Settings): boolean =>
  ['passwordauthentication', 'kbdinteractiveauthentication'].some((keyword) => sshd.get(keyword) === 'yes')

/** The keyword by which sshd keeps somebody out. */
const keptOutBy = (sshd: Settings, name: string, groups: readonly string[]): string | undefined => {
  const lists = (keyword: string, names: readonly string[]): boolean | undefined =>
    sshd
      .get(keyword)
      ?.split(' ')
      .some((pattern) => names.some((one) => fits(one, pattern)))
  if (lists('denyusers', [name])) return 'DenyUsers'
  if (lists('allowusers', [name]) === false) return 'AllowUsers'
  if (lists('denygroups', groups)) return 'DenyGroups'
  return lists('allowgroups', groups) === false ? 'AllowGroups' : undefined
}

/** As sshd compares a name with a pattern; where the login comes from is left out. */
const fits = (name: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/@.*$/, '')
      .replace(/[^\w*?-]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(name)

/** Ways into and beyond accounts on the client machines. */
export const loginChecks: readonly Check[] = [power, logins, credentials]
