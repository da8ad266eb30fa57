// What a container gets that states nothing, and the most that a container and a pod may ask for.
import * as z from 'zod'
import { LIMIT_RANGE, limitRangeName, objectType } from '../lib/task.ts'

const amounts = z.record(z.string(), z.string())

export const limitRange = objectType({
  name: 'limit-range',
  kind: LIMIT_RANGE,
  schema: z.strictObject({
    namespace: z.string(),
    /** Requests and limits alike, by resource: `{ cpu: '1', memory: '2Gi' }`. */
    defaults: amounts,
    /** Of a container, and of a pod in all: resources of a pod as a whole pass what is said of containers. */
    max: amounts.default({}),
  }),
  build: ({ namespace, defaults, max }) => ({
    metadata: { namespace, name: limitRangeName(namespace) },
    spec: {
      limits: [
        { type: 'Container', default: defaults, defaultRequest: defaults, ...(isAny(max) && { max }) },
        ...(isAny(max) ? [{ type: 'Pod', max }] : []),
      ],
    },
  }),
  whole: ['spec.limits'],
  quantities: ['spec.limits'],
})

const isAny = (amounts: object): boolean => Object.keys(amounts).length > 0
