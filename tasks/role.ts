// What a role may do in one group's namespace.
import * as z from 'zod'
import { objectType, ROLE } from '../lib/task.ts'

/** One rule as RBAC has it; every list is exact. */
export const ruleSchema = z.strictObject({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
  resourceNames: z.array(z.string()).exactOptional(),
})

export const role = objectType({
  name: 'role',
  kind: ROLE,
  schema: z.strictObject({ namespace: z.string(), name: z.string(), rules: z.array(ruleSchema) }),
  build: ({ namespace, name, rules }) => ({ metadata: { namespace, name }, rules }),
  sets: ['rules'],
})
