import { readFile, writeFile } from 'node:fs/promises'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'

/** The cluster of an inventory whose admin has just these ClusterRoles that the README prints; writes a kubeconfig. */
export const clusterAs = async (
  roles: readonly string[],
  kubeconfig: string,
  state: SandboxState,
): Promise<NonNullable<InventoryInput['cluster']>> => {
  const readme = await readFile('README.md', 'utf8')
  const name = `rights-${roles.join('-')}`
  const manifests = roles.map(
    (role) => new RegExp(`^\`\`\`yaml ${role}\\n(.*?)^\`\`\``, 'ms').exec(readme)![1],
  )
  const token = await runOn(
    'cluster',
    `kubectl apply -f - >&2 <<'EOF'\n${manifests.join('---\n')}EOF
kubectl create serviceaccount ${name} -n default >&2 || true
for role in ${roles.join(' ')}; do
  kubectl create clusterrolebinding ${name}-$role --clusterrole=arena-playbooks-$role \\
    --serviceaccount=default:${name} >&2 || true
done
kubectl create token ${name} -n default`,
    state,
  )
  const admin = await readFile(state.kubeconfig, 'utf8')
  const [, ca] = /certificate-authority-data: (\S+)/.exec(admin)!
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: state.server, 'certificate-authority-data': ca } }],
      users: [{ name, user: { token: token.trim() } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    }),
  )
  return { context: name, kubeconfig, server: state.server }
}
