// Tells which priority classes an inventory gives to groups and the cluster does not have; it changes nothing.
import * as z from 'zod'
import { PRIORITY_CLASS, tellingType } from '../lib/task.ts'

export const missingPriorityClasses = tellingType({
  kind: 'missing-priority-classes',
  schema: z.strictObject({
    named: z.array(z.strictObject({ group: z.string(), priorityClass: z.string() })),
  }),
  id: () => 'groups',
  kinds: [PRIORITY_CLASS],
  unread: 'whether the priority classes of the groups are there',
  tell({ named }, items) {
    const there = new Set(items(PRIORITY_CLASS).map(({ metadata }) => metadata.name))
    const missing = named.filter(({ priorityClass }) => !there.has(priorityClass))
    return [...Map.groupBy(missing, ({ priorityClass }) => priorityClass)].map(([name, of]) => {
      const groups = of.map(({ group }) => group).join(', ')
      return (
        `there is no priority class ${name}, which pods.priorityClasses gives to ${groups}, so jobs ` +
        `that name it are refused: kubectl create priorityclass ${name} --value=<number>, or take it ` +
        'out'
      )
    })
  },
})
