// The service account `default` that the cluster makes in each namespace: pods get no token of it unless they ask.
import * as z from 'zod'
import {
  belongsOf,
  type Change,
  isOwnedBy,
  isSetByUs,
  KEEP,
  type KubeObject,
  NAMESPACE,
  resourceType,
  SERVICE_ACCOUNT,
} from '../lib/task.ts'

const schema = z.strictObject({ namespace: z.string() })

const FIELD = 'automountServiceAccountToken'

export const defaultServiceAccount = resourceType<typeof schema, KubeObject>({
  kind: 'default-service-account',
  on: 'cluster',
  schema,
  id: ({ namespace }) => namespace,

  observe: (wants, owner) => ({
    kinds: [SERVICE_ACCOUNT, NAMESPACE],
    read(answers) {
      const accounts = answers.items(SERVICE_ACCOUNT).filter(({ metadata }) => metadata.name === 'default')
      const live = new Map(accounts.map((account) => [account.metadata.namespace!, account]))
      const wanted = new Set(wants.map(({ namespace }) => namespace))
      const ours = answers
        .items(NAMESPACE)
        .filter(({ metadata }) => isOwnedBy(metadata, owner))
        .map(({ metadata }) => metadata)
      return {
        find: ({ namespace }) => live.get(namespace),
        strays: ours
          .filter(({ name }) => !wanted.has(name) && live.has(name) && isSetByUs(live.get(name)!, FIELD))
          .map((metadata) => ({
            id: metadata.name,
            belongs: belongsOf(metadata),
            change: letGo(live.get(metadata.name)!),
          })),
      }
    },
  }),

  plan({ namespace }, live) {
    const from = live?.[FIELD] as boolean | undefined
    if (from === false) return KEEP
    return {
      op: live === undefined ? 'create' : 'update',
      diffs: [{ field: FIELD, from, to: false }],
      steps: [{ do: 'apply', kind: SERVICE_ACCOUNT, object: { ...accountIn(namespace), [FIELD]: false } }],
    }
  },
  live: { kind: SERVICE_ACCOUNT, settled: () => true, value: () => undefined },
})

const accountIn = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace },
})

/** It is the cluster's own, so it is never deleted: an apply that says nothing gives up the field that we set. */
const letGo = (live: KubeObject): Change => ({
  op: 'remove',
  diffs: [{ field: FIELD, from: live[FIELD] as boolean }],
  steps: [{ do: 'apply', kind: SERVICE_ACCOUNT, object: accountIn(live.metadata.namespace!) }],
})
