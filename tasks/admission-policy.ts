// Rules in CEL that the API server holds every new or changed object of some kinds to.
import { z } from 'zod'
import { ADMISSION_POLICY, type KubeObject, objectType } from '../lib/resource.ts'

const cel = z.string().min(1)

export const admissionPolicy = objectType({
  name: 'admission-policy',
  kind: ADMISSION_POLICY,
  schema: z.strictObject({
    name: z.string(),
    /** In every version, by API group. */
    resources: z.record(z.string(), z.array(z.string()).min(1)),
    /** An expression may use those before it. */
    variables: z.record(z.string(), cel),
    /** What must be true, and what whoever is refused is told. */
    rules: z.array(z.strictObject({ must: cel, message: z.string().regex(/^[^\n]+$/) })).min(1),
  }),
  build: ({ name, resources, variables, rules }) => ({
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: Object.entries(resources).map(([group, of]) => ({
          apiGroups: [group],
          apiVersions: ['*'],
          operations: ['CREATE', 'UPDATE'],
          resources: of,
          scope: '*',
        })),
      },
      variables: Object.entries(variables).map(([variable, expression]) => ({ name: variable, expression })),
      validations: rules.map(({ must, message }) => ({ expression: must, message, reason: 'Forbidden' })),
    },
  }),
  whole: ['spec'],
  settled(_, live) {
    const { observedGeneration } = (live['status'] ?? {}) as { observedGeneration?: number }
    return observedGeneration === generationOf(live) ? true : 'the API server has not taken it up yet'
  },
})

const generationOf = ({ metadata }: KubeObject): unknown => metadata['generation']
