// Puts an admission policy in force in the group namespaces of one inventory.
import { z } from 'zod'
import { ADMISSION_POLICY_BINDING, GROUP_LABEL, OWNER_LABEL, objectType } from '../lib/task.ts'

export const admissionPolicyBinding = objectType({
  name: 'admission-policy-binding',
  kind: ADMISSION_POLICY_BINDING,
  schema: z.strictObject({
    name: z.string(),
    policy: z.string(),
    inventory: z.string(),
    /** Key of the file from which the API server has the same, so that it need not be in the API. */
    instead: z.string().exactOptional(),
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
  whole: ['spec'],
  insteadOf: ({ instead }) => instead,
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
