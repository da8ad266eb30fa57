// Tells which priority classes an inventory gives to groups and the cluster does not have; it changes nothing.
import { z } from 'zod'
import { AutomationError, KEEP, orUnread, PRIORITY_CLASS, resourceType } from '../lib/task.ts'

export const missingPriorityClasses = resourceType({
  kind: 'missing-priority-classes',
  on: 'cluster',
  schema: z.strictObject({
    named: z.array(z.strictObject({ group: z.string(), priorityClass: z.string() })),
  }),
  id: () => 'groups',

  observe: () => ({
    kinds: [PRIORITY_CLASS],
    read: (answers) => ({
      find: ({ named }) =>
        orUnread(() => {
          const there = new Set(answers.items(PRIORITY_CLASS).map(({ metadata }) => metadata.name))
          return Map.groupBy(
            named.filter(({ priorityClass }) => !there.has(priorityClass)),
            ({ priorityClass }) => priorityClass,
          )
        }),
    }),
  }),

  plan(_, missing = new Map()) {
    if (missing instanceof AutomationError)
      return {
        ...KEEP,
        warnings: [`whether the priority classes of the groups are there is not known: ${missing.message}`],
      }
    const warnings = [...missing].map(([name, of]) => {
      const groups = of.map(({ group }) => group).join(', ')
      return (
        `there is no priority class ${name}, which pods.priorityClasses gives to ${groups}, so jobs ` +
        `that name it are refused: kubectl create priorityclass ${name} --value=<number>, or take it ` +
        'out'
      )
    })
    return warnings.length === 0 ? KEEP : { ...KEEP, warnings }
  },
})
