import { POWERFUL } from '../checks/linux-accounts.ts'
import { markerOf } from '../conventions/names.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { groupOnMachine } from '../inventory/values.ts'
import type { GroupInput, Note, UserInput } from './remark.ts'
import { type AccountOnMachine, accountsNamed, type World } from './world.ts'

/** Whether somebody is in a group on a machine, whatever gives it: its files or a directory. */
export const isIn = ({ machine, account }: AccountOnMachine, group: GroupInput): boolean =>
  account.gid === group.gid ||
  machine.accounts.groupsOf(account.name).includes(group.name) ||
  machine.directory.groupsOf(account.name).includes(group.gid)

/** The machines, with the Linux groups of whoever is there in others than the inventory gives them. */
export const withMemberships = (
  world: World,
  { hosts, groups, users }: Pick<InventoryInput, 'hosts' | 'groups' | 'users'>,
  note: Note,
): InventoryInput['hosts'] => {
  const byMachine = new Map<string, Record<string, string[]>>()
  for (const user of users) {
    const places = accountsNamed(world, user.name).map((place) => groupsAt(place, user, groups))
    const nowhere = namesOf(user).filter((group) => places.every(({ own }) => !own.includes(group)))
    const others = places
      .map(({ machine, own, besides }) => ({ machine, list: [...nowhere, ...own, ...besides] }))
      .filter(({ list }) => list.toSorted().join() !== namesOf(user).toSorted().join())
    for (const { machine, list } of others)
      byMachine.set(machine, { ...byMachine.get(machine), [user.name]: list })
    const where = others.map(({ machine, list }) => `on ${machine} (${list.join(', ') || 'none'})`)
    if (others.length > 0)
      note(
        user.name,
        `is in other Linux groups ${where.join(', ')}`,
        'memberships of these machines in hosts say so: take out there what is not meant',
      )
    const lost = [...new Set(places.flatMap(({ powerful }) => powerful))].toSorted()
    if (lost.length > 0)
      note(
        user.name,
        `is in the Linux groups ${lost.join(', ')} too, which make somebody root in all but name: setup takes the ` +
          'user out',
        'whoever needs them, to administer the machine for instance, has another account for that',
      )
  }
  return hosts.map((host) => {
    const memberships = byMachine.get(host.name)
    return memberships === undefined ? host : { ...host, memberships }
  })
}

/** The groups that an entry gives a user. */
export const namesOf = ({ groups }: Pick<UserInput, 'groups'>): string[] =>
  groups.map((one) => (typeof one === 'string' ? one : one.group))

/** Groups of the inventory on one machine, and those of the machine's own beside them. */
const groupsAt = (place: AccountOnMachine, user: UserInput, known: readonly GroupInput[]) => {
  const named = namesOf(user)
  const besides = place.machine.accounts
    .groupsOf(user.name)
    .filter((group) => group !== user.name && !group.startsWith(markerOf('')))
    .filter((group) => known.every(({ name }) => name !== group) && groupOnMachine(group) === undefined)
  return {
    machine: place.machine.name,
    own: known
      .filter(({ name }) => named.includes(name))
      .flatMap((group) => (isIn(place, group) ? group.name : [])),
    besides: besides.filter((group) => !POWERFUL.has(group)),
    powerful: besides.filter((group) => POWERFUL.has(group)),
  }
}
