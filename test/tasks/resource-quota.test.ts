import * as assert from 'uvu/assert'
import { type KubeObject, RESOURCE_QUOTA } from '../../lib/kube/object.ts'
import type { Answers } from '../../lib/resource/type.ts'
import { resourceQuota } from '../../tasks/resource-quota.ts'
import { cases, OWNER } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { groups: ['dev2'] }
const dev2 = { namespace: 'dev2', gpu: 2, cpu: '8', memory: '60Gi' }
const hard = {
  'requests.nvidia.com/gpu': '2',
  'requests.cpu': '8',
  'limits.cpu': '8',
  'requests.memory': '60Gi',
  'limits.memory': '60Gi',
}
const there = (changed: object, used: object = hard) => [
  live(
    RESOURCE_QUOTA,
    'dev2/dev2-compute-resources',
    { spec: { hard: { ...hard, ...changed } }, status: { hard, used } },
    { belongs },
  ),
]

const [{ spec, ...rest }] = there({}) as [KubeObject]
const scoped = {
  ...rest,
  spec: {
    ...(spec as object),
    scopeSelector: { matchExpressions: [{ scopeName: 'BestEffort', operator: 'Exists' }] },
  },
}

const counts = {
  namespace: 'dev1',
  name: 'object-counts',
  objects: { pods: 2000, 'count/jobs.batch': 2000 },
  kinds: { 'count/tfjobs.kubeflow.org': 2000 },
}
const counted = (used: object): KubeObject =>
  live(RESOURCE_QUOTA, 'dev1/dev1-object-counts', {
    spec: { hard: { ...counts.objects, ...counts.kinds } },
    status: { used },
  })

const it = cases(resourceQuota, {
  'absent → created with the keys of the table': {
    want: dev2,
    belongs,
    op: 'create',
    does: [JSON.stringify(hard)],
  },
  'only GPUs → only that key': {
    want: { namespace: 'dev1', gpu: 1 },
    op: 'create',
    does: ['"hard":{"requests.nvidia.com/gpu":"1"}'],
  },
  'devices of every name, and by class → the keys that count each': {
    want: {
      namespace: 'dev1',
      devices: { 'amd.com/gpu': 4 },
      deviceClasses: { 'mig.example.com': 2 },
      claims: 3,
    },
    op: 'create',
    does: [
      '"persistentvolumeclaims":"3","requests.amd.com/gpu":"4",' +
        '"mig.example.com.deviceclass.resource.k8s.io/devices":"2",' +
        '"requests.deviceclass.resource.kubernetes.io/mig.example.com":"2"',
    ],
  },
  'the same amounts, otherwise written → kept': {
    want: dev2,
    belongs,
    have: there({ 'limits.cpu': '8000m', 'limits.memory': '64424509440' }),
  },
  'raised → named and put back': {
    want: dev2,
    belongs,
    have: there({ 'requests.nvidia.com/gpu': '3' }),
    op: 'update',
    why: ['spec.hard.requests.nvidia.com/gpu'],
    does: ['"do":"apply"'],
  },
  'a foreign key → taken out, which takes a PUT': {
    want: dev2,
    belongs,
    have: there({ pods: '5' }),
    op: 'update',
    why: ['spec.hard.pods'],
    does: ['"do":"replace"', '"resourceVersion":"7"'],
  },
  'a key that the server does not enforce → waited for, not in sync': {
    want: dev2,
    belongs,
    have: there({}, { 'requests.cpu': '0', 'limits.cpu': '0', 'requests.memory': '0', 'limits.memory': '0' }),
    op: 'update',
    why: ['status'],
    does: ['"do":"await"'],
  },
  'numbers of objects → their keys, under another name': {
    want: { namespace: 'dev1', name: 'object-counts', objects: { pods: 1000, 'services.nodeports': 0 } },
    op: 'create',
    does: ['"name":"dev1-object-counts"', '"hard":{"pods":"1000","services.nodeports":"0"}'],
  },
  'a kind that the cluster does not have → nothing to wait for': {
    want: counts,
    have: [counted({ pods: '0', 'count/jobs.batch': '0' })],
  },
  'a kind that was installed a moment ago and is not counted yet → kept, and told': {
    want: counts,
    have: [counted({ pods: '0', 'count/jobs.batch': '0' })],
    serves: ['tfjobs.kubeflow.org'],
    names: ['count/tfjobs.kubeflow.org'],
  },
  'a kind that the cluster has and counts → kept': {
    want: counts,
    have: [counted({ pods: '0', 'count/jobs.batch': '0', 'count/tfjobs.kubeflow.org': '3' })],
    serves: ['tfjobs.kubeflow.org'],
  },
  'what every cluster has and does not count yet → waited for': {
    want: counts,
    have: [counted({ 'count/jobs.batch': '0' })],
    op: 'update',
    why: ['status'],
  },
  'for some priority classes → a scope of them': {
    want: {
      namespace: 'dev1',
      name: 'system-priorities',
      objects: { pods: 0 },
      priorityClasses: ['system-node-critical'],
    },
    op: 'create',
    does: ['"scopeName":"PriorityClass","operator":"In","values":["system-node-critical"]'],
  },
  'a scope that somebody put on it, which makes it count less → taken off': {
    want: dev2,
    belongs,
    have: [scoped],
    op: 'update',
    why: ['spec.scopeSelector'],
    // The API server lets nobody change that.
    does: ['"do":"delete"', '"do":"create"'],
  },
  'a limit that was lifted in the inventory → taken out': {
    want: { namespace: 'dev2', gpu: 2 },
    belongs,
    have: there({}),
    op: 'update',
    why: [
      'spec.hard.requests.cpu',
      'spec.hard.limits.cpu',
      'spec.hard.requests.memory',
      'spec.hard.limits.memory',
    ],
  },
})

it('a leftover is deleted whatever its version is by then: each pod that comes or goes changes it', () => {
  const answers = { items: () => there({}), serves: () => true } as unknown as Answers
  const [stray] = resourceQuota.type.observe([], OWNER).read(answers).strays!
  const [step] = stray!.change.steps
  assert.ok(step?.do === 'delete')
  assert.equal([step.ref.uid, step.ref.resourceVersion], ['uid-dev2/dev2-compute-resources', undefined])
})

it.run()
