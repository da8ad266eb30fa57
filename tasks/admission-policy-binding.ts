// Puts an admission policy in force in the group namespaces of one inventory.
import { z } from 'zod'
import { ADMISSION_POLICY_BINDING, GROUP_LABEL, OWNER_LABEL, objectType } from '../lib/resource.ts'

export const admissionPolicyBinding = objectType({
  name: 'admission-policy-binding',
  kind: ADMISSION_POLICY_BINDING,
  schema: z.strictObject({ name: z.string(), policy: z.string(), inventory: z.string() }),
  build: ({ name, policy, inventory }) => ({
    metadata: { name },
    spec: {
      policyName: policy,
      validationActions: ['Deny'],
      matchResources: inGroups(inventory),
    },
  }),
  whole: ['spec'],
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
