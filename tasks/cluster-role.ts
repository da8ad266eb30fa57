// Rights that no namespace can give.
import * as z from 'zod'
import { CLUSTER_ROLE, objectType } from '../lib/task.ts'
import { ruleSchema } from './role.ts'

export const clusterRole = objectType({
  name: 'cluster-role',
  kind: CLUSTER_ROLE,
  schema: z.strictObject({ name: z.string(), rules: z.array(ruleSchema) }),
  // Where it is there, a controller writes rules of others over ours.
  build: ({ name, rules }) => ({ metadata: { name }, aggregationRule: null, rules }),
  sets: ['rules'],
})
