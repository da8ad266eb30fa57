import type { Scene } from '../../lib/check.ts'
import { serviceAccountOf } from '../../lib/conventions/names.ts'
import { identityOf } from '../../lib/inventory/identity.ts'
import { arenaStart, rolesIn } from '../../lib/inventory/roles.ts'
import type { Inventory } from '../../lib/inventory/schema.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type Kind,
  type KubeObject,
  NODE,
  ROLE,
  ROLE_BINDING,
  SERVICE_ACCOUNT,
} from '../../lib/kube/object.ts'
import { live } from './live.ts'
import { INVENTORY, sceneOf } from './scene.ts'
import { served } from './served.ts'

/** What a cluster with Arena's TFJobs serves of what users may make. */
const SERVED = [
  served('', 'pods', 'Pod'),
  served('', 'services', 'Service'),
  served('', 'configmaps', 'ConfigMap'),
  served('', 'secrets', 'Secret'),
  served('', 'serviceaccounts', 'ServiceAccount'),
  served('apps', 'deployments', 'Deployment'),
  served('batch', 'jobs', 'Job'),
  served('kubeflow.org', 'tfjobs', 'TFJob'),
]

const [dev1] = INVENTORY.groups
const [bob] = INVENTORY.users

/** So many users, each a member of one of so many groups. */
export const tenantsOf = (users: number, groups: number, isolation: Inventory['isolation']): Inventory => ({
  ...INVENTORY,
  isolation,
  groups: Array.from({ length: groups }, (_, index) => ({
    ...dev1!,
    name: `g${index}`,
    gid: 10_001 + index,
  })),
  users: Array.from({ length: users }, (_, index) => ({
    ...bob!,
    name: `u${index}`,
    uid: 20_001 + index,
    home: `/home/u${index}`,
    groups: [{ group: `g${index % groups}`, role: 'member' }],
  })),
})

/** The scene that setup leaves for such an inventory. */
export const tenantsScene = (inventory: Inventory, over: Partial<Scene> = {}): Scene => {
  const accounts = inventory.users.map((user) => {
    const { namespace } = identityOf(inventory, user)
    return { user, subject: { kind: 'ServiceAccount', namespace, name: serviceAccountOf(user.name) } }
  })
  const objects = new Map<Kind, KubeObject[]>([
    [
      ROLE,
      inventory.groups.flatMap(({ name }) =>
        rolesIn(inventory, name).map((role) => live(ROLE, `${name}/${role.name}`, { rules: role.rules })),
      ),
    ],
    [
      ROLE_BINDING,
      accounts.flatMap(({ user, subject }) =>
        user.groups.map(({ group, role }) =>
          live(ROLE_BINDING, `${group}/${user.name}-${role}`, {
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
            subjects: [subject],
          }),
        ),
      ),
    ],
    [CLUSTER_ROLE, [live(CLUSTER_ROLE, 'arena-prod', { rules: arenaStart(inventory) })]],
    [
      CLUSTER_ROLE_BINDING,
      [
        live(CLUSTER_ROLE_BINDING, 'arena-prod', {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'arena-prod' },
          subjects: accounts.map(({ subject }) => subject),
        }),
      ],
    ],
    [
      SERVICE_ACCOUNT,
      accounts.map(({ subject }) => live(SERVICE_ACCOUNT, `${subject.namespace}/${subject.name}`, {})),
    ],
    [NODE, [live(NODE, 'worker01', { status: { nodeInfo: { kubeletVersion: 'v1.37.2' } } })]],
  ])
  return sceneOf(
    {},
    {
      inventory,
      users: inventory.users,
      groups: inventory.groups,
      resources: () => SERVED,
      items: (kind) => objects.get(kind) ?? [],
      ...over,
    },
  )
}
