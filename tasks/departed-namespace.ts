// The namespace of a group that is removed: kept with its data, or deleted with all that is in it, as the admin says.
import { z } from 'zod'
import {
  deletion,
  holdingOf,
  JOBS,
  KEEP,
  type KubeObject,
  NAMESPACE,
  OWNER_LABEL,
  PERSISTENT_VOLUME_CLAIM,
  refuse,
  resourceType,
  type Step,
} from '../lib/task.ts'

const schema = z.strictObject({ name: z.string(), delete: z.boolean() })

interface Have {
  namespace: KubeObject | undefined
  /** What dies with it: claims, whose data stays on the NAS, and jobs. */
  inside: readonly KubeObject[]
}

export const departedNamespace = resourceType<typeof schema, Have>({
  kind: 'departed-namespace',
  on: 'cluster',
  schema,
  id: ({ name }) => name,

  observe: () => ({
    kinds: [NAMESPACE, PERSISTENT_VOLUME_CLAIM, ...JOBS],
    read: (answers) => ({
      find: ({ name }) => ({
        namespace: answers.items(NAMESPACE).find(({ metadata }) => metadata.name === name),
        inside: [PERSISTENT_VOLUME_CLAIM, ...JOBS]
          .flatMap((kind) => answers.items(kind))
          .filter(({ metadata }) => metadata.namespace === name),
      }),
    }),
  }),

  plan(want, have, { owner }) {
    const { namespace, inside } = have!
    if (namespace === undefined) return KEEP
    const { metadata } = namespace
    if (metadata.labels?.[OWNER_LABEL] !== owner)
      return refuse(
        'is not of this inventory',
        `see whose it is: kubectl get namespace ${want.name} --show-labels`,
      )
    const gone: Step = { do: 'vanish', ref: { kind: NAMESPACE, name: want.name, uid: metadata.uid! } }
    if (metadata.deletionTimestamp !== undefined) {
      const { reason, hint } = holdingOf(namespace)
      return want.delete
        ? { op: 'remove', diffs: [], reason, steps: [gone] }
        : { ...KEEP, warnings: [`the namespace ${want.name} ${reason}: ${hint}`] }
    }
    const names = inside.map(({ kind, metadata: { name } }) => `${kind} ${name}`)
    if (!want.delete)
      return {
        ...KEEP,
        warnings: [
          `the namespace ${want.name} stays, with ${names.join(', ') || 'no claim and no job'}; ` +
            `--delete-namespace ${want.name} deletes it, and the data stays on the NAS`,
        ],
      }
    const { resourceVersion: _, ...seen } = metadata
    const { op, steps } = deletion(NAMESPACE, seen)
    return {
      op,
      steps: [...steps, gone],
      reason: 'the group is removed',
      diffs: names.map((from) => ({ field: 'dies with it', from })),
    }
  },
})
