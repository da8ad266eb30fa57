import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { applyIn, kubectlIn } from '../support/kubectl.ts'
import { startKueue, stopKueue } from '../support/kueue.ts'
import { login } from '../support/login.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { assertClean, type Verified, verify } from '../support/verify.ts'

const it = suite('Kueue beside us', { seconds: 300 })

const GATE = 'kueue.x-k8s.io/admission'

let state: SandboxState
let files: Awaited<ReturnType<typeof inventoryFile>>
let document: InventoryInput
let strict: InventoryInput

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

const done = async (inventory: InventoryInput): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', await files.write(inventory))
  assert.is(code, 0, summary)
}

const asAnn = (object: object): Promise<string> =>
  runOn(
    'client01',
    `su - queu-ann -s /bin/sh -c 'arena-kubectl create -f -' 2>&1 <<'EOF' || true\n${JSON.stringify(object)}\nEOF`,
    state,
  )

const SIZE = { cpu: '10m', memory: '10Mi', 'nvidia.com/gpu': '1' }

const spec = {
  containers: [{ name: 'one', image: 'busybox', resources: { requests: SIZE, limits: SIZE } }],
}

const named = (apiVersion: string, kind: string, name: string, content: object, labels = {}) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'queu1', labels },
  ...content,
})

const template = { metadata: { labels: { app: 'queued' } }, spec }
const selector = { matchLabels: { app: 'queued' } }

const deployment = (name: string) => named('apps/v1', 'Deployment', name, { spec: { selector, template } })

/** What pods of the first group are like, a line each. */
const pods = (): Promise<string> =>
  kubectl(
    "get pods -n queu1 -o jsonpath='{range .items[*]}{.metadata.name} {.status.phase} " +
      '{.spec.schedulingGates[*].name}{"\\n"}{end}\'',
  )

const away = async (kind: string): Promise<void> => {
  await kubectl(`delete ${kind} --all -n queu1 --wait=false`)
  await until(async () => ((await pods()) === '' ? 'none' : await pods()), 'none')
}

/** How many GPUs the queue of the first group admits. */
const share = (count: number): Promise<string> =>
  applyIn(state, [
    {
      apiVersion: 'kueue.x-k8s.io/v1beta2',
      kind: 'ClusterQueue',
      metadata: { name: 'queu1' },
      spec: {
        namespaceSelector: {},
        resourceGroups: [
          {
            coveredResources: ['nvidia.com/gpu'],
            flavors: [{ name: 'any', resources: [{ name: 'nvidia.com/gpu', nominalQuota: count }] }],
          },
        ],
      },
    },
    named('kueue.x-k8s.io/v1beta2', 'LocalQueue', 'default', { spec: { clusterQueue: 'queu1' } }),
  ])

const noticed = ({ report }: Verified): string[] =>
  report.goals
    .flatMap(({ found }) => found)
    .filter(({ check, verdict }) => check.id === 'E21' && verdict === 'notice')
    .flatMap(({ subjects, says, thing }) => subjects.map((subject) => `${subject}: ${says} ${thing}`))

it.before(async () => {
  state = await sandbox()
  files = await inventoryFile()
  const rules = [
    { apiGroups: [''], resources: ['pods'], verbs: ['create', 'delete'] },
    { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['create', 'delete'] },
  ]
  const table = tenants('queu', 57_500, state)
  document = { ...table, hosts: table.hosts.slice(0, 1), roles: [{ name: 'member', rules }] }
  strict = { ...document, isolation: 'strict' }
})

it('lets pods of a strict group start at once, before it is there', async () => {
  await done(strict)
  assert.match(await asAnn(deployment('free')), 'created')
  await until(pods, 'Running')
  assert.not.match(await pods(), GATE)
  await away('deployments')
  assert.equal(noticed(await verify(files.file, '--only', 'E21')), [])
})

it('holds them by its own webhook in isolation strict, and starts them when its queue has room', async () => {
  await startKueue(state, 'queu')
  await share(0)
  for (const object of [
    deployment('held'),
    named('apps/v1', 'StatefulSet', 'set', { spec: { selector, template, serviceName: 'set' } }),
    named('v1', 'Pod', 'bare', { spec }),
  ]) {
    assert.match(await asAnn(object), 'created')
    await until(pods, GATE)
    assert.not.match(await pods(), 'Running')
    await share(1)
    await until(pods, 'Running')
    await away(`${object.kind}s`)
    await share(0)
  }
})

it('runs a job of Arena, once its queue has room', async () => {
  const arena = login('queu-ann', state, state.passwords['bob']!)
  const { code, stderr } = await arena('arena submit tf --name=job --gpus=1 --image=busybox "sleep 9"')
  assert.is(code, 0, stderr)
  const suspended = 'get tfjob job -n queu1 -o jsonpath={.spec.runPolicy.suspend}'
  await until(() => kubectl(suspended), 'true')
  assert.is(await pods(), '')
  await share(1)
  await until(pods, 'Running')
  await away('tfjobs')
})

for (const isolation of ['strict', 'document'] as const)
  it(`is named by verify, which can tell everything else as before, ${isolation}`, async () => {
    const inventory = isolation === 'strict' ? strict : document
    await done(inventory)
    const { changes } = await runPlaybook('setup', files.file, '--check')
    assert.equal(changes, [])
    const verified = await verify(files.file)
    assertClean(verified)
    const notices = noticed(verified)
    assert.is(notices.length, 2)
    for (const notice of notices) {
      assert.match(notice, GATE)
      assert.match(notice, 'kueue-mutating-webhook-configuration')
    }
  })

it.after(async () => {
  if (state !== undefined) await stopKueue(state)
})

it.run()
