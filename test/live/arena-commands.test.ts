import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { kubectlIn } from '../support/kubectl.ts'
import { login, type Said } from '../support/login.ts'
import { takeMoreJobs } from '../support/operators.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'

const it = suite('commands of Arena', { seconds: 240 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
/** Two users, of a group each. */
let asAnn: (command: string) => Promise<Said>
let asBen: (command: string) => Promise<Said>

const done = async (inventory: InventoryInput): Promise<void> => {
  const { code, summary } = await runPlaybook(
    'setup',
    await files.write(inventory),
    '--limit',
    'cluster,client01',
  )
  assert.is(code, 0, summary)
}

const works = async (as: typeof asAnn, command: string): Promise<string> => {
  const { code, stdout, stderr } = await as(command)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout
}

/** What only a kubelet could answer, and nobody refused: the user may ask for it. */
const reachesKubelet = async (command: string): Promise<void> => {
  const { stderr } = await asAnn(command)
  assert.not.match(stderr, /forbidden|privileges/)
  assert.match(stderr, /:10250/, command)
}

const shows = (command: string, words: string): Promise<void> =>
  until(async () => (await works(asAnn, command)).replaceAll(/ +/g, ' '), words)

const showsNot = async (command: string, words: string): Promise<void> =>
  assert.not.match(await works(asAnn, command), words)

it.before(async () => {
  state = await sandbox()
  await takeMoreJobs(state)
  files = await inventoryFile()
  table = tenants('cmds', 48_500, state)
  asAnn = login('cmds-ann', state, state.passwords['bob']!)
  asBen = login('cmds-ben', state, state.passwords['tom']!)
})

for (const isolation of ['document', 'strict'] as const) {
  it(`are set up, ${isolation}`, () => done({ ...table, isolation }))

  it(`run a PyTorchJob from submit to delete, ${isolation}`, async () => {
    await showsNot('arena list', 'py')
    await works(asAnn, 'arena submit pytorch --name=py --gpus=1 --image=busybox "sleep 9"')
    await shows('arena list', 'py RUNNING PYTORCHJOB')
    await shows('arena get py', 'py-master-0 Running')
    await reachesKubelet('arena logs py')
    assert.not.match(await works(asBen, 'arena list'), 'PYTORCHJOB')
    await works(asAnn, 'arena delete py')
    await until(() => kubectlIn(state, 'get pytorchjobs,pods -n cmds1'), 'No resources found')
  })

  it(`take an MPIJob of the version that Arena knows, ${isolation}`, async () => {
    await showsNot('arena list', 'mp')
    await works(asAnn, 'arena submit mpi --name=mp --workers=2 --image=busybox "sleep 9"')
    await shows('arena list', 'mp PENDING MPIJOB')
    await shows('arena get mp', 'MPIJOB')
    assert.match((await asAnn('arena logs mp')).stderr, 'not found instances of the job mp')
    await works(asAnn, 'arena delete mp')
    await until(() => kubectlIn(state, 'get mpijobs.v1alpha1.kubeflow.org -n cmds1'), 'No resources found')
  })

  it(`serve: list, get, logs, attach, update and delete need no --type, ${isolation}`, async () => {
    await showsNot('arena serve list', 'web')
    const serve = '--name=web --version=v1 --image=busybox --port=8080 "sleep 9"'
    await works(asAnn, `arena serve custom ${serve}`)
    await shows('arena serve list', 'web Custom v1 1')
    await shows('arena serve get web', 'Running')
    await reachesKubelet('arena serve logs web')
    await reachesKubelet('arena serve attach web')
    await works(asAnn, 'arena serve update custom --name=web --replicas=2')
    await shows('arena serve list', 'web Custom v1 2')
    assert.not.match(await works(asBen, 'arena serve list'), 'web')
    assert.is((await asBen('arena serve list -n cmds1')).code, 1)
    await works(asAnn, 'arena serve delete web')
    await until(() => kubectlIn(state, 'get deployments,pods -n cmds1'), 'No resources found')
  })

  it(`evaluate and analyze models, ${isolation}`, async () => {
    await showsNot('arena evaluate list', 'ev')
    const paths = '--model-name=m --model-path=/m --dataset-path=/d --metrics-path=/r'
    await works(asAnn, `arena evaluate model --name=ev ${paths} --image=busybox "sleep 9"`)
    await shows('arena evaluate list', 'ev m Running')
    await shows('arena evaluate get ev', 'ModelName: m')
    await works(asAnn, 'arena evaluate delete ev')
    await showsNot('arena model analyze list', 'pr')
    await works(
      asAnn,
      'arena model analyze profile --name=pr --model-config-file=/m --report-path=/r --image=busybox',
    )
    await shows('arena model analyze list', 'pr RUNNING Profile')
    await shows('arena model analyze get pr', 'Profile')
    await works(asAnn, 'arena model analyze delete pr')
    await until(() => kubectlIn(state, 'get jobs,pods -n cmds1'), 'No resources found')
  })

  it(`show nothing of another group, ${isolation}`, async () => {
    for (const command of ['list', 'serve list', 'evaluate list', 'model analyze list', 'data list']) {
      await works(asBen, `arena ${command} -n cmds2`)
      assert.is((await asAnn(`arena ${command} -n cmds2`)).code, 1, command)
    }
  })
}

it.run()
