import * as assert from 'uvu/assert'
import { fairness } from '../../../lib/checks/fairness.ts'
import { DEVICE_CLASS, type KubeObject, NODE, RESOURCE_QUOTA } from '../../../lib/kube/object.ts'
import { givenOf } from '../../../lib/kube/quota-sums.ts'
import { clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('fairness')

const quota = (id: string, hard: object, { used = hard, spec = {}, labels = {} } = {}): KubeObject =>
  live(RESOURCE_QUOTA, id, { spec: { hard, ...spec }, status: { hard, used } }, labels)

const FOREIGN = { labels: { labels: {} } }

const ONE = quota('dev1/dev1-compute-resources', { 'requests.nvidia.com/gpu': '1' })
const TWO = quota('dev2/dev2-compute-resources', {
  'requests.nvidia.com/gpu': '2',
  'requests.cpu': '8000m',
  'limits.cpu': 8,
  'requests.memory': '64424509440',
  'limits.memory': '60Gi',
})

const node = (name: string, spec: object = {}, labels: object = {}): KubeObject =>
  live(
    NODE,
    name,
    { spec, status: { allocatable: { 'nvidia.com/gpu': '1', cpu: '4', memory: '31457280Ki' } } },
    { labels },
  )

const WORKERS = [node('worker01'), node('worker02'), node('worker03')]

const share = (...objects: KubeObject[]): string[] =>
  found(fairness, 'F1', clusterOf([...WORKERS, ...objects]))

it("takes amounts by what they mean, and counts the document's own table", () => {
  assert.equal(share(ONE, TWO), [
    'gap dev1: CPU → advice',
    'gap dev1: memory → advice',
    ...['dev1', 'dev2'].map((name) => `gap ${name}: disks of nodes (ephemeral-storage) → advice`),
    'pass GPUs (3 3)',
    'pass CPU (8 12)',
    'pass memory (60 90)',
  ])
})

const failures = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('fail'))

it('takes no quota for the share that counts some pods only', () => {
  const hard = { 'requests.nvidia.com/gpu': '1' }
  for (const spec of [
    { scopes: ['NotTerminating'] },
    { scopeSelector: { matchExpressions: [{ scopeName: 'BestEffort', operator: 'DoesNotExist' }] } },
  ]) {
    const [line, ...more] = failures(share(quota('dev1/dev1-compute-resources', hard, { spec }), TWO))
    assert.is(line!, 'fail dev1: it has scopes, and counts only the pods that are in them → run setup')
    assert.equal(more, [])
  }
})

it('fails for a quota that is absent, raised by hand, or says more than the inventory', () => {
  assert.is(share(TWO)[0]!, 'fail dev1 → run setup')
  const raised = quota('dev1/dev1-compute-resources', {
    'requests.nvidia.com/gpu': '4',
    'requests.storage': '10844792422400m',
  })
  assert.equal(
    failures(share(raised, TWO)).map((line) => line.replace(/ → run setup.*/, '')),
    ['fail dev1: requests.nvidia.com/gpu is 4, not 1', 'fail dev1: requests.storage is 10.1Gi, not absent'],
  )
})

it('takes what strict counts beside it for no quota of another', () => {
  const counts = quota('dev1/dev1-object-counts', { pods: '2000' })
  const priorities = quota('dev1/dev1-system-priorities', { pods: '0' }, { spec: { scopeSelector: {} } })
  const scene = clusterOf([...WORKERS, ONE, TWO, counts, priorities], { isolation: 'strict' })
  assert.equal(failures(found(fairness, 'F1', scene)), [])
})

it('names a foreign quota that leaves a group less, for all its pods', () => {
  const less = quota('dev2/mine', { cpu: '2', 'requests.nvidia.com/gpu': '2' }, FOREIGN)
  assert.equal(failures(share(ONE, TWO, less)), [
    'fail dev2: cpu 2 → kubectl delete resourcequota mine -n dev2',
  ])
  const scoped = quota('dev2/mine', { cpu: '2' }, { ...FOREIGN, spec: { scopes: ['BestEffort'] } })
  assert.equal(failures(share(ONE, TWO, scoped)), [])
})

