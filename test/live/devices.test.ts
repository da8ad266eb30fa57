import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { TenantsReport } from '../../lib/survey/standing.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { applyIn, kubectlIn } from '../support/kubectl.ts'
import { inventoryFile, runPlaybook, runText, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { assertClean, type Verified, verify } from '../support/verify.ts'

const it = suite('devices', { seconds: 240 })

const AMD = 'amd.com/gpu'
const SLICE = 'nvidia.com/mig-1g.10gb'
const PAGES = 'hugepages-2Mi'
/** In letters that only some names have. */
const ODD = 'devices.test/Card_A.1'
const CLASS = 'card.devices.test'
/** A class whose devices go by a name of their own, too. */
const NAMED = 'named.devices.test'
const ITS_NAME = 'devices.test/Card_B.2'

let state: SandboxState
let open: InventoryInput
let limited: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

const apply = (...objects: object[]): Promise<string> => applyIn(state, objects)

/** Devices that a worker node has beside its GPU: two by name, and four that a class gives out. */
const offer = async (): Promise<void> => {
  // With the disk that each container of a limited group asks for.
  const amounts = JSON.stringify({
    'ephemeral-storage': '100Gi',
    [AMD]: '8',
    [SLICE]: '7',
    [PAGES]: '64Mi',
    [ODD]: '2',
  })
  await kubectl(
    `patch node worker01 --subresource=status -p '{"status":{"capacity":${amounts},"allocatable":${amounts}}}'`,
  )
  await apply(
    {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'DeviceClass',
      metadata: { name: CLASS },
      spec: { selectors: [{ cel: { expression: "device.driver == 'devices.test'" } }] },
    },
    {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'DeviceClass',
      metadata: { name: NAMED },
      spec: {
        extendedResourceName: ITS_NAME,
        selectors: [{ cel: { expression: "device.driver == 'devices.test'" } }],
      },
    },
    {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name: 'worker01-devices-test' },
      spec: {
        driver: 'devices.test',
        nodeName: 'worker01',
        pool: { name: 'worker01', generation: 1, resourceSliceCount: 1 },
        devices: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
      },
    },
  )
}

const takeBack = async (): Promise<void> => {
  await kubectl(`delete deviceclass ${CLASS} ${NAMED} --ignore-not-found`)
  await kubectl('delete resourceslice worker01-devices-test --ignore-not-found')
  const none = JSON.stringify(
    Object.fromEntries(['ephemeral-storage', AMD, SLICE, PAGES, ODD].map((one) => [one, null])),
  )
  await kubectl(
    `patch node worker01 --subresource=status -p '{"status":{"capacity":${none},"allocatable":${none}}}'`,
  )
}

const setup = async (inventory: InventoryInput, ...flags: string[]): Promise<Told> =>
  runPlaybook('setup', await files.write(inventory), ...flags)

const done = async (inventory: InventoryInput): Promise<Told> => {
  const told = await setup(inventory)
  assert.is(told.code, 0, told.summary)
  return told
}

/** A whole verify, in which no device is the cause of anything that does not hold. */
const provedWhole = async (inventory: InventoryInput): Promise<Verified> => {
  const verified = await verify(await files.write(inventory))
  assertClean(verified)
  const gaps = verified.gaps.filter(({ check }) => check.id !== 'F8')
  for (const name of NAMES) assert.not.match(namesIn(gaps), name)
  for (const id of ['B3', 'F3', 'F4', 'F6']) {
    const found = verified.report.goals.flatMap((goal) => goal.found).filter(({ check }) => check.id === id)
    assert.ok(found.length > 0 && found.every(({ verdict }) => verdict === 'pass'), id)
  }
  return verified
}

const proved = async (inventory: InventoryInput, only = 'F1,F4'): Promise<Verified> =>
  verify(await files.write(inventory), '--limit', 'cluster,client01', '--only', only)

const namesIn = (things: readonly { things: readonly string[] }[]): string =>
  things.flatMap(({ things: of }) => of).join('\n')

const NAMES = [
  AMD,
  SLICE,
  PAGES,
  ODD,
  ITS_NAME,
  ...[CLASS, NAMED].map((name) => `deviceclass.resource.kubernetes.io/${name}`),
]

const template = (resource: string, count: number | string) => ({
  metadata: { labels: { app: 'card' } },
  spec: {
    containers: [
      {
        name: 'tensorflow',
        image: 'busybox',
        resources: {
          requests: { cpu: '1m', memory: '1Mi' },
          limits: { cpu: '1m', memory: '1Mi', [resource]: count },
        },
      },
    ],
  },
})

const deployment = (name: string, resource: string, count: number | string = 1) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'card1' },
  spec: { selector: { matchLabels: { app: 'card' } }, template: template(resource, count) },
})

