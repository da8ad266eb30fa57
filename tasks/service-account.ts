// A user's identity in the cluster.
import * as z from 'zod'
import { ARENA_UID, arenaUid, getServed, objectType, SERVICE_ACCOUNT, userNameOf } from '../lib/task.ts'

export const serviceAccount = objectType({
  name: 'service-account',
  kind: SERVICE_ACCOUNT,
  schema: z.strictObject({ namespace: z.string(), name: z.string() }),
  build: ({ namespace, name }) => ({ metadata: { namespace, name } }),
  value: (_, { metadata: { uid } }) => ({ uid: uid! }),
  access: 'can use the cluster',
  farewell({ metadata: { namespace = '', name } }) {
    const label = `${ARENA_UID}=${arenaUid(userNameOf(namespace, name))}`
    const jobs = getServed('kubeflow.org', { flags: `-A -l ${label}` })
    return `deleting it stops no job that ${name} submitted with it; to see them: ${jobs}`
  },
  revokedLast: true,
})
