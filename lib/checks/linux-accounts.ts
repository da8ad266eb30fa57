// Each user's account on a client machine: one of their own, in their groups only, with a home that nobody else gets
// into.

import { quote } from '../base/shell.ts'
import {
  type Accounts,
  accountObstacle,
  accountProbes,
  advise,
  type Check,
  defined,
  directoryObstacle,
  directoryProbe,
  type Finding,
  fail,
  type Gets,
  gap,
  hiddenGroupsProbe,
  hinted,
  homeDifferences,
  homesProbes,
  markerOf,
  missingMount,
  type NameService,
  ofEachUser,
  onEachHost,
  orPass,
  type Probe,
  placeObstacle,
  RUN_SETUP,
  readAccounts,
  readDirectory,
  readHiddenGroups,
  readHomes,
  readWithinReach,
  type Scene,
  unknown,
  untrusted,
  withinReachProbe,
} from '../check.ts'
import type { Inventory, User } from '../inventory/schema.ts'
import { reasonForMembership } from './ours.ts'

/** Members of these are root in all but name, or read what root keeps. */
export const POWERFUL = new Set(
  (
    'root sudo wheel admin adm shadow disk docker podman lxd lxc incus incus-admin libvirt kvm ' +
    'systemd-journal staff kmem'
  ).split(' '),
)

/** Ids, groups and shell as the inventory says. */
const accounts: Check = {
  id: 'K2',
  goal: 1,
  title: 'Each user has an account with their uid, in their groups and in no other',
  probes: (place) => [
    ...accountProbes(place.users.filter(isLocal)),
    askDirectory(place),
    withinReachProbe(place.users, place.inventory.users),
    hiddenGroupsProbe(place.users),
  ],
  *trials(scene) {
    const read = (host: string) => ({
      host,
      known: readAccounts(scene.on(host), 'accounts'),
      directory: readDirectory(scene.on(host)),
      reach: readWithinReach(scene.on(host)),
      entered: readHiddenGroups(scene.on(host)),
    })
    yield* ofEachUser(scene, read, function* ({ host, known, directory, reach, entered }, user, subject) {
      const groups = groupsOn(scene.inventory, host, user)
      const { name, uid, home, shell } = user
      const local = isLocal(user)
      const [account] = known.named(name)
      if (local && account === undefined) return yield fail(subject, 'has no account')
      const wanted = { name, uid, home, marker: markerOf(scene.inventory.name) }
      const obstacle = local
        ? accountObstacle(wanted, known)
        : directoryObstacle(wanted, { accounts: known, directory })
      if (obstacle !== undefined)
        return yield fail(subject, obstacle.reason!, undefined, hinted(obstacle.hint))
      const found = [
        ...groupsOf(scene, { user, groups, host }, { known, directory }, reach.of(user), subject),
        ...groupsBeside(scene.inventory, { user, groups }, known, entered(user) ?? [], subject),
      ]
      if (account !== undefined && account.gid !== uid)
        found.push(fail(subject, 'has another primary group than their own', `gid ${account.gid}`))
      if (account !== undefined && account.shell !== shell)
        found.push(fail(subject, 'has another shell', account.shell))
      yield* orPass(found, subject, 'has the uid and the groups of the inventory')
    })
    yield* onEachHost(scene, (host) => openGroups(scene.inventory, readAccounts(scene.on(host)), host))
  },
}

const isLocal = ({ accounts: from }: User): boolean => from === 'local'

/** Asks the directory for the users whose accounts it has, and for the groups that it has. */
export const askDirectory = ({ users, inventory }: { users: readonly User[]; inventory: Inventory }): Probe =>
  directoryProbe({
    users: users.filter((user) => !isLocal(user)).map(({ name }) => name),
    groups: inventory.groups.filter(({ linuxGroup }) => linuxGroup === 'directory').map(({ name }) => name),
  })

/** A user with the Linux groups that they are to be in on a machine. */
interface InGroups {
  user: User
  groups: readonly string[]
  host: string
}

export const groupsOn = ({ hosts }: Inventory, host: string, { name, groups }: User): readonly string[] => {
  const { memberships = {} } = hosts.find((one) => one.name === host) ?? {}
  return Object.hasOwn(memberships, name) ? memberships[name]! : groups.map(({ group }) => group)
}

