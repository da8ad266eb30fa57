// Puts a mutating policy in force in the group namespaces of one inventory.
import { MUTATING_POLICY_BINDING, objectType } from '../lib/task.ts'
import { ofPolicies } from './admission-policy.ts'
import { inGroups, policyInGroups } from './admission-policy-binding.ts'

export const mutatingPolicyBinding = objectType({
  name: 'mutating-policy-binding',
  kind: MUTATING_POLICY_BINDING,
  whereServed: () => undefined,
  schema: policyInGroups,
  ...ofPolicies,
  build: ({ name, policy, inventory }) => ({
    metadata: { name },
    spec: { policyName: policy, matchResources: inGroups(inventory) },
  }),
})
