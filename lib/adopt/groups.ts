import { quote } from '../base/shell.ts'
import { ARENA_ISOLATION } from '../conventions/arena.ts'
import { OWNER_LABEL } from '../conventions/labels.ts'
import { type AccountsFrom, identityNamespace } from '../conventions/names.ts'
import { podOptionsIn } from '../conventions/pods.ts'
import { type KubeObject, NAMESPACE, ROLE, ROLE_BINDING, SERVICE_ACCOUNT } from '../kube/object.ts'
import { subjectsOf } from '../kube/rbac.ts'
import { limitsOf } from './quota.ts'
import { command, type GroupInput, type Note } from './remark.ts'
import { isBuiltIn } from './rights.ts'
import { accountsNamed, inside, isPersons, isSomebody, type World } from './world.ts'

/** Linux groups that are namespaces too; `owner` is the name of the inventory that they are for. */
export const groupsIn = (world: World, owner: string, note: Note): GroupInput[] =>
  world
    .items(NAMESPACE)
    .filter(({ metadata }) => metadata.name !== identityNamespace({ name: owner }))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap((namespace) => groupOf(namespace, world, owner, note))
    .toSorted((a, b) => a.gid - b.gid)

const groupOf = (
  { metadata: { name, labels = {}, annotations = {}, deletionTimestamp } }: KubeObject,
  world: World,
  owner: string,
  note: Note,
): GroupInput[] => {
  const { gids, from } = gidsOf(world, name)
  const [gid, other] = [...gids.keys()]
  const people = peopleIn(world, name)
  const leftOut = (says: string, next: string): [] => {
    note(name, says, next)
    return []
  }
  if (gid === undefined)
    return people.length === 0
      ? []
      : leftOut(
          `the namespace has service accounts of people (${people.join(', ')}) and no machine has a ` +
            'Linux group of that name',
          `choose a gid and make it on each machine (groupadd -g <gid> ${name}), then run adopt again`,
        )
  if (accountsNamed(world, name).some(isSomebody))
    return people.length === 0
      ? []
      : leftOut(
          'is an account as well, and an inventory keeps the names of users and groups apart',
          'give the group another name and namespace',
        )
  if (other !== undefined)
    return leftOut(
      `has gid ${gid} on ${gids.get(gid)!.join(', ')} and ${other} on ${gids.get(other)!.join(', ')}`,
      `decide for one; on the others groupmod -g <gid> ${name}, give its files to the new gid, and run adopt again`,
    )
  for (const { name: machine, accounts } of world.machines) {
    const twin = accounts.withGid(gid).find((one) => one.name !== name)
    if (twin !== undefined)
      return leftOut(
        `has gid ${gid}, which the group ${twin.name} has on ${machine}`,
        'give one of them another gid, and run adopt again',
      )
  }
  if (deletionTimestamp !== undefined)
    return leftOut('the namespace is being deleted', 'wait until it is gone')
  const holder = labels[OWNER_LABEL]
  if (holder !== undefined && holder !== owner)
    return leftOut(
      `belongs to the inventory ${holder} already`,
      `go on with that one; to take it over, remove the label ${OWNER_LABEL} from what is in it`,
    )
  const { priorityClasses, ...pods } = podOptionsIn(annotations)
  tellSharedRights(world, name, note)
  tellRoles(world, name, note)
  return [
    {
      name,
      gid,
      ...(from === 'directory' && { linuxGroup: from }),
      ...(labels[ARENA_ISOLATION] === 'true' && { jobs: 'own' as const }),
      ...limitsOf(world, name, note),
      ...((priorityClasses !== undefined || Object.keys(pods).length > 0) && {
        pods: { ...pods, ...(priorityClasses && { priorityClasses: [...priorityClasses] }) },
      }),
    },
  ]
}

/**
 * Machines by the gid that a group has on them: in their own files, or where none of these has it by a directory; none
 * for a group of the system.
 */
const gidsOf = (
  { machines }: World,
  name: string,
): { gids: ReadonlyMap<number, readonly string[]>; from: AccountsFrom } => {
  const from = machines.some(({ accounts }) => accounts.groupsNamed(name).length > 0) ? 'local' : 'directory'
  const found = machines.flatMap(({ name: machine, accounts, directory }) =>
    [from === 'local' ? accounts.groupsNamed(name) : (directory.group(name) ?? [])]
      .flat()
      .map(({ gid }) => ({ gid, machine })),
  )
  const isPeoples = from === 'directory' || found.some(({ gid }) => isPersons(gid))
  const byGid = Map.groupBy(isPeoples ? found : [], ({ gid }) => gid)
  return { gids: new Map([...byGid].map(([gid, on]) => [gid, on.map(({ machine }) => machine)])), from }
}

/** Service accounts of a namespace whose names are accounts of people. */
const peopleIn = (world: World, namespace: string): string[] =>
  inside(world.items(SERVICE_ACCOUNT), namespace)
    .map(({ metadata }) => metadata.name)
    .filter((name) => accountsNamed(world, name).some(isSomebody))

/** Rights of every service account of a namespace: any pod has them. */
const tellSharedRights = (world: World, group: string, note: Note): void => {
  for (const binding of inside(world.items(ROLE_BINDING), group)) {
    const shared = subjectsOf(binding).filter(
      ({ kind, name }) => kind === 'Group' && name.startsWith('system:serviceaccounts'),
    )
    const { name } = binding.metadata
    for (const subject of shared)
      note(
        group,
        `the role binding ${name} gives rights to ${subject.name}: to every pod there, not to its users`,
        `after setup: ${command`kubectl delete rolebinding ${name} -n ${group}`}`,
      )
  }
}

/** Roles that people made, which no inventory gives any more. */
const tellRoles = (world: World, group: string, note: Note): void => {
  const names = inside(world.items(ROLE), group)
    .map(({ metadata }) => metadata.name)
    .filter((name) => !isBuiltIn(name))
  const stay = names.length === 1 ? `role ${names[0]} stays` : `roles ${names.join(', ')} stay`
  if (names.length > 0)
    note(
      group,
      `the ${stay} beside member and viewer`,
      `after setup, once ${command`kubectl get rolebindings -n ${group}`} shows nobody bound to ` +
        `them: ${command`kubectl delete role -n ${group}`} ${names.map(quote).join(' ')}`,
    )
}
