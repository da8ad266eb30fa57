import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { trainingOperator } from '../../sandbox/control-plane.ts'
import { start } from '../../sandbox/process.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { prepareTools } from '../../sandbox/tools.ts'
import { applyIn, kubectlIn } from './kubectl.ts'

/**
 * Has a sandbox run PyTorchJobs, by the operator that runs its TFJobs, and take the MPIJobs that Arena 0.15.5 submits,
 * which that operator does not know (it knows a later version). It ends with the sandbox.
 */
export const takeMoreJobs = async (state: SandboxState): Promise<void> => {
  const tools = await prepareTools(() => undefined, state.variant)
  for (const file of [
    tools('kubeflow.org_pytorchjobs.yaml'),
    `${tools('arena-artifacts')}/crds/kubeflow.org_mpijobs.yaml`,
  ])
    await kubectlIn(state, `apply --server-side -f ${file}`)
  for (const kind of ['pytorchjobs', 'mpijobs'])
    await kubectlIn(state, `wait --for=condition=NamesAccepted crd/${kind}.kubeflow.org --timeout=300s`)
  await start(state.directory, 'pytorch-operator', trainingOperator(state, tools, 'pytorchjob'))
}

const MPI_OPERATOR = 'system:serviceaccount:arena-system:mpi-operator'

/**
 * Has a sandbox with `mpi` run the MPIJobs that Arena 0.15.5 submits, with the rights that Arena's chart gives the
 * operator; it ends with the sandbox.
 */
export const runMpiJobs = async (state: SandboxState): Promise<void> => {
  const tools = await prepareTools(() => undefined, state.variant)
  const artifacts = tools('arena-artifacts')
  await kubectlIn(state, `apply --server-side -f ${artifacts}/crds/kubeflow.org_mpijobs.yaml`)
  await kubectlIn(state, 'wait --for=condition=Established crd/mpijobs.kubeflow.org --timeout=300s')
  const chart = await readFile(`${artifacts}/charts/mpi-operator/templates/operator-rbac.yaml`, 'utf8')
  const role = chart.split('---\n').find((document) => document.includes('kind: ClusterRole\n'))!
  const { rules } = parse(role.slice(role.indexOf('rules:')))
  const [apiVersion, metadata] = ['rbac.authorization.k8s.io/v1', { name: 'mpi-operator' }]
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', ...metadata }
  const subjects = [{ apiGroup: roleRef.apiGroup, kind: 'User', name: MPI_OPERATOR }]
  await applyIn(state, [
    { apiVersion, kind: 'ClusterRole', metadata, rules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
  ])
  const kubeconfig = parse(await readFile(state.kubeconfig, 'utf8'))
  kubeconfig.users[0].user.as = MPI_OPERATOR
  const path = join(state.directory, 'pki/mpi-operator.kubeconfig')
  await writeFile(path, stringify(kubeconfig), { mode: 0o600 })
  await start(state.directory, 'mpi-operator', [
    tools('mpi-operator'),
    `-kubeConfig=${path}`,
    '-kubectl-delivery-image=kubectl-delivery',
    '-logtostderr',
  ])
}

/** Has a sandbox take what `arena cron` makes; nothing runs it. */
export const takeCrons = async (state: SandboxState): Promise<void> => {
  const tools = await prepareTools(() => undefined, state.variant)
  const file = `${tools('arena-artifacts')}/crds/apps.kubedl.io_crons.yaml`
  await kubectlIn(state, `apply --server-side -f ${file}`)
  await kubectlIn(state, 'wait --for=condition=Established crd --all --timeout=300s')
}
