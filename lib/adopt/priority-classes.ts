import { isOwnedBy } from '../conventions/labels.ts'
import { clusterWideName } from '../conventions/names.ts'
import { priorityClass } from '../inventory/values.ts'
import { CLUSTER_ROLE } from '../kube/object.ts'
import type { LiveRule } from '../kube/rbac.ts'
import type { GroupInput, Note } from './remark.ts'
import type { World } from './world.ts'

/**
 * The priority classes that jobs of the groups may name in isolation document: setup writes them into one role of all,
 * where isolation strict has each group's on its namespace.
 */
export const withPriorityClasses = (
  world: World,
  owner: string,
  groups: readonly GroupInput[],
  note: Note,
): GroupInput[] => {
  const classes = classesIn(world, owner)
  if (classes.length === 0) return [...groups]
  if (groups.length > 1)
    for (const { name } of groups)
      note(
        name,
        `members may read the priority classes ${classes.join(', ')}, and nothing tells of which group the ` +
          'inventory said so: each has them here',
        'take them out of pods.priorityClasses of the groups that they are not for: isolation strict goes by it',
      )
  return groups.map((group) => ({ ...group, pods: { ...group.pods, priorityClasses: classes } }))
}

const classesIn = (world: World, owner: string): string[] => {
  const start = clusterWideName(owner, 'start')
  const rules = world
    .items(CLUSTER_ROLE)
    .filter(({ metadata }) => metadata.name === start && isOwnedBy(metadata, owner))
    .flatMap((role) => (role['rules'] ?? []) as readonly LiveRule[])
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [] }) =>
    apiGroups.includes('scheduling.k8s.io') && resources.includes('priorityclasses')
      ? resourceNames.filter((name) => priorityClass(name) === undefined)
      : [],
  )
}