const tfJob = (name: string, resource: string, count: number | string = 1) => ({
  apiVersion: 'kubeflow.org/v1',
  kind: 'TFJob',
  metadata: { name, namespace: 'card1' },
  spec: { tfReplicaSpecs: { Worker: { replicas: 1, template: template(resource, count) } } },
})

/** A TFJob with one more field in its container. */
const tfJobWith = (field: object) => {
  const job = tfJob('env', 'nvidia.com/gpu')
  const [container] = job.spec.tfReplicaSpecs.Worker.template.spec.containers
  Object.assign(container!, field)
  return job
}

/** What the API server says to ann, who creates it. */
const asAnn = (object: object, ...flags: string[]): Promise<string> =>
  runOn(
    'client01',
    `su - card-ann -c 'arena-kubectl create ${flags.join(' ')} -f -' 2>&1 <<'EOF' || ` +
      `true\n${JSON.stringify(object)}\nEOF`,
    state,
  )

const podsOf = (name: string, until: string): Promise<string> =>
  runOn(
    'cluster',
    `for i in $(seq 60); do
       said=$(kubectl get pods,events -n card1 \\
         -o jsonpath='{range .items[*]}{.kind} {.metadata.name} {.message}{"\\n"}{end}' | grep '${name}-')
       case "$said" in *${until}*) break;; esac; sleep 1
     done; echo "$said"`,
    state,
  )

it.before(async () => {
  state = await sandbox()
  files = await inventoryFile()
  const both = tenants('card', 46_500, state)
  const table = { ...both, hosts: both.hosts.slice(0, 1) }
  const [one, ...others] = table.groups
  open = table
  limited = {
    ...table,
    groups: [
      {
        ...one!,
        quota: {
          gpu: 1,
          devices: { [AMD]: 2, [SLICE]: 0, [ODD]: 1 },
          hugepages: { '2Mi': '4Mi' },
          ephemeralStorage: '20Gi',
          deviceClasses: { [CLASS]: 1, [NAMED]: 1 },
          claims: 5,
          max: { gpu: 1, cpu: 4 },
        },
      },
      ...others.map((group) => ({
        ...group,
        quota: {
          ...group.quota,
          devices: { [AMD]: 0, [SLICE]: 0, [ODD]: 0 },
          hugepages: { '2Mi': 0 },
          deviceClasses: { [CLASS]: 0, [NAMED]: 0 },
        },
      })),
    ],
  }
})

it.after(takeBack)

it('says nothing of devices where the nodes have none but GPUs', async () => {
  const { recap } = await done(open)
  assert.not.match(JSON.stringify(recap), AMD)
  const { gaps } = await proved(open)
  for (const name of NAMES) assert.not.match(namesIn(gaps), name)
})

it('names each device that nodes and device classes offer and no quota limits, in plan and proof', async () => {
  await offer()
  const { recap, code } = await setup(open, '--check')
  assert.is(code, 0, 'it is no change')
  const warnings = (recap as unknown as { warnings: string[] }).warnings.join('\n')
  for (const name of NAMES) assert.match(warnings, name)
  const { gaps } = await proved(open)
  for (const id of ['F1', 'F4'])
    for (const name of NAMES) assert.match(namesIn(gaps.filter(({ check }) => check.id === id)), name, id)
})

it('is not a warning for nothing: the user takes all of them, and the quota counts none', async () => {
  await asAnn(deployment('all', AMD, 8))
  assert.match(await podsOf('all', 'Pod'), /Pod all-/)
  await kubectl('delete deployment all -n card1')
})

it('limits them by the keys that count each, and is in sync', async () => {
  await done(limited)
  assert.is((await setup(limited, '--check')).code, 0)
  const used = JSON.parse(
    await kubectl('get resourcequota card1-compute-resources -n card1 -o jsonpath={.status.used}'),
  )
  for (const key of [
    `requests.${AMD}`,
    `requests.${SLICE}`,
    `requests.${PAGES}`,
    'limits.ephemeral-storage',
    `${CLASS}.deviceclass.resource.k8s.io/devices`,
    `requests.deviceclass.resource.kubernetes.io/${CLASS}`,
  ])
    assert.ok(key in used, key)
  await provedWhole(limited)
})

it('holds the user to them', async () => {
  for (const [name, resource, count] of [
    ['more', AMD, 3],
    ['none', SLICE, 1],
    ['odd', ODD, 2],
    ['pages', PAGES, '6Mi'],
    ['disk', 'ephemeral-storage', '21Gi'],
    ['class', `deviceclass.resource.kubernetes.io/${CLASS}`, 2],
  ] as const) {
    await asAnn(deployment(name, resource, count))
    assert.match(await podsOf(name, 'exceeded'), 'exceeded quota', name)
    await kubectl(`delete deployment ${name} -n card1`)
  }
  await asAnn(deployment('big', 'nvidia.com/gpu', 2))
  assert.match(
    await podsOf('big', 'maximum'),
    'maximum nvidia.com/gpu usage per',
    'the most of one container',
  )
  await kubectl('delete deployment big -n card1')
})

