import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'

/** The document's table on a sandbox, as an inventory that commands can edit. */
export const inventoryOf = (state: SandboxState): InventoryInput => ({
  name: 'corpus',
  isolation: 'document',
  cluster: { context: state.context, kubeconfig: state.kubeconfig, server: state.server },
  arena: { archive: state.arena.archive, sha256: state.arena.sha256 },
  hosts: state.clients.map(({ name, address, port }) => ({
    name,
    address,
    port,
    user: 'root',
    identityFile: state.sshKey,
    sshConfig: state.sshConfig,
    knownHosts: state.knownHosts,
  })),
  nas: { server: 'nas.sandbox.test' },
  groups: [
    { name: 'dev1', gid: 10_001, quota: { gpu: 1 } },
    { name: 'dev2', gid: 10_002, quota: { gpu: 2, cpu: 8, memory: '60Gi' } },
  ],
  users: [
    { name: 'bob', uid: 20_001, groups: ['dev1'], password: { file: state.passwords['bob']! } },
    { name: 'tom', uid: 20_002, groups: ['dev2'], password: { file: state.passwords['tom']! } },
  ],
  volumes: [
    { name: 'dev1-public', group: 'dev1', path: '/dev1', description: 'dev1 组内共享', owner: 'admin' },
    { name: 'dev2-public', group: 'dev2', path: '/dev2', description: 'dev2 组内共享', owner: 'admin' },
    { name: 'all-dev1', group: 'dev1', path: '/all', shared: 'all' },
    { name: 'all-dev2', group: 'dev2', path: '/all', shared: 'all' },
  ],
})
