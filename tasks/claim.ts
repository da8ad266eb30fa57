// A group's claim on one volume, with the words that `arena data list` shows.
import * as z from 'zod'
import { objectType, PERSISTENT_VOLUME_CLAIM, type PersistentVolumeClaim } from '../lib/task.ts'

export const claim = objectType({
  name: 'claim',
  kind: PERSISTENT_VOLUME_CLAIM,
  schema: z.strictObject({
    namespace: z.string(),
    name: z.string(),
    volume: z.string(),
    size: z.string(),
    access: z.enum(['ReadWriteMany', 'ReadOnlyMany']),
    description: z.string().exactOptional(),
    owner: z.string().exactOptional(),
  }),
  build: ({ namespace, name, volume, size, access, description, owner }) => ({
    metadata: {
      namespace,
      name,
      // Words that the inventory no longer has are not shown any more either.
      annotations: { description: description ?? null, owner: owner ?? null },
    },
    spec: {
      accessModes: [access],
      storageClassName: '',
      volumeName: volume,
      resources: { requests: { storage: size } },
    },
  }),
  sets: ['spec.accessModes'],
  quantities: ['spec.resources.requests'],
  immutable: {
    fields: ['spec'],
    hint: ({ namespace, name }) =>
      'the data on the NAS stays; by hand, in this order: end the pods that mount it, kubectl delete ' +
      `pvc ${name} -n ${namespace}, then run again`,
  },
  settled(_, { status }: PersistentVolumeClaim) {
    const { phase = 'unknown' } = status ?? {}
    return phase === 'Bound' ? true : `is ${phase}, not Bound`
  },
  access: 'may still mount the directory',
  protect: ({ metadata: { namespace, name } }) =>
    `once no pod mounts it: kubectl delete pvc ${name} -n ${namespace}, and the data on the NAS stays`,
})
