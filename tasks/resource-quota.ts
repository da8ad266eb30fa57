// A group's share of the cluster; it counts only once the server enforces every key.
import { z } from 'zod'
import { type KubeObject, objectType, RESOURCE_QUOTA } from '../lib/resource.ts'

const amount = z.union([z.string(), z.number()]).transform(String)

export const resourceQuota = objectType({
  name: 'resource-quota',
  kind: RESOURCE_QUOTA,
  schema: z.strictObject({
    namespace: z.string(),
    gpu: amount.exactOptional(),
    cpu: amount.exactOptional(),
    memory: amount.exactOptional(),
  }),
  build: ({ namespace, gpu, cpu, memory }) => ({
    metadata: { namespace, name: `${namespace}-compute-resources` },
    spec: {
      hard: {
        ...(gpu !== undefined && { 'requests.nvidia.com/gpu': gpu }),
        ...(cpu !== undefined && { 'requests.cpu': cpu, 'limits.cpu': cpu }),
        ...(memory !== undefined && { 'requests.memory': memory, 'limits.memory': memory }),
      },
    },
  }),
  exact: ['spec.hard'],
  quantities: ['spec.hard'],
  settled(_, quota) {
    const used = statusOf(quota).used ?? {}
    const missing = Object.keys((quota['spec'] as { hard?: object }).hard ?? {}).filter(
      (key) => !(key in used),
    )
    return missing.length === 0
      ? true
      : `the server does not enforce ${missing.join(', ')} (not in status.used)`
  },
})

const statusOf = ({ status }: KubeObject): { used?: Record<string, string> } =>
  (status ?? {}) as { used?: Record<string, string> }
