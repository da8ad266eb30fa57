// Rules in CEL that the API server holds every new or changed object of some kinds to.
import * as z from 'zod'
import { ADMISSION_POLICY, defined, type KubeObject, objectType } from '../lib/task.ts'

/** What we read of a live one. */
interface Policy extends KubeObject {
  status?: { observedGeneration?: number }
}

const cel = z.string().min(1)

/** An expression and the name by which those after it may use it. */
const named = z.strictObject({ name: z.string(), expression: cel })

/** What each policy and each binding has. */
export const policyObject = z.strictObject({
  name: z.string(),
  /** Key of the file from which the API server has the same, so that it need not be in the API. */
  instead: z.string().exactOptional(),
})

/** How each policy and each binding is compared, and when it need not be there. */
export const ofPolicies = {
  whole: ['spec'],
  insteadOf: ({ instead }: z.infer<typeof policyObject>) => instead,
}

/** What a policy judges, as in the `spec` of a ValidatingAdmissionPolicy; what all of ours share is left out. */
export const policyRules = z.strictObject({
  /** In every version. */
  resourceRules: z
    .array(z.strictObject({ apiGroups: z.array(z.string()).min(1), resources: z.array(z.string()).min(1) }))
    .default([]),
  /** Of a deletion `object` is null. */
  operations: z.array(z.enum(['CREATE', 'UPDATE', 'DELETE'])).default(['CREATE', 'UPDATE']),
  /** The requests that it is about, when not all. */
  matchConditions: z.array(named).min(1).exactOptional(),
  /** A kind of cluster scope: the expressions must be true with each object of it as `params`. */
  paramKind: z.strictObject({ apiVersion: z.string(), kind: z.string() }).exactOptional(),
  variables: z.array(named),
  /** What must be true, and what whoever is refused is told. */
  validations: z.array(z.strictObject({ expression: cel, message: z.string().regex(/^[^\n]+$/) })).min(1),
})

export const admissionPolicy = objectType({
  name: 'admission-policy',
  kind: ADMISSION_POLICY,
  schema: policyRules.extend(policyObject.shape),
  ...ofPolicies,
  build: ({ name, resourceRules, operations, matchConditions, paramKind, variables, validations }) => ({
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: constraintsOf(resourceRules, operations),
      ...defined({ matchConditions, paramKind }),
      variables,
      validations: validations.map((one) => ({ ...one, reason: 'Forbidden' })),
    },
  }),
  settled(_, { metadata, status }: Policy) {
    return status?.observedGeneration === metadata.generation || 'the API server has not taken it up yet'
  },
})

/** Every version of these resources, in all namespaces that a binding chooses. */
export const constraintsOf = (
  resourceRules: z.infer<typeof policyRules>['resourceRules'],
  operations: readonly string[],
) => ({
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: resourceRules.map(({ apiGroups, resources }) => ({
    apiGroups,
    apiVersions: ['*'],
    operations,
    resources,
    scope: '*',
  })),
})
