// Puts an admission policy in force in the group namespaces of one inventory.
import * as z from 'zod'
import { ADMISSION_POLICY_BINDING, GROUP_LABEL, OWNER_LABEL, objectType } from '../lib/task.ts'
import { ofPolicies, policyObject } from './admission-policy.ts'

/** Which policy is in force in the groups of which inventory. */
export const policyInGroups = policyObject.extend({ policy: z.string(), inventory: z.string() })

export const admissionPolicyBinding = objectType({
  name: 'admission-policy-binding',
  kind: ADMISSION_POLICY_BINDING,
  ...ofPolicies,
  schema: policyInGroups.extend({
    /** Whether the policy has parameters: then every object of their kind is one, and none is no obstacle. */
    params: z.boolean().default(false),
  }),
  build: ({ name, policy, inventory, params }) => ({
    metadata: { name },
    spec: {
      policyName: policy,
      ...(params && { paramRef: { selector: {}, parameterNotFoundAction: 'Allow' } }),
      validationActions: ['Deny'],
      matchResources: inGroups(inventory),
    },
  }),
})

/** Everything in the group namespaces of an inventory. */
export const inGroups = (inventory: string) => ({
  matchPolicy: 'Equivalent',
  namespaceSelector: {
    matchLabels: { [OWNER_LABEL]: inventory },
    matchExpressions: [{ key: GROUP_LABEL, operator: 'Exists' }],
  },
  objectSelector: {},
})
