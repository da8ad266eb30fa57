import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { together } from '../../lib/audit/report.ts'
import { RUN_SETUP } from '../../lib/check.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { applyIn, kubectlIn } from '../support/kubectl.ts'
import { has, hasNot } from '../support/lines.ts'
import { login } from '../support/login.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { assertClean, type Verified, verify } from '../support/verify.ts'

const it = suite('pods', { seconds: 240 })

const HIGH = 'seats-high'
const OTHER = 'seats-other'
const USUAL = 'seats-usual'
/** A name that no cluster has. */
const ABSENT = 'seats-absent'

let state: SandboxState
let document: InventoryInput
let strict: InventoryInput
/** With everything that an inventory can say of the pods of a group. */
let options: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

const apply = (...objects: object[]): Promise<string> => applyIn(state, objects)

const done = async (inventory: InventoryInput): Promise<Told> => {
  const told = await runPlaybook('setup', await files.write(inventory), '--limit', 'cluster,client01')
  assert.is(told.code, 0, told.summary)
  return told
}

const inSync = async (): Promise<Told> => {
  const told = await runPlaybook('setup', files.file, '--limit', 'cluster,client01', '--check')
  assert.equal(
    told.changes.map(({ id, change }) => [id, change.diffs]),
    [],
  )
  return told
}

const proved = (only: string): Promise<Verified> =>
  verify(files.file, '--limit', 'cluster,client01', '--only', only)

/** Check, subjects and things of each finding of a verdict. */
const found = ({ report }: Verified, verdict: string): string[] =>
  together(report.goals.flatMap((goal) => goal.found))
    .filter((one) => one.verdict === verdict)
    .map(({ check, subjects, things, says }) => [check.id, subjects, things, says].join(' '))

const SIZE = { cpu: '10m', memory: '10Mi' }

const podOf = (fields: object = {}) => ({
  containers: [{ name: 'tensorflow', image: 'busybox', resources: { limits: SIZE } }],
  ...fields,
})

const template = (fields: object) => ({ metadata: { labels: { app: 'seat' } }, spec: podOf(fields) })

const KINDS: Readonly<Record<string, (fields: object) => object>> = {
  TFJob: (fields) => ({
    apiVersion: 'kubeflow.org/v1',
    spec: { tfReplicaSpecs: { Worker: { replicas: 1, template: template(fields) } } },
  }),
  Deployment: (fields) => ({
    apiVersion: 'apps/v1',
    spec: { selector: { matchLabels: { app: 'seat' } }, template: template(fields) },
  }),
  CronJob: (fields) => ({
    apiVersion: 'batch/v1',
    spec: {
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: template({ restartPolicy: 'Never', ...fields }) } },
    },
  }),
  Pod: (fields) => ({ apiVersion: 'v1', spec: podOf(fields) }),
}

const MEMBER = ['TFJob', 'Deployment']

const objectOf = (kind: string, fields: object, name = 'seat'): string =>
  JSON.stringify({ kind, metadata: { name, namespace: 'seat1' }, ...KINDS[kind]!(fields) })

const DRY = 'create --dry-run=server -o json -f -'

/** What the API server says to ann in a dry run. */
const asAnn = (kind: string, fields: object): Promise<string> =>
  runOn(
    'client01',
    `su - seat-ann -c 'arena-kubectl ${DRY}' 2>&1 <<'EOF' || true\n${objectOf(kind, fields)}\nEOF`,
    state,
  )

/** The same to somebody who may make every kind, as an operator does. */
const asAdmin = (kind: string, fields: object, command = DRY): Promise<string> =>
  runOn('cluster', `kubectl ${command} 2>&1 <<'EOF' || true\n${objectOf(kind, fields)}\nEOF`, state)

/** What fails, once the API server has taken up what was changed a moment ago. */
const failing = async (ids: readonly string[]): Promise<void> => {
  for (let tries = 1; ; tries++) {
    const { code, failures } = await proved('E14,E16,E20')
    const told = [...new Set(failures.map(({ check, repair }) => `${check.id} ${repair}`))].toSorted()
    const wanted = ids.map((id) => `${id} ${RUN_SETUP}`)
    if (tries < 5 && told.join() !== wanted.join()) continue
    assert.equal(told, wanted)
    assert.is(code, ids.length === 0 ? 0 : 1)
    return
  }
}

/** Faults, found by their checks with the repair, which mends them. */
const foundAndMended = async (ids: readonly string[], ...faults: string[]): Promise<void> => {
  for (const fault of faults) await kubectl(fault)
  await failing(ids)
  await done(options)
}

it.before(async () => {
  state = await sandbox()
  files = await inventoryFile()
  const table = tenants('seat', 52_500, state)
  const [one, ...others] = table.groups
  document = { ...table, groups: [{ ...one!, quota: { gpu: 1, cpu: 3 } }, ...others] }
  strict = { ...document, isolation: 'strict' }
  const [own, ...rest] = strict.groups
  options = {
    ...strict,
    groups: [
      { ...own!, pods: { priorityClasses: [HIGH, ABSENT], imageVolumes: true, hostUsers: false } },
      ...rest,
    ],
  }
})

