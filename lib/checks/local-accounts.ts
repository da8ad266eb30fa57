// Local accounts outside the inventory: none is in a group of it, and none is root in all but name.

import { quote } from '../base/shell.ts'
import {
  type Account,
  accountsProbe,
  advise,
  type Check,
  type Command,
  type DirectoryGroup,
  type Finding,
  fail,
  gap,
  isShut,
  MOST_OUTSIDERS,
  markerOf,
  type NameService,
  NO_LOGIN,
  onEachHost,
  orPass,
  outsiderAccountsProbe,
  type Probe,
  type Repair,
  readAccounts,
  readDirectory,
  readOutsiderAccounts,
  type Scene,
  unknown,
  untrusted,
} from '../check.ts'
import { askDirectory, POWERFUL } from './linux-accounts.ts'
import { undoSudo } from './login.ts'
import { trustedAccounts } from './ours.ts'

const knownTo = ({ inventory }: Pick<Scene, 'inventory'>): string[] => [
  ...inventory.users.map(({ name }) => name),
  ...trustedAccounts({ inventory }),
]

/** What both this check and the one of credentials ask about accounts outside the inventory. */
export const askOutsiders = (place: Pick<Scene, 'inventory'>): Probe => outsiderAccountsProbe(knownTo(place))

/** Of local accounts beside the users, root, whoever looks, and those whom the inventory trusts. */
const outside: Check = {
  id: 'K10',
  goal: 2,
  title: 'No account outside the inventory is in a group of it, or is root in all but name',
  probes: (place) => [accountsProbe, askOutsiders(place), askDirectory(place)],
  trials: (scene) =>
    onEachHost(scene, function* (host) {
      const { all, today, groupsOf, withGid, groupsNamed } = readAccounts(scene.on(host))
      const { admin, sudoOf, more } = readOutsiderAccounts(scene.on(host))
      const known = new Set(['root', admin, ...knownTo(scene)])
      const own = new Set(scene.inventory.groups.map(({ name }) => name))
      // Those that were ours are told by another check.
      const former = new Set(groupsNamed(markerOf(scene.inventory.name)).flatMap(({ members }) => members))
      const found = all
        .filter(({ name }) => !known.has(name) && !former.has(name))
        .flatMap((account) => {
          const primary = withGid(account.gid)[0]?.name
          const groups = [...new Set([primary ?? [], groupsOf(account.name)].flat())]
          return [...judged({ account, host, primary, groups, sudo: sudoOf(account.name) }, own, today)]
        })
      found.push(...strangersOfTheDirectory(scene, host, new Set([...known, ...former])))
      yield* orPass(found, host, 'no account outside the inventory is more than itself')
      if (more)
        yield gap(
          host,
          `has more than ${MOST_OUTSIDERS} other accounts that can log in: sudo was not asked about the rest`,
          advise('see what sudo gives them: cat /etc/sudoers /etc/sudoers.d/*'),
        )
    }),
}

/**
 * Accounts that a directory has cannot be listed; those in the inventory's groups are named there: in the machine's
 * files, or, for a group of the directory, by it.
 */
function* strangersOfTheDirectory(
  scene: Scene,
  host: string,
  known: ReadonlySet<string>,
): Generator<Finding> {
  const { fromDirectory, groupsNamed } = readAccounts(scene.on(host))
  const directory = readDirectory(scene.on(host))
  for (const { name: group, linuxGroup } of scene.inventory.groups) {
    const local = groupsNamed(group).flatMap(({ members }) => members)
    const there = linuxGroup === 'directory' ? directory.group(group) : undefined
    if (linuxGroup === 'directory' && !tellsMembers(there, directory))
      yield unknown(
        host,
        `the directory does not say who is in ${group}`,
        advise(`see what it says there: getent group ${group}; SSSD hides members with ignore_group_members`),
      )
    const members =
      linuxGroup === 'directory'
        ? (there?.members ?? [])
        : fromDirectory.map(({ name }) => name).filter((name) => local.includes(name))
    for (const name of members.filter((one) => !known.has(one)))
      yield {
        ...fail(
          `${untrusted(name)} on ${host}`,
          'is not in the inventory, and is in a group of it',
          group,
          linuxGroup === 'directory'
            ? advise(`have the directory take ${untrusted(name)} out of ${group}`)
            : `there: gpasswd -d ${quote(name)} ${quote(group)}`,
        ),
        otherwise:
          'if it is meant, say so in the inventory: trusted: [{ kind: "Account", name: ' +
          `${JSON.stringify(name)}, reason: "…" }]`,
      }
  }
}

/** Whether the members of a group are listed: some are known, by what each of them is in beside their first group. */
const tellsMembers = (group: DirectoryGroup | undefined, { accounts, groupsOf }: NameService): boolean =>
  group !== undefined &&
  accounts.every(
    ({ name, gid }) =>
      gid === group.gid || !groupsOf(name).includes(group.gid) || group.members.includes(name),
  )

/** An account on a machine, with all its groups and what sudo gives it. */
interface Outsider {
  account: Account
  host: string
  primary: string | undefined
  groups: readonly string[]
  sudo: readonly string[] | 'unknown' | undefined
}

function* judged(
  { account, host, primary, groups, sudo }: Outsider,
  own: ReadonlySet<string>,
  today: number,
): Generator<Finding> {
  const { name, uid, shell } = account
  const about = (says: string, thing: string, repair: Repair): Finding => ({
    ...fail(`${untrusted(name)} on ${host}`, says, thing, repair),
    trusted: { kind: 'Account', name },
  })
  const away = (group: string): Command =>
    group === primary
      ? `there: usermod -g nogroup ${quote(name)}`
      : `there: gpasswd -d ${quote(name)} ${quote(group)}`

  for (const group of groups.filter((one) => own.has(one)))
    yield about('is not in the inventory, and is in a group of it', group, away(group))
  if (uid === 0)
    yield about(
      'is root by another name',
      'uid 0',
      advise(`on ${host}: vipw, and delete the line of ${untrusted(name)}; vipw -s too`),
    )
  if (NO_LOGIN.test(shell) || isShut(account, today)) return
  const powerful = groups.filter((group) => POWERFUL.has(group))
  for (const group of powerful)
    yield about('is not in the inventory, and is in a group with the rights of root', group, away(group))
  const bySudo = sudo === 'unknown' ? ['sudo does not say what'] : (sudo ?? [])
  if (powerful.some((group) => SUDOERS.has(group))) return
  for (const command of bySudo)
    yield about(
      'is not in the inventory, and may run commands as others with sudo',
      untrusted(command),
      undoSudo(host, name),
    )
}

/** Groups that distributions give everything by sudo: out of them, the rights are gone. */
const SUDOERS = new Set(['sudo', 'wheel', 'admin'])

/** Accounts that the inventory does not name. */
export const localAccounts: readonly Check[] = [outside]
