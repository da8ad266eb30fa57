// What a namespace may use of the cluster; it counts only once the server enforces every key.
import * as z from 'zod'
import {
  GROUP_QUOTA,
  hardLimits,
  objectType,
  quotaName,
  RESOURCE_QUOTA,
  type ResourceQuota,
} from '../lib/task.ts'

const amount = z.union([z.string(), z.number()]).transform(String)

export const resourceQuota = objectType({
  name: 'resource-quota',
  kind: RESOURCE_QUOTA,
  schema: z.strictObject({
    namespace: z.string(),
    /** The object is called `<namespace>-<name>`. */
    name: z.string().default(GROUP_QUOTA),
    gpu: z.number().exactOptional(),
    cpu: amount.exactOptional(),
    memory: amount.exactOptional(),
    ephemeralStorage: amount.exactOptional(),
    hugepages: z.record(z.string(), amount).exactOptional(),
    storage: amount.exactOptional(),
    claims: z.number().exactOptional(),
    pods: z.number().exactOptional(),
    devices: z.record(z.string(), z.number()).exactOptional(),
    deviceClasses: z.record(z.string(), z.number()).exactOptional(),
    /** Numbers of objects, by the server's keys: `{ pods: 1000, 'count/jobs.batch': 1000 }`. */
    objects: z.record(z.string(), amount).default({}),
    /** The same for kinds that the cluster may not have; then they cannot be enforced and need not be. */
    kinds: z.record(z.string(), amount).default({}),
    /** Only pods of these priority classes count. */
    priorityClasses: z.array(z.string()).exactOptional(),
  }),
  build: ({ namespace, name, objects, kinds, priorityClasses: values, ...quota }) => ({
    metadata: { namespace, name: quotaName(namespace, name) },
    spec: {
      hard: { ...hardLimits(quota), ...objects, ...kinds },
      ...(values && {
        scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values }] },
      }),
    },
  }),
  exact: ['spec', 'spec.hard', 'spec.scopeSelector'],
  sets: ['spec.scopeSelector.matchExpressions'],
  quantities: ['spec.hard'],
  // Which pods a quota is about can never be changed.
  recreate: ['spec.scopes', 'spec.scopeSelector'],
  restless: true,
  settled({ kinds }, quota) {
    const missing = uncounted(quota).filter((key) => !(key in kinds))
    return missing.length === 0 || `the server does not enforce ${missing.join(', ')} (not in status.used)`
  },
  warns({ kinds }, quota, serves) {
    const late = uncounted(quota).filter((key) => key in kinds && serves(key.replace(/^count\//, '')))
    return late.length === 0
      ? undefined
      : `the API server does not count ${late.join(', ')} yet, and refuses to make any: after a kind ` +
          'is installed it takes up to five minutes'
  },
})

/** Keys of a quota whose use the server does not know. */
const uncounted = ({ spec, status }: ResourceQuota): string[] =>
  Object.keys(spec?.hard ?? {}).filter((key) => !(key in (status?.used ?? {})))
