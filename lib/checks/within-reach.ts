// What each user can read that belongs to others: homes, kubeconfigs, and copies of credentials wherever they were
// left.

import { quote } from '../base/shell.ts'
import {
  AT_HOME,
  accountsProbe,
  advise,
  type Bearer,
  type Check,
  type Command,
  clientNamedBy,
  type Finding,
  fail,
  type Gets,
  gap,
  type Holder,
  identityOf,
  MAKE_NEW_TOKENS,
  MOST_FILES,
  ofEachUser,
  onEachHost,
  orPass,
  PRIVATE,
  readAccounts,
  readOutsiderAccounts,
  readWithinReach,
  type Scene,
  SEARCH_SECONDS,
  SERVICE_ACCOUNT,
  unknown,
  untrusted,
  userNameOf,
  withinReachProbe,
} from '../check.ts'
import type { User } from '../inventory/schema.ts'
import { askOutsiders } from './local-accounts.ts'
import { trustedAccounts } from './ours.ts'

/** Tried as each user: other homes, other kubeconfigs, and whatever else lets somebody in. */
export const withinReach: Check = {
  id: 'K1',
  goal: 2,
  title: "Nobody reads another's home, kubeconfig or any copy of a credential",
  kinds: [SERVICE_ACCOUNT],
  probes: (place) => [
    accountsProbe,
    askOutsiders(place),
    withinReachProbe(place.users, place.inventory.users),
  ],
  *trials(scene) {
    const whose = new Map(
      scene.inventory.users.map((user) => [identityOf(scene.inventory, user).username, user]),
    )
    const read = (host: string) => ({ host, ...readWithinReach(scene.on(host)) })
    yield* ofEachUser(scene, read, function* ({ host, of, holders }, user, subject) {
      const gets = of(user)
      if (gets === undefined) return yield unknown(subject, 'no command could be run as this user')
      const reading: Reading = { scene, host, whose, user, subject }
      const found = [
        ...opened(scene, gets, user, subject),
        ...holders.filter(({ path }) => gets.opens.has(path)).flatMap((holder) => readable(holder, reading)),
        ...atHome(gets, reading),
      ]
      yield* orPass(found, subject, 'gets into nothing of others')
    })
    yield* onEachHost(scene, function* (host) {
      yield* heldByOthers(scene, host, whose)
      const { more, odd, late } = readWithinReach(scene.on(host))
      for (const uid of late)
        yield unknown(host, `the files of uid ${uid} could not be looked through in ${SEARCH_SECONDS} s`)
      if (odd)
        yield gap(
          host,
          'has files with a line break in their names, which are not looked through for copies of credentials',
          advise(
            `look at them there: find /tmp /var/tmp /dev/shm /srv /opt -name '*[[:cntrl:]]*' -exec ls -ldb {} +`,
          ),
        )
      if (more)
        yield gap(
          host,
          `has more than the ${MOST_FILES.toLocaleString('en')} files that are looked through for ` +
            'copies of credentials',
          advise('look through the rest there: grep -rlE "client-key-data|eyJhbGciOi" /opt /usr/local'),
        )
    })
  },
}

function* opened(scene: Scene, gets: Gets, user: User, subject: string): Generator<Finding> {
  for (const path of PRIVATE)
    if (gets.opens.has(path))
      yield fail(
        subject,
        'reads what only root may: hashes of the passwords of all, or homes of those who left',
        path,
        `there: chmod o-rwx ${path}`,
      )
  for (const { name, home } of scene.inventory.users) {
    if (name === user.name) continue
    if (gets.opens.has(home)) yield fail(subject, 'gets into the home of somebody else', home)
    const config = `${home}/.kube/config`
    if (gets.opens.has(config)) yield fail(subject, 'reads the kubeconfig of somebody else', config)
  }
}

/** Who reads, on which machine, and whose the tokens of this inventory are. */
interface Reading {
  scene: Scene
  host: string
  whose: ReadonlyMap<string, User>
  user: User
  subject: string
}

