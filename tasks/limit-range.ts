// What a container gets that states nothing, so that a quota on cpu or memory does not refuse it.
import { z } from 'zod'
import { LIMIT_RANGE, objectType } from '../lib/resource.ts'

export const limitRange = objectType({
  name: 'limit-range',
  kind: LIMIT_RANGE,
  schema: z.strictObject({
    namespace: z.string(),
    /** Requests and limits alike, by resource: `{ cpu: '1', memory: '2Gi' }`. */
    defaults: z.record(z.string(), z.string()),
  }),
  build: ({ namespace, defaults }) => ({
    metadata: { namespace, name: `${namespace}-container-defaults` },
    spec: { limits: [{ type: 'Container', default: defaults, defaultRequest: defaults }] },
  }),
  exact: ['spec.limits', 'spec.limits.0', 'spec.limits.0.default', 'spec.limits.0.defaultRequest'],
  quantities: ['spec.limits'],
})
