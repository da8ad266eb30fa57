// Gives one user the rights that no namespace can give.
import * as z from 'zod'
import { CLUSTER_ROLE_BINDING, objectType } from '../lib/task.ts'

export const clusterRoleBinding = objectType({
  name: 'cluster-role-binding',
  kind: CLUSTER_ROLE_BINDING,
  schema: z.strictObject({
    name: z.string(),
    role: z.string(),
    serviceAccount: z.strictObject({ namespace: z.string(), name: z.string() }),
  }),
  build: ({ name, role, serviceAccount }) => ({
    metadata: { name },
    subjects: [{ kind: 'ServiceAccount', ...serviceAccount }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  }),
  sets: ['subjects'],
  recreate: ['roleRef'],
  access: 'can start Arena',
  revokedLast: true,
})
