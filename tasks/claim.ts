// A group's claim on one volume, with the words that `arena data list` shows.
import * as z from 'zod'
import {
  defined,
  isSetByUs,
  objectType,
  PERSISTENT_VOLUME_CLAIM,
  type PersistentVolumeClaim,
} from '../lib/task.ts'

/** What `arena data list` shows of a claim. */
const WORDS = ['description', 'owner'] as const

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
      annotations: defined({ description, owner }),
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
  // Words that the inventory no longer has are not shown any more; others' stay.
  mend(want, live) {
    const left = WORDS.filter(
      (word) => want[word] === undefined && isSetByUs(live, 'metadata', 'annotations', word),
    )
    if (left.length === 0) return undefined
    const { annotations = {} } = live.metadata
    return {
      diffs: left.map((word) => ({ field: `metadata.annotations.${word}`, from: annotations[word] })),
      want: { metadata: { annotations: Object.fromEntries(left.map((word) => [word, null])) } },
    }
  },
  settled(_, { status }: PersistentVolumeClaim) {
    const { phase = 'unknown' } = status ?? {}
    return phase === 'Bound' ? true : `is ${phase}, not Bound`
  },
  access: 'may still mount the directory',
  protect: ({ metadata: { namespace, name } }) =>
    `once no pod mounts it: kubectl delete pvc ${name} -n ${namespace}, and the data on the NAS stays`,
})
