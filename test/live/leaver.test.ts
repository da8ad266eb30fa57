import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { Said } from '../../lib/audit/report.ts'
import { together } from '../../lib/audit/report.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { LENT } from '../support/holes.ts'
import { kubectlIn } from '../support/kubectl.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { assertPrinted, mendAll } from '../support/repairs.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { reportIn } from '../support/verify.ts'

const it = suite('leaver', { seconds: 240 })

let state: SandboxState
let base: InventoryInput
let file: string
let write: (inventory: InventoryInput) => Promise<string>

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

/** As a user of the inventory, with the rights of that user. */
const actingAs = (user: string, space: string, home: string): string =>
  `-n ${space} --as=system:serviceaccount:${home}:${user} --as-group=system:serviceaccounts ` +
  '--as-group=system:authenticated'

const as = (user: string, command: string, space = 'lvr1', home = 'arena-lvr'): Promise<string> =>
  kubectl(`${actingAs(user, space, home)} ${command}`)

const create = (user: string, object: object, space = 'lvr1', home = 'arena-lvr'): Promise<string> =>
  runOn(
    'cluster',
    `printf %s '${JSON.stringify(object)}' | kubectl ${actingAs(user, space, home)} create -f - 2>&1 || true`,
    state,
  )

const users = (names: Readonly<Record<string, string[]>>): InventoryInput['users'] =>
  Object.entries(names).map(([name, groups], index) => ({ name, uid: 24_100 + index, groups }))

const tfjob = (name: string, grace = 30): object => ({
  apiVersion: 'kubeflow.org/v1',
  kind: 'TFJob',
  metadata: { name },
  spec: {
    tfReplicaSpecs: {
      Worker: {
        replicas: 1,
        restartPolicy: 'Never',
        template: {
          spec: {
            terminationGracePeriodSeconds: grace,
            containers: [{ name: 'tensorflow', image: 'busybox' }],
          },
        },
      },
    },
  },
})

interface Removed {
  code: number
  said: Said[]
}

/** What remove-user says in its proof. */
const remove = async (name: string, ...flags: string[]): Promise<Removed> => {
  const { code, stdout, stderr } = await runText(
    'remove-user',
    file,
    '--name',
    name,
    ...flags,
    '--output',
    'json',
  )
  const line = stdout.split('\n').findLast((one) => one.startsWith('{') && one.includes('"type":"proof"'))
  assert.ok(line, stderr + stdout)
  const report = reportIn(line)
  return { code, said: together(report.goals.flatMap(({ found }) => found)) }
}

/** What is told of what somebody made. */
const thingsOf = ({ said }: Removed, verdict: string): string[] =>
  said
    .filter((one) => one.check.id === 'L7' && one.verdict === verdict)
    .flatMap(({ things }) => things)
    .toSorted()

it.before(async () => {
  state = await sandbox()
  const { hosts, volumes: _, ...rest } = tenants('lvr', 14_100, state)
  base = {
    ...rest,
    hosts: hosts.slice(0, 1),
    groups: [
      { name: 'lvr1', gid: 14_101, quota: { gpu: 1 } },
      { name: 'lvr2', gid: 14_102 },
    ],
  }
  const one = await inventoryFile()
  write = one.write.bind(one)
})

const setup = async (
  isolation: 'document' | 'strict',
  names: Readonly<Record<string, string[]>>,
): Promise<void> => {
  file = await write({ ...base, isolation, users: users(names), retired: [] })
  const { code, summary } = await runPlaybook('setup', file)
  assert.is(code, 0, summary)
}

