// A user's identity in the cluster.
import { z } from 'zod'
import { arenaJobLabel, objectType, SERVICE_ACCOUNT } from '../lib/resource.ts'

export const serviceAccount = objectType({
  name: 'service-account',
  kind: SERVICE_ACCOUNT,
  schema: z.strictObject({ namespace: z.string(), name: z.string() }),
  build: ({ namespace, name }) => ({ metadata: { namespace, name } }),
  value: (_, { metadata: { uid } }) => ({ uid: uid! }),
  access: 'can use the cluster',
  farewell({ metadata: { namespace = '', name } }) {
    const jobs = `kubectl get tfjobs,pytorchjobs,mpijobs -A -l ${arenaJobLabel(namespace, name)}`
    return `jobs that ${name} submitted with it go on; to see them: ${jobs}`
  },
  revokedLast: true,
})
