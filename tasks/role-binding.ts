// One user's role in one group: exactly this user, exactly that role.
import * as z from 'zod'
import { objectType, ROLE_BINDING, roleBindingName } from '../lib/task.ts'

export const roleBinding = objectType({
  name: 'role-binding',
  kind: ROLE_BINDING,
  schema: z.strictObject({
    namespace: z.string(),
    user: z.string(),
    role: z.string(),
    serviceAccount: z.strictObject({ namespace: z.string(), name: z.string() }),
  }),
  build: ({ namespace, user, role, serviceAccount }) => ({
    metadata: { namespace, name: roleBindingName(user, role) },
    subjects: [{ kind: 'ServiceAccount', ...serviceAccount }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
  }),
  sets: ['subjects'],
  recreate: ['roleRef'],
  access: 'has rights in the namespace',
})
