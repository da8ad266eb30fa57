import type { InventoryInput } from '../lib/inventory/schema.ts'
import type { SandboxState } from '../sandbox/sandbox.ts'

/** Groups for a number of users: the sizes that the budgets of the design name. */
const groupsFor = (users: number): number =>
  ({ 2: 2, 80: 10, 200: 20, 300: 20, 1000: 50 })[users] ?? Math.ceil(users / 10)

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(4, '0')}`)

/** An inventory of so many users on a sandbox: each in one group, each group with a quota and a volume. */
export const tenants = (users: number, state: SandboxState): InventoryInput => {
  const groups = numbered('group', groupsFor(users))
  return {
    name: 'bench',
    isolation: 'document',
    cluster: { context: state.context, kubeconfig: state.kubeconfig, server: state.server },
    arena: { archive: state.arena.archive, sha256: state.arena.sha256 },
    hosts: state.clients.map(({ name }) => ({
      name,
      sshConfig: state.sshConfig,
      knownHosts: state.knownHosts,
    })),
    nas: { server: 'bench.nas.example.com' },
    groups: groups.map((name, index) => ({
      name,
      gid: 41_001 + index,
      quota: { gpu: 1, cpu: '8', memory: '60Gi' },
    })),
    users: numbered('user', users).map((name, index) => ({
      name,
      uid: 42_001 + index,
      groups: [groups[index % groups.length]!],
    })),
    volumes: groups.map((group) => ({ name: `${group}-public`, group, path: `/${group}` })),
  }
}
