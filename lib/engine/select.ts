import { wrongFlag } from '../base/errors.ts'
import type { Group, Host, Inventory, User } from '../inventory/schema.ts'
import type { Belongs, Resource } from '../resource/type.ts'

/** What a run is narrowed to; an absent part selects everything. */
export interface Selection {
  limit?: readonly string[]
  groups?: readonly string[]
  users?: readonly string[]
  /** Numbers of steps as printed, `1` for the first. */
  steps?: readonly string[]
  /** Keys of what is selected beside that of these groups and users. */
  besides?: ReadonlySet<string>
}

const FLAGS = { limit: '--limit', groups: '--group', users: '--user', steps: '--step' } as const
type Part = keyof typeof FLAGS

const PARTS = Object.keys(FLAGS) as Part[]

/** The number that a step's title begins with. */
const stepNumber = (title: string): string => /^\d+/.exec(title)?.[0] ?? title

/** Whether something is in the selection. */
export const selects = (
  { limit, groups, users, steps, besides }: Selection,
  { key, on, belongs, step }: Pick<Resource, 'key' | 'on' | 'belongs' | 'step'>,
): boolean =>
  (limit === undefined || limit.includes(on.name)) &&
  (steps === undefined || steps.includes(stepNumber(step))) &&
  (besides?.has(key) === true || isOf(groups, users, belongs))

const isOf = (groups: Selection['groups'], users: Selection['users'], belongs: Belongs): boolean =>
  (groups === undefined || (belongs.groups ?? []).some((group) => groups.includes(group))) &&
  (users === undefined || (belongs.user !== undefined && users.includes(belongs.user)))

/** A selection as the flags that make it; the order of names means nothing. */
export const flagsOf = (selection: Selection): Record<string, string> =>
  Object.fromEntries(
    PARTS.flatMap((part) => {
      const chosen = selection[part]
      return chosen === undefined ? [] : [[FLAGS[part], chosen.toSorted().join(',')]]
    }),
  )

/** Refuses a selection with a name that nothing in the playbook has: a typing error must not mean "nothing to do". */
export const checkSelection = (selection: Selection, resources: readonly Resource[], known: Known): void => {
  const choices: Record<Part, readonly string[]> = {
    limit: [...resources.map(({ on }) => on.name), ...known.targets],
    groups: known.groups,
    users: known.users,
    steps: resources.map(({ step }) => stepNumber(step)),
  }
  for (const part of PARTS) {
    const names = new Set(choices[part])
    const unknown = (selection[part] ?? []).filter((name) => !names.has(name))
    if (unknown.length > 0)
      throw wrongFlag(
        `${FLAGS[part]} ${unknown.join(',')}`,
        'matches nothing',
        `choose from: ${[...names].slice(0, 40).join(', ') || 'nothing here can be chosen'}`,
      )
  }
}

/** Names that may be selected although no resource bears them. */
export interface Known {
  targets: readonly string[]
  groups: readonly string[]
  users: readonly string[]
}

/** What may be named of an inventory, whoever left included. */
export const knownIn = ({ hosts, cluster, groups, users, retired }: Inventory): Known => ({
  targets: [...hosts.map(({ name }) => name), cluster.name],
  groups: groups.map(({ name }) => name),
  users: [...users, ...retired].map(({ name }) => name),
})

/** The part of an inventory that a selection leaves: with a user come their groups, and with a group its members. */
export const chosenFrom = (
  inventory: Inventory,
  { users: names, groups: spaces, limit }: Selection,
): { users: readonly User[]; groups: readonly Group[]; hosts: readonly Host[] } => {
  const users = inventory.users.filter(
    ({ name, groups }) =>
      (names?.includes(name) ?? true) &&
      (spaces === undefined || groups.some(({ group }) => spaces.includes(group))),
  )
  const theirs = new Set(users.flatMap(({ groups }) => groups.map(({ group }) => group)))
  const groups = inventory.groups.filter(
    ({ name }) => (spaces?.includes(name) ?? true) && (names === undefined || theirs.has(name)),
  )
  return { users, groups, hosts: inventory.hosts.filter(({ name }) => limit?.includes(name) ?? true) }
}