it('in strict, what a user makes bears their name for good, whatever they do to it', async () => {
  await setup('strict', { 'lvr-ann': ['lvr1'], 'lvr-ben': ['lvr1'], 'lvr-cat': ['lvr1', 'lvr2'] })
  const nameOn = (thing: string, space = 'lvr1'): Promise<string> =>
    kubectl(`get ${thing} -n ${space} -o jsonpath='{.metadata.labels.arena-playbooks/made-by}'`)
  for (let tries = 0; tries < 60; tries++) {
    await as('lvr-ann', `create configmap try-${tries}`)
    if ((await nameOn(`configmap try-${tries}`)) === 'lvr-ann') break
  }
  await as('lvr-ann', 'create deployment door --image=busybox')
  assert.is(await nameOn('deployment door'), 'lvr-ann')
  for (const change of [
    'label deployment door --overwrite arena-playbooks/made-by=lvr-ben',
    'label deployment door arena-playbooks/made-by-',
    `patch deployment door --type json -p '[{"op":"remove","path":"/metadata/labels"}]'`,
  ]) {
    await as('lvr-ann', change)
    assert.is(await nameOn('deployment door'), 'lvr-ann', change)
  }
  const forged = { name: 'forged', labels: { 'arena-playbooks/made-by': 'lvr-ben' } }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: forged }
  await create('lvr-ann', object)
  assert.is(await nameOn('configmap forged'), 'lvr-ann')
  await as('lvr-cat', 'create deployment other --image=busybox', 'lvr2')
  assert.is(await nameOn('deployment other', 'lvr2'), 'lvr-cat')
  const labels = { a: 'b' }
  const template = {
    metadata: { labels: { ...labels, 'arena-playbooks/made-by': 'lvr-ben' } },
    spec: { containers: [{ name: 'c', image: 'busybox' }] },
  }
  const spec = { selector: { matchLabels: labels }, template }
  const named = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'named' }, spec }
  assert.match(await create('lvr-ann', named), 'labels of arena-playbooks')
  for (const refused of [
    'label deployment door arena-playbooks/inventory=lvr',
    'delete deployment door --cascade=orphan',
    `patch deployment door --type merge -p '{"metadata":{"finalizers":["lvr.example/never"]}}'`,
  ])
    assert.match(await as('lvr-ann', refused), "ValidatingAdmissionPolicy 'arena-lvr-makers'", refused)
})

it('in strict, what Arena keeps of a job is changed by its maker only, and lists kinds and names only', async () => {
  const list = (app: string, name = 'job-tfjob') => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { createdBy: 'arena' } },
    data: { app },
  })
  const byPolicy = "ValidatingAdmissionPolicy 'arena-lvr-makers'"
  assert.match(await create('lvr-ben', list('neither kind nor name')), byPolicy)
  assert.match(await create('lvr-ben', list('tfjob.kubeflow.org/job\nservice/web')), 'created')
  const change = `patch configmap job-tfjob --type merge -p '{"data":{"values":"changed"}}'`
  assert.match(await as('lvr-ann', change), byPolicy)
  assert.match(await as('lvr-ann', 'delete configmap job-tfjob'), byPolicy)
  assert.match(await as('lvr-ben', change), 'patched')
  assert.match(
    await as('lvr-ben', `patch configmap job-tfjob --type merge -p '{"data":{"app":"two words"}}'`),
    byPolicy,
  )
  assert.match(await as('lvr-ben', 'delete configmap job-tfjob'), 'deleted')
})

/** Makes things as fast as it can until it has no right to. */
const atWork = async (user: string, home: string): Promise<number> => {
  for (let made = 0; ; made++)
    if (/forbidden|Unauthorized/i.test(await as(user, `create configmap late-${made}`, 'lvr1', home)))
      return made
}

