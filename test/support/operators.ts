import { trainingOperator } from '../../sandbox/control-plane.ts'
import { start } from '../../sandbox/process.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { prepareTools } from '../../sandbox/tools.ts'
import { kubectlIn } from './kubectl.ts'

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
    await kubectlIn(state, `wait --for=condition=NamesAccepted crd/${kind}.kubeflow.org --timeout=60s`)
  await start(state.directory, 'pytorch-operator', trainingOperator(state, tools, 'pytorchjob'))
}

/** Has a sandbox take what `arena cron` makes; nothing runs it. */
export const takeCrons = async (state: SandboxState): Promise<void> => {
  const tools = await prepareTools(() => undefined, state.variant)
  const file = `${tools('arena-artifacts')}/crds/apps.kubedl.io_crons.yaml`
  await kubectlIn(state, `apply --server-side -f ${file}`)
  await kubectlIn(state, 'wait --for=condition=Established crd --all --timeout=60s')
}