it('holds back pods that ask for a class by its other name, by the quota of the class', async () => {
  await asAnn(deployment('named', ITS_NAME, 2))
  const held = 'get pods -n card1 -o jsonpath={.items[*].status.conditions[*].message}'
  await until(() => kubectl(held), `${NAMED}.deviceclass.resource.k8s.io/devices`)
  assert.match(await kubectl(held), 'exceeded quota')
  const { report } = await proved(limited, 'F1')
  assert.equal(
    report.goals
      .flatMap(({ found }) => found)
      .filter(({ verdict }) => verdict === 'notice')
      .flatMap(({ check, subjects, thing }) => subjects.map((one) => [check.id, one, thing])),
    [
      ['F1', 'card1', ITS_NAME],
      ['F1', 'card2', ITS_NAME],
    ],
  )
  await kubectl('delete deployment named -n card1')
})

it('lets strict refuse every name that is not in the quota, when a job is submitted', async () => {
  const unknown = 'other.devices.test/card'
  assert.match(await asAnn(tfJob('any', unknown), '--dry-run=server'), 'created', 'document takes it')
  const all = { env: [{ name: 'NVIDIA_VISIBLE_DEVICES', value: 'all' }] }
  assert.match(await asAnn(tfJobWith(all), '--dry-run=server'), 'created', 'document takes it')
  assert.match(namesIn((await proved(limited, 'E22')).gaps), 'NVIDIA_VISIBLE_DEVICES')
  await done({ ...limited, isolation: 'strict' })
  assert.is((await setup({ ...limited, isolation: 'strict' }, '--check')).code, 0)
  for (const object of [
    tfJob('any', unknown),
    deployment('any', unknown),
    deployment('slice', 'aliyun.com/gpu-mem'),
    tfJob('pages', 'hugepages-1Gi', '1Gi'),
    deployment('pages', 'hugepages-1Gi', '1Gi'),
  ])
    assert.match(await asAnn(object, '--dry-run=server'), 'ValidatingAdmissionPolicy')
  assert.match(await asAnn(tfJob('named', ITS_NAME), '--dry-run=server'), 'ValidatingAdmissionPolicy')
  for (const object of [
    tfJob('odd', ODD),
    tfJob('own', AMD),
    deployment('own', 'nvidia.com/gpu'),
    tfJob('huge', PAGES, '2Mi'),
  ])
    assert.match(await asAnn(object, '--dry-run=server'), 'created')
  await provedWhole({ ...limited, isolation: 'strict' })
})

it('lets strict refuse claims of a class that is not in the quota, to whom a role lets make claims', async () => {
  const [one, ...others] = limited.groups
  const rules = [
    {
      apiGroups: ['resource.k8s.io'],
      resources: ['resourceclaims', 'resourceclaimtemplates'],
      verbs: ['create'],
    },
  ]
  const { [NAMED]: _, ...deviceClasses } = one!.quota!.deviceClasses!
  const claiming: InventoryInput = {
    ...limited,
    roles: [{ name: 'member', rules }],
    groups: [{ ...one!, quota: { ...one!.quota!, deviceClasses } }, ...others],
  }
  const claims = (deviceClassName: string): object[] => {
    const spec = { devices: { requests: [{ name: 'a', firstAvailable: [{ name: 'b', deviceClassName }] }] } }
    const exactly = { devices: { requests: [{ name: 'a', exactly: { deviceClassName } }] } }
    const made = { apiVersion: 'resource.k8s.io/v1', metadata: { name: 'a', namespace: 'card1' } }
    return [
      { ...made, kind: 'ResourceClaim', spec },
      { ...made, kind: 'ResourceClaim', spec: exactly },
      { ...made, kind: 'ResourceClaimTemplate', spec: { spec: exactly } },
    ]
  }
  await done(claiming)
  for (const object of claims(NAMED)) assert.match(await asAnn(object, '--dry-run=server'), 'created')
  const open = await proved(claiming, 'F4')
  assertClean(open)
  for (const kind of ['resourceclaims', 'resourceclaimtemplates'])
    assert.match(namesIn(open.gaps), `${kind} of class ${NAMED}`)
  await done({ ...claiming, isolation: 'strict' })
  for (const object of claims(NAMED))
    await until(() => asAnn(object, '--dry-run=server'), 'devices: claims only')
  for (const object of claims(CLASS)) assert.match(await asAnn(object, '--dry-run=server'), 'created')
  const closed = await proved({ ...claiming, isolation: 'strict' }, 'F4')
  assertClean(closed)
  assert.equal(closed.gaps, [])
  await done({ ...limited, isolation: 'strict' })
})

