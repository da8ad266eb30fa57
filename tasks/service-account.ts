// A user's identity in the cluster.
import { z } from 'zod'
import { ARENA_UID, arenaUid, objectType, SERVICE_ACCOUNT, userNameOf } from '../lib/task.ts'

/** A kind that is not installed would be an error of kubectl, and nothing else be shown. */
const SERVED_JOBS = '$(kubectl api-resources --api-group=kubeflow.org --verbs=list -o name | paste -sd, -)'

export const serviceAccount = objectType({
  name: 'service-account',
  kind: SERVICE_ACCOUNT,
  schema: z.strictObject({ namespace: z.string(), name: z.string() }),
  build: ({ namespace, name }) => ({ metadata: { namespace, name } }),
  value: (_, { metadata: { uid } }) => ({ uid: uid! }),
  access: 'can use the cluster',
  farewell({ metadata: { namespace = '', name } }) {
    const jobs = `kubectl get "${SERVED_JOBS}" -A -l ${ARENA_UID}=${arenaUid(userNameOf(namespace, name))}`
    return `jobs that ${name} submitted with it go on; to see them: ${jobs}`
  },
  revokedLast: true,
})
