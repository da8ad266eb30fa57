// A patch in CEL that the API server puts on every new or changed object of some kinds, from Kubernetes 1.36 on.
import { z } from 'zod'
import { defined, MUTATING_POLICY, objectType } from '../lib/task.ts'
import { constraintsOf, policyRules } from './admission-policy.ts'

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
  whereServed: ({ unserved }) => unserved,
  schema: policyPatches.extend({
    name: z.string(),
    /** Key of the file from which the API server has the same, so that it need not be in the API. */
    instead: z.string().exactOptional(),
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
  whole: ['spec'],
  insteadOf: ({ instead }) => instead,
})