/** Compared by the groups that the user's processes are in, which a directory or PAM may add to. */
function* groupsOf(
  scene: Scene,
  { user, groups, host }: InGroups,
  { known, directory }: { known: Accounts; directory: NameService },
  gets: Gets | undefined,
  subject: string,
): Generator<Finding> {
  if (gets === undefined) return yield unknown(subject, 'no command could be run as this user')
  const { inventory } = scene
  const gids = new Map(inventory.groups.map(({ name, gid }) => [name, gid]))
  const isOurs = (gid: number): boolean => [...gids.values()].includes(gid)
  const marker = markerOf(inventory.name)
  const own = isLocal(user) ? user.uid : directory.account(user.name)?.gid
  const wanted = new Map([
    [known.groupsNamed(marker)[0]?.gid, marker],
    ...groups.map((group) => [gids.get(group) ?? known.groupsNamed(group)[0]?.gid, group] as const),
  ])
  const ownGroup = isLocal(user) ? user.name : (directory.group(own ?? 0)?.name ?? `gid ${own}`)
  for (const [gid, group] of [[own, ownGroup] as const, ...wanted])
    if (!gets.groups.some((one) => one === gid))
      yield fail(subject, 'is not in a group that the inventory gives', group)
  for (const gid of gets.groups) {
    const here = known.withGid(gid)[0]
    const group = here?.name ?? directory.group(gid)?.name ?? `gid ${gid}`
    const isPowerful = here !== undefined && POWERFUL.has(group)
    const meant = wanted.get(gid)
    if (meant !== undefined) {
      const membership = { name: user.name, group, host }
      if (isPowerful && isGiven(inventory, membership)) yield givenAway(scene, membership, subject)
      else if (isPowerful) yield fail(subject, SENSITIVE, group, advise(notTheSame(meant, group)))
      continue
    }
    if (gid === own && (isLocal(user) || !(isPowerful || isOurs(gid)))) continue
    // Which of its own groups somebody is in, the directory says, unless the inventory has the group.
    if (!isLocal(user) && here === undefined && !isOurs(gid)) continue
    yield fail(
      subject,
      isPowerful ? SENSITIVE : 'is in a group that the inventory does not say',
      group,
      gid === own
        ? advise(`have the directory give ${user.name} another first group`)
        : here === undefined
          ? advise(`have the directory take ${user.name} out of ${untrusted(group)}`)
          : RUN_SETUP,
    )
  }
}

const SENSITIVE = 'is in a group with root-equivalent or sensitive access'

/** Whether memberships of the machine name the group, as the machine itself does. */
const isGiven = (
  { hosts }: Inventory,
  { name, group, host }: { name: string; group: string; host: string },
): boolean => {
  const { memberships = {} } = hosts.find((one) => one.name === host) ?? {}
  return Object.hasOwn(memberships, name) && memberships[name]!.includes(group)
}

/** What to do where a group of the inventory turns out to be one of the machine's own. */
const notTheSame = (meant: string, group: string): string =>
  meant === group
    ? `give the group ${group} of the inventory another name`
    : `${meant} of the inventory has the gid of ${group} there: give one of them another gid`

/** What memberships say is a failure, unless `trusted` says that this very group is meant. */
const givenAway = (
  scene: Scene,
  membership: { name: string; group: string; host: string },
  subject: string,
): Finding => {
  const { name, group } = membership
  const out = `take it out of memberships of ${name} there in the inventory`
  const reason = reasonForMembership(scene, membership)
  return reason === undefined
    ? {
        ...fail(subject, SENSITIVE, group, advise(`${out}, and run setup`)),
        trusted: { kind: 'Membership', ...membership },
      }
    : gap(
        subject,
        `${SENSITIVE}, which the inventory accepts`,
        advise(`${out} and of trusted once it is not meant any more, and run setup`),
        `${group} (${reason})`,
      )
}

/** What processes are not in at a login, and get by sg: /etc/gshadow has members and administrators of its own. */
function* groupsBeside(
  inventory: Inventory,
  { user: { name }, groups }: Pick<InGroups, 'user' | 'groups'>,
  known: Accounts,
  entered: readonly string[],
  subject: string,
): Generator<Finding> {
  const own = new Set([name, markerOf(inventory.name), ...groups])
  for (const group of known.hiddenGroupsOf(name).filter((one) => !own.has(one)))
    yield fail(
      subject,
      entered.includes(group)
        ? 'enters another group with sg: /etc/gshadow lists the user'
        : 'is listed for another group in /etc/gshadow',
      group,
    )
  for (const group of known.administeredBy(name))
    yield fail(subject, 'may add members to a group with gpasswd', group)
}

/** Groups that whoever knows a password enters. */
function* openGroups(inventory: Inventory, { groupsNamed }: Accounts, host: string): Generator<Finding> {
  const own = new Set([...inventory.groups.map(({ name }) => name), markerOf(inventory.name)])
  for (const name of new Set([...own, ...POWERFUL]))
    if (groupsNamed(name)[0]?.hasPassword)
      yield fail(
        host,
        'has a group that is entered with a password',
        name,
        own.has(name) ? RUN_SETUP : `there: gpasswd -r ${name}`,
      )
}

/** A home is its user's alone. */
const homes: Check = {
  id: 'K7',
  goal: 2,
  title: "Each home is its user's alone",
  probes: (place) => [...homesProbes(place.users), askDirectory(place)],
  *trials(scene) {
    const read = (host: string) => ({
      ...readHomes(scene.on(host)),
      directory: readDirectory(scene.on(host)),
    })
    yield* ofEachUser(scene, read, function* (seen, user, subject) {
      const obstacle = placeObstacle(user, seen, true)
      if (obstacle !== undefined)
        return yield fail(subject, obstacle.reason!, undefined, hinted(obstacle.hint))
      const missing = missingMount(user.home, seen.mounts, seen.due)
      if (missing !== undefined)
        return yield fail(
          subject,
          'has a home that lies under what is to be mounted there, and is not',
          missing.point,
          `there: mount ${quote(missing.point)}`,
        )
      const gid = isLocal(user) ? user.uid : seen.directory.account(user.name)?.gid
      const wrong = homeDifferences({ ...user, ...defined({ gid }) }, seen.at)
      const found = wrong.map(({ field, from }) => {
        const thing = from === undefined ? 'no home' : `${field} ${from}`
        return fail(subject, 'has a home that others can read or change', thing)
      })
      yield* orPass(found, subject, 'has a home of their own')
    })
  },
}

/** Accounts and homes on the client machines. */
export const accountChecks: readonly Check[] = [accounts, homes]