it('have any priority class in document, which verify names, and none in strict', async () => {
  await done(document)
  hasNot(found(await proved('E16'), 'gap'), /seats-/)
  await kubectl(`create priorityclass ${HIGH} --value=1000`)
  await kubectl(`create priorityclass ${OTHER} --value=2000`)
  assert.match(await asAnn('Deployment', { priorityClassName: HIGH }), HIGH)
  has(found(await proved('E16'), 'gap'), /seat-ann in seat1.*priorityClassName seats-high/)

  await done(strict)
  await until(() => asAdmin('Pod', { priorityClassName: HIGH }), 'priorityClassName: only')
  await until(() => asAnn('Deployment', { priorityClassName: HIGH }), 'priorityClassName: only')
  for (const kind of MEMBER)
    assert.match(await asAnn(kind, { priorityClassName: HIGH }), 'priorityClassName: only', kind)
  for (const kind of ['CronJob', 'Pod'])
    assert.match(await asAdmin(kind, { priorityClassName: HIGH }), 'priorityClassName: only', kind)
  const proof = await proved('B3,E10,E14,E16')
  assertClean(proof)
  for (const name of [HIGH, OTHER]) has(found(proof, 'pass'), new RegExp(`^E16 seat-ann in seat1.*${name}`))
})

it('have no other class by one that their job names for all, made or changed', async () => {
  const job = JSON.parse(objectOf('TFJob', {}, 'together'))
  const runPolicy = { schedulingPolicy: { priorityClass: HIGH } }
  const create = (object: object, flags = ''): Promise<string> =>
    runOn(
      'client01',
      `su - seat-ann -c 'arena-kubectl create ${flags} -f -' 2>&1 <<'EOF' || true\n${JSON.stringify(object)}\nEOF`,
      state,
    )
  const patched = (patch: object): Promise<string> =>
    runOn(
      'client01',
      `su - seat-ann -c 'arena-kubectl patch tfjob together -n seat1 --type=merge -p "$(cat)"' 2>&1 \
<<'EOF' || true\n${JSON.stringify(patch)}\nEOF`,
      state,
    )
  const made = await create({ ...job, spec: { ...job.spec, runPolicy } }, '--dry-run=server')
  assert.match(made, 'priorityClassName: only')
  assert.match(await create(job), 'created')
  assert.match(await patched({ spec: { runPolicy } }), 'priorityClassName: only')
  assert.match(
    await patched({ metadata: { labels: { 'ray.io/priority-class-name': HIGH } } }),
    'priorityClassName',
  )
  assert.match(await patched({ metadata: { labels: { note: 'mine' } } }), 'patched')
  await kubectl('delete tfjob together -n seat1')
})

it('get the default class of the cluster, which nobody chose', async () => {
  await kubectl(`create priorityclass ${USUAL} --value=10 --global-default=true`)
  try {
    await until(() => asAdmin('Pod', {}), `"priorityClassName": "${USUAL}"`)
    assert.match(await asAdmin('Pod', { priorityClassName: HIGH }), 'priorityClassName: only')
    assertClean(await proved('B3,E16'))
  } finally {
    await kubectl(`delete priorityclass ${USUAL}`)
  }
})

it('have the classes that the inventory gives, image volumes and users of their own where it says so', async () => {
  const image = { volumes: [{ name: 'weights', image: { reference: 'busybox' } }] }
  assert.match(await asAnn('Deployment', image), 'volumes: only')
  assert.match(await asAnn('Deployment', { hostUsers: true }), '"hostUsers": true')
  has(found(await proved('E8'), 'gap'), /^E8 seat-ann in seat1/)

  const { recap } = await done(options)
  const warnings = recap!.warnings.join('\n')
  assert.match(warnings, ABSENT)
  assert.not.match(warnings, HIGH)
  assert.match(warnings, 'hostUsers')
  await inSync()
  await until(() => asAdmin('Pod', {}), '"hostUsers": false')
  await until(() => asAnn('Deployment', { priorityClassName: HIGH }), `"priorityClassName": "${HIGH}"`)
  for (const kind of MEMBER) {
    assert.match(await asAnn(kind, { priorityClassName: HIGH }), `"priorityClassName": "${HIGH}"`, kind)
    assert.match(await asAnn(kind, { priorityClassName: OTHER }), 'priorityClassName: only', kind)
    assert.match(await asAnn(kind, { hostUsers: true }), 'hostUsers: false', kind)
  }
  assert.match(await asAnn('Deployment', image), '"reference": "busybox"')
  const never = { volumes: [{ name: 'weights', image: { reference: 'busybox', pullPolicy: 'Never' } }] }
  assert.match(await asAnn('Deployment', never), 'pullPolicy Never')
  const proof = await proved('B3,E')
  assertClean(proof)
  hasNot(found(proof, 'gap'), /^E8 seat-ann/)
  has(found(proof, 'gap'), /^E8 seat-ben/)
  has(found(proof, 'pass'), /^E20 seat1/)
  assertClean(await proved('C,D,I'))
})