it('says that more is given away than there is, on nodes that jobs run on', () => {
  const sums = (...nodes: KubeObject[]): string =>
    found(fairness, 'F1', clusterOf([...nodes, ONE, TWO])).find((line) => / GPUs /.test(line))!
  assert.is(sums(...WORKERS.slice(1)), 'gap GPUs (3 2) → advice')
  const [first, second] = WORKERS as [KubeObject, KubeObject]
  const others = [
    node('master01', {}, { 'node-role.kubernetes.io/control-plane': '' }),
    node('master02', { taints: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }] }),
    node('virtual', { taints: [{ key: 'virtual-kubelet.io/provider', effect: 'NoSchedule' }] }),
    node('cordoned', { unschedulable: true }),
  ]
  assert.is(sums(first, second, ...others), 'gap GPUs (3 2) → advice')
})

it('sums devices by name, and takes those that only a DeviceClass gives out for uncounted', () => {
  const groups = [
    {
      quota: {
        gpu: 1,
        hugepages: { '2Mi': '3Gi' },
        devices: { 'amd.com/gpu': 4, 'other.example.com/card': 2 },
        deviceClasses: { mig: 3, renamed: 1 },
      },
    },
    { quota: { devices: { 'amd.com/gpu': 5 } } },
  ]
  const worker = live(NODE, 'worker01', {
    status: { allocatable: { 'nvidia.com/gpu': '1', 'amd.com/gpu': '8', 'hugepages-2Mi': '1Gi' } },
  })
  const other = live(DEVICE_CLASS, 'other', { spec: { extendedResourceName: 'other.example.com/card' } })
  const mig = live(DEVICE_CLASS, 'mig', { spec: {} })
  assert.equal(
    givenOf(groups, [worker], [other, mig]).map(({ share: { resource }, share: _, ...rest }) => [
      resource,
      rest,
    ]),
    [
      ['nvidia.com/gpu', { given: 1, offered: 1, isTooMuch: false }],
      ['deviceclass.resource.kubernetes.io/mig', { given: 3, isTooMuch: false }],
      ['deviceclass.resource.kubernetes.io/renamed', { given: 1, offered: 0, isTooMuch: true }],
      ['amd.com/gpu', { given: 9, offered: 8, isTooMuch: true }],
      ['other.example.com/card', { given: 2, isTooMuch: false }],
      ['hugepages-2Mi', { given: 3, offered: 1, isTooMuch: true }],
    ],
  )
})

it('tells a key that is not counted yet from one that limits nothing', () => {
  const late = quota('dev1/dev1-object-counts', { 'count/tfjobs.kubeflow.org': '2000' }, { used: {} })
  const [said] = found(fairness, 'F3', clusterOf([ONE, TWO, late]))
  assert.is(said!, 'fail dev1 (dev1-object-counts): count/tfjobs.kubeflow.org → run setup')
})

it('tells amounts that the server does not go by yet', () => {
  const lowered = live(RESOURCE_QUOTA, 'dev1/mine', {
    spec: { hard: { pods: '2', 'requests.cpu': '1' } },
    status: { hard: { pods: '9', 'requests.cpu': '1000m' }, used: { pods: '9', 'requests.cpu': '0' } },
  })
  assert.equal(found(fairness, 'F3', clusterOf([ONE, TWO, lowered])), [
    'fail dev1: pods is 9, not 2 → advice',
    'pass dev2',
  ])
})

it('names keys that limit nothing, with the right one', () => {
  const wrong = quota(
    'dev1/mine',
    { 'nvidia.com/gpu': '1', 'count/foos.example.com': '2', pods: '3' },
    { ...FOREIGN, used: { pods: '0' } },
  )
  assert.equal(found(fairness, 'F3', clusterOf([ONE, TWO, wrong])), [
    'fail dev1: nvidia.com/gpu → kubectl patch ' +
      'resourcequota mine -n dev1 --type json -p ' +
      `'[{"op":"move","from":"/spec/hard/nvidia.com~1gpu","path":"/spec/hard/requests.nvidia.com~1gpu"}]'`,
    'fail dev1: count/foos.example.com → kubectl patch ' +
      'resourcequota mine -n dev1 --type json -p ' +
      `'[{"op":"remove","path":"/spec/hard/count~1foos.example.com"}]'`,
    'pass dev2',
  ])
})

it.run()
