// A patch in CEL that the API server puts on every new or changed object of some kinds, from Kubernetes 1.36 on.
import * as z from 'zod'
import { defined, MUTATING_POLICY, objectType } from '../lib/task.ts'
import { constraintsOf, ofPolicies, policyObject, policyRules } from './admission-policy.ts'

/** What a policy patches, as in the `spec` of a MutatingAdmissionPolicy; what all of ours share is left out. */
export const policyPatches = policyRules
  .pick({ resourceRules: true, operations: true, matchConditions: true, variables: true })
  .extend({
    /** Each is a list of JSONPatch operations. */
    mutations: z
      .array(
        z.strictObject({
          patchType: z.literal('JSONPatch'),
          jsonPatch: z.strictObject({ expression: z.string().min(1) }),
        }),
      )
      .min(1),
  })

export const mutatingPolicy = objectType({
  name: 'mutating-policy',
  kind: MUTATING_POLICY,
  ...ofPolicies,
  whereServed: ({ unserved }) => unserved,
  schema: policyPatches.extend({
    ...policyObject.shape,
    /** What it means that the API server does not have the kind. */
    unserved: z.string().exactOptional(),
  }),
  build: ({ name, resourceRules, operations, matchConditions, variables, mutations }) => ({
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: constraintsOf(resourceRules, operations),
      ...defined({ matchConditions }),
      variables,
      mutations,
    },
  }),
})