it('are made so of a job of Arena, which knows the class', async () => {
  const { code, stderr } = await login(
    'seat-ann',
    state,
    state.passwords['bob']!,
  )(`arena submit tf --name=first --priority=${HIGH} --image=busybox "sleep 1"`)
  assert.is(code, 0, stderr)
  await kubectl('wait --for=create pod/first-chief-0 -n seat1 --timeout=300s')
  const { spec } = JSON.parse(await kubectl('get pod first-chief-0 -n seat1 -o json'))
  assert.equal([spec.priority, spec.hostUsers], [1000, false])
  await kubectl('delete tfjob first -n seat1')
})

it('are not resized beyond the quota', async () => {
  await asAdmin('Pod', {}, 'create -f -')
  await kubectl('wait --for=condition=Ready pod/seat -n seat1 --timeout=300s')
  // As a kubelet reports what a container has.
  const containerStatuses = [
    {
      name: 'tensorflow',
      image: 'busybox',
      imageID: 'busybox',
      ready: true,
      restartCount: 0,
      resources: { requests: SIZE, limits: SIZE },
    },
  ]
  await kubectl(
    `patch pod seat -n seat1 --subresource status -p '${JSON.stringify({ status: { containerStatuses } })}'`,
  )
  const resize = (cpu: string): Promise<string> =>
    kubectl(
      `patch pod seat -n seat1 --subresource resize -p '${JSON.stringify({
        spec: { containers: [{ name: 'tensorflow', resources: { requests: { cpu }, limits: { cpu } } }] },
      })}'`,
    )
  assert.match(await resize('4'), 'exceeded quota: seat1-compute-resources')
  assert.match(await resize('20m'), 'patched')
  await kubectl('delete pod seat -n seat1 --now')
})

it('are found where they are not so any more, and setup mends it', async () => {
  await foundAndMended(['E20'], 'delete mutatingadmissionpolicybinding arena-seat-users')
  await foundAndMended(
    ['E14', 'E16', 'E20'],
    'annotate namespace seat1 arena-playbooks/host-users-',
    `annotate namespace seat1 --overwrite 'arena-playbooks/priority-classes=${HIGH} ${OTHER}'`,
    'annotate namespace seat2 arena-playbooks/image-volumes=true',
  )
  await foundAndMended(['E16'], 'delete validatingadmissionpolicybinding arena-seat-priorities')
  await failing([])
})

it('keep what the inventory says of them when a quota is changed', async () => {
  const told = await runPlaybook(
    'set-quota',
    files.file,
    '--group',
    'seat1',
    '--pods',
    '50',
    '--limit',
    'cluster',
  )
  assert.is(told.code, 0, told.summary)
  const { groups } = JSON.parse(await readFile(files.file, 'utf8')) as InventoryInput
  assert.equal(groups[0]!.pods, options.groups[0]!.pods)
  assert.is(groups[0]!.quota!.pods, 50)
  await inSync()
})

/** What Kueue's webhook does with pods, and the configuration that its chart makes, here of nothing that is called. */
const KUEUE = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'kueue-mutating-webhook-configuration' },
    webhooks: [],
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'gates.test' },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
      },
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression:
              "[JSONPatch{op: 'add', path: '/spec/schedulingGates', value: " +
              '(has(object.spec.schedulingGates) ? object.spec.schedulingGates : []) + ' +
              "[Object.spec.schedulingGates{name: 'kueue.x-k8s.io/admission'}]}]",
          },
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'gates.test' },
    spec: {
      policyName: 'gates.test',
      matchResources: {
        namespaceSelector: { matchLabels: { 'arena-playbooks/inventory': 'seat' } },
      },
    },
  },
]

it('pass with the gates of Kueue, which verify names', async () => {
  for (const kind of MEMBER)
    assert.match(
      await asAnn(kind, { schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] }),
      'kueue.x-k8s.io/admission',
    )
  hasNot(found(await proved('E21'), 'notice'), /./)
  await apply(...KUEUE)
  try {
    await runOn(
      'cluster',
      `for i in $(seq 60); do
         kubectl run gated -n seat1 --image=busybox --dry-run=server -o json | grep -q kueue.x-k8s.io && exit 0; sleep 1
       done; exit 1`,
      state,
    )
    for (const inventory of [options, document]) {
      await done(inventory)
      const proof = await proved('B3,E15,E17,E21,F4,F5')
      assertClean(proof)
      has(found(proof, 'notice'), /^E21 seat1,seat2 .*kueue.x-k8s.io\/admission.*kueue-mutating-webhook/)
      has(found(proof, 'pass'), /^B3 .*seat1/)
    }
  } finally {
    await kubectl('delete mutatingadmissionpolicybinding,mutatingadmissionpolicy gates.test')
    await kubectl('delete mutatingwebhookconfiguration kueue-mutating-webhook-configuration')
  }
})

it("say in document that users of their own are strict's", async () => {
  const { isolation, ...rest } = options
  assert.is(isolation, 'strict')
  const { recap } = await done({ ...rest, isolation: 'document' })
  assert.match(recap!.warnings.join('\n'), 'pods.hostUsers')
  await inSync()
})

it.run()
