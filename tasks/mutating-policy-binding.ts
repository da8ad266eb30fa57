// Puts a mutating policy in force in the group namespaces of one inventory.
import { z } from 'zod'
import { MUTATING_POLICY_BINDING, objectType } from '../lib/task.ts'
import { inGroups } from './admission-policy-binding.ts'

export const mutatingPolicyBinding = objectType({
  name: 'mutating-policy-binding',
  kind: MUTATING_POLICY_BINDING,
  whereServed: () => undefined,
  schema: z.strictObject({
    name: z.string(),
    policy: z.string(),
    inventory: z.string(),
    /** Key of the file from which the API server has the same, so that it need not be in the API. */
    instead: z.string().exactOptional(),
  }),
  build: ({ name, policy, inventory }) => ({
    metadata: { name },
    spec: { policyName: policy, matchResources: inGroups(inventory) },
  }),
  whole: ['spec'],
  insteadOf: ({ instead }) => instead,
})
