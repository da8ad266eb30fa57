// Rules in CEL that the API server holds every new or changed object of some kinds to.
import { z } from 'zod'
import { ADMISSION_POLICY, type KubeObject, objectType } from '../lib/task.ts'

const cel = z.string().min(1)

export const admissionPolicy = objectType({
  name: 'admission-policy',
  kind: ADMISSION_POLICY,
  schema: z.strictObject({
    name: z.string(),
    /** In every version, by API group. */
    resources: z.record(z.string(), z.array(z.string()).min(1)),
    /** Whether it judges deletions too, of which `object` is null. */
    deletes: z.boolean().default(false),
    /** The requests that it is about, when not all. */
    when: z.strictObject({ name: z.string(), expression: cel }).exactOptional(),
    /** A kind of cluster scope: the rules must be true with each object of it as `params`. */
    params: z.strictObject({ apiVersion: z.string(), kind: z.string() }).exactOptional(),
    /** An expression may use those before it. */
    variables: z.record(z.string(), cel),
    /** What must be true, and what whoever is refused is told. */
    rules: z.array(z.strictObject({ must: cel, message: z.string().regex(/^[^\n]+$/) })).min(1),
  }),
  build: ({ name, resources, deletes, when, params, variables, rules }) => ({
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: constraintsOf(resources, deletes ? [...WRITES, 'DELETE'] : WRITES),
      ...(when && { matchConditions: [when] }),
      ...(params && { paramKind: params }),
      variables: variablesOf(variables),
      validations: rules.map(({ must, message }) => ({ expression: must, message, reason: 'Forbidden' })),
    },
  }),
  whole: ['spec'],
  settled(_, live) {
    const { observedGeneration } = (live['status'] ?? {}) as { observedGeneration?: number }
    return observedGeneration === generationOf(live) ? true : 'the API server has not taken it up yet'
  },
})

const WRITES = ['CREATE', 'UPDATE']

/** Every version of these resources, in all namespaces that a binding chooses. */
export const constraintsOf = (
  resources: Readonly<Record<string, readonly string[]>>,
  operations: readonly string[] = WRITES,
) => ({
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: Object.entries(resources).map(([group, of]) => ({
    apiGroups: [group],
    apiVersions: ['*'],
    operations,
    resources: of,
    scope: '*',
  })),
})

/** Expressions by their names, in their order. */
export const variablesOf = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, expression]) => ({ name, expression }))

const generationOf = ({ metadata }: KubeObject): unknown => metadata['generation']
