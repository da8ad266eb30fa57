// How users get into a client machine, and that nobody gets further than their own account.

import { quote, sh } from '../base/shell.ts'
import {
  type Account,
  accountsProbe,
  advise,
  type Check,
  type Command,
  type Finding,
  fail,
  gap,
  hinted,
  homesProbe,
  isExpired,
  isInactive,
  loginsProbe,
  ofEachUser,
  onEachHost,
  pass,
  type Repair,
  readAccounts,
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

/** For whoever may run commands as others. */
export const UNDO_SUDO = advise(
  'there: find the line that gives it (sudo -ll -U <user> names its file), and take it out with visudo',
)

const keepApart = (path: string): Repair =>
  advise(
    `there: have root run a copy of ${path} that only root can change, directories above it too, or take it out of ` +
      'cron or the unit',
  )

/** Back to root, and to root alone. */
const close = (path: string): Command => `there: chown root:root ${quote(path)} && chmod go-w ${quote(path)}`

/** Neither sudo nor something that others run gives a user more. */
const power: Check = {
  id: 'K3',
  goal: 2,
  title: 'Nobody gets more than their own account, by sudo or by what others run',
  probes: (place) => [loginsProbe(place.users), withinReachProbe(place.users, place.inventory.users)],
  trials: (scene) =>
    ofEachUser(
      scene,
      (host) => ({ loginOf: readLogins(scene.on(host)), reach: readWithinReach(scene.on(host)) }),
      function* ({ loginOf, reach }, user, subject) {
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
          yield fail(
            subject,
            'may write what others run, or what is read when they log in',
            path,
            close(path),
          )
        if (sudo.length + writes.length + replaces.length === 0)
          yield pass(subject, 'has no sudo and writes nothing of others')
      },
    ),
}

const KEYS = 'authorized keys'
const keysOf = ({ home }: User): string => `${home}/.ssh/authorized_keys`

const NO_LOGINS = 'no logins'

/** The document's users log in over SSH with a password. */
const logins: Check = {
  id: 'K4',
  goal: 1,
  title: 'Each user can log in',
  probes: ({ users }) => [
    accountsProbe,
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
    yield* ofEachUser(
      scene,
      (host) => seenOn(scene, host),
      function* (seen, user, subject) {
        const found = [...hindrances(seen, user, subject)]
        yield* found.length === 0 ? [pass(subject, 'can log in')] : found
      },
    )
  },
}

const seenOn = (scene: Scene, host: string) => {
  const answers = scene.on(host)
  return {
    ...readAccounts(answers),
    loginOf: readLogins(answers),
    faultOf: readShells(answers),
    homes: readPaths(answers, 'homes'),
    keys: readPaths(answers, KEYS),
  }
}

const inSshd = (setting: string): Repair => advise(`${setting} in /etc/ssh/sshd_config there`)

type Seen = ReturnType<typeof seenOn>

function* hindrances(seen: Seen, user: User, subject: string): Generator<Finding> {
  const { name, home, shell } = user
  const { named, today, faultOf, homes, loginOf } = seen
  const [account] = named(name)
  if (account === undefined) return
  if (isExpired(account, today)) yield fail(subject, 'has expired', undefined, `there: chage -E -1 ${name}`)
  if (isInactive(account, today))
    yield fail(subject, 'did not change the password in time', undefined, `there: chage -I -1 ${name}`)
  const obstacle = shellObstacle(shell, faultOf(shell))
  if (obstacle !== undefined) yield fail(subject, obstacle.reason!, undefined, hinted(obstacle.hint))
  else if (SHUT_SHELLS.test(shell)) yield fail(subject, 'has a shell that lets nobody in', shell, OTHER_SHELL)
  if (homes(home) === undefined) yield fail(subject, 'has no home', home)
  const sshd = loginOf(user)?.sshd
  if (sshd !== 'unknown') return yield* keptOut(seen, user, account, sshd, subject)
  yield unknown(
    subject,
    'sshd does not say whether it lets the user in',
    advise(`there: sshd -T -C user=${name}`),
  )
}

const SHUT_SHELLS = /\/(nologin|false)$/
const OTHER_SHELL = advise('give another shell in the inventory')

function* keptOut(
  { groupsOf, keys }: Seen,
  user: User,
  { name, password }: Account,
  sshd: Settings | undefined,
  subject: string,
): Generator<Finding> {
  const list = sshd && keptOutBy(sshd, name, [name, ...groupsOf(name)])
  if (list !== undefined)
    yield fail(subject, 'is kept out by sshd', list, inSshd(`${list} must let the user in`))
  if ((keys(keysOf(user))?.size ?? 0) > 0 || (sshd?.get('authorizedkeyscommand') ?? 'none') !== 'none') return
  if (password === 'locked')
    yield fail(subject, 'is locked and has no key', undefined, `there: usermod -U ${name}`)
  if (password === 'never set')
    yield fail(
      subject,
      'has no password and no key',
      undefined,
      advise('give a password in the inventory and run setup, or run passwd there'),
    )
  if (password === 'set' && sshd !== undefined && !takesPasswords(sshd))
    yield fail(
      subject,
      'has a password, and sshd takes none',
      undefined,
      inSshd('PasswordAuthentication yes'),
    )
}

/** An account is entered with what only its user has. */
const credentials: Check = {
  id: 'K11',
  goal: 2,
  title: 'Nobody logs in without a credential of their own',
  probes: ({ users }) => [accountsProbe, loginsProbe(users)],
  *trials(scene) {
    yield* ofEachUser(
      scene,
      (host) => readAccounts(scene.on(host)),
      function* ({ named }, { name }, subject) {
        const [account] = named(name)
        if (account === undefined) return
        if (account.password === 'empty')
          yield fail(subject, 'has an empty password: anybody can be this user')
        else if (account.exposed !== undefined && account.password !== 'never set')
          yield fail(
            subject,
            'has the password hash in /etc/passwd, which all can read',
            undefined,
            'there: pwconv',
          )
        else yield pass(subject, 'is entered with a credential only')
      },
    )
    yield* onEachHost(scene, function* (host) {
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
