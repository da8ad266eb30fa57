// A patch in CEL that the API server puts on every new or changed object of some kinds, where it can: from Kubernetes 1.36.
import { z } from 'zod'
import { MUTATING_POLICY, objectType } from '../lib/task.ts'
import { constraintsOf, variablesOf } from './admission-policy.ts'

const cel = z.string().min(1)

export const mutatingPolicy = objectType({
  name: 'mutating-policy',
  kind: MUTATING_POLICY,
  whereServed: ({ unserved }) => unserved,
  schema: z.strictObject({
    name: z.string(),
    /** In every version, by API group. */
    resources: z.record(z.string(), z.array(z.string()).min(1)),
    /** The requests that it is about, when not all. */
    when: z.strictObject({ name: z.string(), expression: cel }).exactOptional(),
    /** An expression may use those before it. */
    variables: z.record(z.string(), cel),
    /** A list of JSONPatch operations. */
    patch: cel,
    /** What it means that the API server does not have the kind. */
    unserved: z.string().exactOptional(),
  }),
  build: ({ name, resources, when, variables, patch }) => ({
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: constraintsOf(resources),
      ...(when && { matchConditions: [when] }),
      variables: variablesOf(variables),
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patch } }],
    },
  }),
  whole: ['spec'],
})