it('in strict, whoever leaves leaves nothing, at work until the last moment', async () => {
  await create('lvr-ann', tfjob('quiet', 3600))
  await as('lvr-ann', 'create service clusterip port --tcp=80:80')
  await as('lvr-ben', 'create deployment bens --image=busybox')
  await kubectl(
    'wait --for=condition=Ready pod -l training.kubeflow.org/job-name=quiet -n lvr1 --timeout=300s',
  )
  const [made] = await Promise.all([atWork('lvr-ann', 'arena-lvr'), remove('lvr-ann', '--jobs', 'stop')])
  assert.ok(made > 0, 'was at work')
  const again = await remove('lvr-ann', '--jobs', 'stop')
  assert.equal([thingsOf(again, 'fail'), thingsOf(again, 'unknown'), again.code], [[], [], 0])
  assert.is(await kubectl('get all,configmap,tfjob -A -l arena-playbooks/made-by=lvr-ann -o name'), '')
  assert.match(await kubectl('get pod -n lvr1 -o name'), /^pod\/bens-\S+\s*$/)
})

it('tells the admin what nobody is on, with the command, and is done once that is said', async () => {
  await kubectl('create deployment lvr-foreign --image=busybox -n lvr1')
  const told = await remove('lvr-ann', '--jobs', 'stop')
  assert.equal(thingsOf(told, 'unknown'), ['Deployment lvr1/lvr-foreign'])
  assert.is(told.code, 3)
  await kubectl('label deployment lvr-foreign -n lvr1 arena-playbooks/made-by=')
  assert.is((await remove('lvr-ann', '--jobs', 'stop')).code, 0)
})

it('leaves to the group what is kept', async () => {
  assert.is((await remove('lvr-ben', '--jobs', 'keep')).code, 0)
  assert.match(await kubectl('get deployment bens -n lvr1 --show-labels'), 'arena-playbooks/made-by=')
  assert.match(await as('lvr-cat', 'delete deployment bens'), 'deleted')
  assert.is((await remove('lvr-cat', '--jobs', 'stop')).code, 0)
})

it('in document, stops what has their name, and lists what has nobody’s', async () => {
  await setup('document', { 'lvr-dan': ['lvr1'], 'lvr-eve': ['lvr1'] })
  const mark = (user: string) => ({ 'arena.kubeflow.org/username': `system:serviceaccount:lvr1:${user}` })
  const named = (name: string, user?: string) => ({
    ...tfjob(name, 31_536_000),
    metadata: { name, annotations: user === undefined ? {} : mark(user) },
  })
  await create('lvr-dan', named('dans', 'lvr-dan'), 'lvr1', 'lvr1')
  await create('lvr-dan', named('quiet'), 'lvr1', 'lvr1')
  await create('lvr-eve', named('eves', 'lvr-eve'), 'lvr1', 'lvr1')
  await kubectl(
    'wait --for=condition=Ready pod -l training.kubeflow.org/job-name=dans -n lvr1 --timeout=300s',
  )
  const told = await remove('lvr-dan', '--jobs', 'stop')
  assert.equal([thingsOf(told, 'fail'), thingsOf(told, 'unknown'), told.code], [[], ['TFJob lvr1/quiet'], 3])
  assert.match(await kubectl('get tfjob -n lvr1 -o name'), /eves\n.*quiet/)
  const { retired } = JSON.parse(await readFile(file, 'utf8')) as InventoryInput
  assert.equal(
    retired?.map(({ groups }) => groups),
    [['lvr1']],
  )
  await kubectl('delete tfjob quiet -n lvr1')
  assert.is((await remove('lvr-dan', '--jobs', 'stop')).code, 0)
})

it('names what others gave to whoever left, and what it tells to do mends it', async () => {
  const { made, prints } = LENT
  for (const command of made) await kubectl(command)
  const told = await remove('lvr-eve', '--jobs', 'stop')
  const failures = told.said.filter(({ verdict }) => verdict === 'fail')
  assert.equal([...new Set(failures.map(({ check }) => check.id))], ['L4'])
  assert.is(told.code, 1)
  assertPrinted(prints, failures)
  await mendAll(failures, { inventory: file, state })
  assert.is((await remove('lvr-eve', '--jobs', 'stop')).code, 0)
})

it.after(async () => {
  await kubectl('delete namespace lvr1 lvr2 arena-lvr --wait=false')
})

it.run()