/** In the own home, where what the user wrote is the user's own affair unless it is of somebody in this cluster. */
function* atHome({ atHome: { holders, more, odd, late } }: Gets, reading: Reading): Generator<Finding> {
  const { user, subject } = reading
  const { home } = user
  for (const holder of holders) {
    const isConfig = holder.path === `${home}/.kube/config`
    if (!isConfig) yield* readable(holder, reading)
    else
      yield* readable({ ...holder, certificates: [] }, reading).map((one) => ({ ...one, repair: TAKE_OUT }))
  }
  if (late) yield unknown(subject, `the files at home could not be looked through in ${AT_HOME.seconds} s`)
  if (odd)
    yield gap(
      subject,
      'has files at home with a line break in their names, which are not looked through for copies of credentials',
      advise(`look at them there: find ${quote(home)} -name '*[[:cntrl:]]*' -exec ls -ldb {} +`),
    )
  if (more)
    yield gap(
      subject,
      `has more at home than the ${AT_HOME.files.toLocaleString('en')} files, ${AT_HOME.holders} of them with a ` +
        'credential, that are looked through for copies of credentials',
      advise(`look through the rest there: grep -rlE eyJhbGciOi ${quote(home)}`),
    )
}

/** Without the file the user has no kubeconfig. */
const TAKE_OUT = advise(
  'take it out of the file, and have it replaced, as who has read it still has it; that of a user: ' +
    'npx tsx playbooks/rotate-credentials.ts <inventory> --now',
)

/** Tokens of users in files of accounts that are none of theirs; whoever administers the machine has them anyway. */
function* heldByOthers(scene: Scene, host: string, whose: ReadonlyMap<string, User>): Generator<Finding> {
  const { withUid } = readAccounts(scene.on(host))
  const { admin } = readOutsiderAccounts(scene.on(host))
  const uids = new Set([0, ...scene.inventory.users.map(({ uid }) => uid)])
  for (const { path, uid, bearers } of readWithinReach(scene.on(host)).holders) {
    const holder = withUid(uid)[0]?.name ?? `uid ${uid}`
    if (uids.has(uid) || holder === admin || trustedAccounts(scene).includes(holder)) continue
    for (const user of bearers.flatMap(({ name }) => whose.get(name) ?? []))
      yield fail(
        `${untrusted(holder)} on ${host}`,
        'is not in the inventory, and has a credential of a user',
        `the token of ${user.name} in ${path}`,
        undo(path, uid, user),
      )
  }
}

/** Whoever has read a credential still has it, so that it is replaced as well. */
const undo = (path: string, uid: number, token: User | undefined): Command => {
  const away: Command = `there: ${uid === 0 ? 'chmod 0600' : 'rm'} ${quote(path)}`
  return token === undefined
    ? `${away}\nand have it replaced: who has read it still has it`
    : `${away}\nand ${MAKE_NEW_TOKENS}`
}

/** What a user reads besides what is their own: tokens that name others, and credentials in files that others wrote. */
const readable = (
  { path, uid, bearers, others, certificates }: Holder,
  { scene, host, whose, user, subject }: Reading,
): Finding[] => {
  const isOwnFile = uid === user.uid
  const tokens = bearers
    .filter(({ name }) => whose.get(name)?.name !== user.name)
    .filter((one) => !isOwnFile || whose.has(one.name) || isOfThisCluster(one, scene, host))
    .map(({ name }) => ({
      of: whose.get(name),
      what: `the token of ${whose.get(name)?.name ?? untrusted(name)}`,
    }))
  const clients = certificates.flatMap((one) => clientNamedBy(one, scene.endpoint.ca) ?? [])
  const own = clients.map((name) => `the key of ${untrusted(name)} for this cluster`)
  const more = (isOwnFile ? own : others).map((what) => ({ of: undefined, what }))
  return [...tokens, ...more].map(({ of, what }) =>
    fail(subject, 'reads a credential of somebody else', `${what} in ${path}`, undo(path, uid, of)),
  )
}

/** Whether a token is of a service account that the cluster has, and has not ended. */
const isOfThisCluster = ({ name, uid, exp }: Bearer, scene: Scene, host: string): boolean => {
  if (uid === undefined) return false
  if (exp !== undefined && exp < readAccounts(scene.on(host)).today * 86_400) return false
  return scene
    .items(SERVICE_ACCOUNT)
    .some(({ metadata }) => metadata.uid === uid && userNameOf(metadata.namespace!, metadata.name) === name)
}
