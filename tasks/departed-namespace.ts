// The namespace of a group that is removed: kept with its data, or deleted with all that is in it, as the admin says.
import * as z from 'zod'
import {
  CONFIG_MAP,
  deletion,
  holdingOf,
  isOwnedBy,
  KEEP,
  type KubeObject,
  keeping,
  NAMESPACE,
  refuse,
  resourceType,
  type Step,
  USERS_KINDS,
} from '../lib/task.ts'

const schema = z.strictObject({ name: z.string(), delete: z.boolean() })

/** ConfigMaps are legion, and nobody would miss one alone. */
const INSIDE = USERS_KINDS.filter((kind) => kind !== CONFIG_MAP)

/** Each once, as some kinds are served in several versions, and none that goes with another one of them. */
const topmost = (objects: readonly KubeObject[]): readonly KubeObject[] => {
  const byUid = new Map(objects.map((object) => [object.metadata.uid, object]))
  return [...byUid.values()].filter(
    ({ metadata: { ownerReferences = [] } }) => !ownerReferences.some(({ uid }) => byUid.has(uid)),
  )
}

export const departedNamespace = resourceType({
  kind: 'departed-namespace',
  on: 'cluster',
  schema,
  id: ({ name }) => name,

  observe: () => ({
    kinds: [NAMESPACE, ...INSIDE],
    read: (answers) => ({
      find: ({ name }) => ({
        namespace: answers.items(NAMESPACE).find(({ metadata }) => metadata.name === name),
        // What dies with it: claims, whose data stays on the NAS, and all that users made and nothing else takes along.
        inside: topmost(
          INSIDE.flatMap((kind) => answers.items(kind)).filter(({ metadata }) => metadata.namespace === name),
        ),
      }),
    }),
  }),

  plan(want, have, { owner }) {
    const { namespace, inside } = have!
    if (namespace === undefined) return KEEP
    const { metadata } = namespace
    if (!isOwnedBy(metadata, owner))
      return refuse(
        'is not of this inventory',
        `see whose it is: kubectl get namespace ${want.name} --show-labels`,
      )
    const gone: Step = { do: 'vanish', ref: { kind: NAMESPACE, name: want.name, uid: metadata.uid! } }
    if (metadata.deletionTimestamp !== undefined) {
      const { reason, hint } = holdingOf(namespace)
      return want.delete
        ? { op: 'remove', diffs: [], reason, steps: [gone], empties: want.name }
        : keeping([`the namespace ${want.name} ${reason}: ${hint}`])
    }
    const names = inside.map(({ kind, metadata: { name } }) => `${kind} ${name}`)
    if (!want.delete)
      return keeping([
        `the namespace ${want.name} stays, with ${names.join(', ') || 'nothing that anybody made there'}; ` +
          `--delete-namespace ${want.name} deletes it, and the data stays on the NAS`,
      ])
    const { resourceVersion: _, ...seen } = metadata
    const { op, steps } = deletion(NAMESPACE, seen)
    return {
      op,
      steps: [...steps, gone],
      empties: want.name,
      reason: 'the group is removed',
      diffs: names.map((from) => ({ field: 'dies with it', from })),
    }
  },
})