it('lets strict refuse the variables by which a runtime chooses devices, and let harmless ones pass', async () => {
  const choosing = [
    ...['NVIDIA', 'AMD', 'ASCEND', 'MTHREADS', 'LATER'].map((maker) => ({
      name: `${maker}_VISIBLE_DEVICES`,
      value: 'all',
    })),
    { name: 'HABANA_VISIBLE_MODULES', value: '0' },
    { name: 'NVIDIA_MIG_CONFIG_DEVICES', value: 'all' },
    {
      name: 'NVIDIA_VISIBLE_DEVICES',
      valueFrom: { configMapKeyRef: { name: 'any', key: 'any', optional: true } },
    },
    { name: 'NVIDIA_VISIBLE_DEVICES', value: '$(OTHER)' },
  ]
  for (const one of choosing)
    assert.match(await asAnn(tfJobWith({ env: [one] }), '--dry-run=server'), 'env: variables', one.name)
  const harmless = [
    { name: 'NVIDIA_VISIBLE_DEVICES', value: 'void' },
    { name: 'NVIDIA_DRIVER_CAPABILITIES', value: 'all' },
    { name: 'CUDA_VISIBLE_DEVICES', value: '0' },
    { name: 'ASCEND_VISIBLE_DEVICES' },
  ]
  assert.match(await asAnn(tfJobWith({ env: harmless }), '--dry-run=server'), 'created')
  const verified = await proved({ ...limited, isolation: 'strict' }, 'E22')
  assertClean(verified)
  assert.equal(
    verified.gaps.map(({ check, things }) => [check.id, ...things]),
    [['E22', 'variables out of a ConfigMap, whatever their names']],
  )
})

it('finds a device that was taken out of the quota by hand, and puts it back', async () => {
  const strict: InventoryInput = { ...limited, isolation: 'strict' }
  await kubectl(
    `annotate namespace card1 --overwrite 'arena-playbooks/devices=${AMD} other.devices.test/card'`,
  )
  const { changes, code } = await setup(strict, '--check')
  assert.is(code, 2)
  assert.equal(
    changes.map(({ id }) => id),
    ['namespace/card1'],
  )
  await done(strict)
  await done(limited)
})

it('are changed by set-quota, told by report, and found again by adopt', async () => {
  const hard = async () =>
    JSON.parse(await kubectl('get resourcequota card1-compute-resources -n card1 -o jsonpath={.spec.hard}'))
  assert.is((await hard())[`requests.${AMD}`], '2')
  const file = await files.write(limited)
  const flags = ['--device', `${AMD}=3`, '--device-class', `${CLASS}=none`, '--claims', '6', '--max-cpu', '3']
  const told = await runPlaybook('set-quota', file, '--group', 'card1', ...flags, '--limit', 'cluster')
  assert.is(told.code, 0, told.summary)
  const [changed] = (parse(await readFile(file, 'utf8')) as InventoryInput).groups
  const quota = {
    ...limited.groups[0]!.quota,
    devices: { [AMD]: 3, [SLICE]: 0, [ODD]: 1 },
    deviceClasses: { [NAMED]: 1 },
    claims: 6,
    max: { gpu: 1, cpu: 3 },
  }
  assert.equal(changed!.quota, quota)
  const now = await hard()
  assert.equal([now[`requests.${AMD}`], now['persistentvolumeclaims']], ['3', '6'])
  assert.not.ok(`${CLASS}.deviceclass.resource.k8s.io/devices` in now)

  const { stdout } = await runText('report', file, '--output', 'json', '--limit', 'cluster')
  const { report } = JSON.parse(stdout.split('\n').find((one) => one.includes('"type":"tenants"'))!) as {
    report: TenantsReport
  }
  const [standing] = report.groups
  assert.is(standing!.wanted.limits[`devices ${AMD}`], '3')
  assert.ok(standing!.same)
  const given = report.sums!.find(({ name }) => name === `devices ${AMD}`)
  assert.equal(given, { name: `devices ${AMD}`, given: 3, offered: 8, isTooMuch: false })

  const out = join(dirname(file), 'card.yaml')
  const machine = ['--host', 'client01', '--ssh-config', state.sshConfig, '--out', out]
  const adopted = await runText('adopt', '--kubeconfig', state.kubeconfig, ...machine)
  assert.is(adopted.code, 0, adopted.stdout)
  const found = (parse(await readFile(out, 'utf8')) as InventoryInput).groups.find(
    ({ name }) => name === 'card1',
  )
  for (const part of ['gpu', 'devices', 'deviceClasses', 'hugepages', 'claims', 'max'] as const)
    assert.equal(found!.quota![part], quota[part], part)
})

it.run()
