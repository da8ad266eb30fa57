import * as assert from 'uvu/assert'
import { wordsOfRepair } from '../../../lib/audit/repair.ts'
import type {
  AttemptsTrial,
  AttemptTrial,
  Finding,
  KubeObject,
  Refused,
  Scene,
  Taken,
} from '../../../lib/check.ts'
import { refusalOf } from '../../../lib/check.ts'
import { quotaAttempts } from '../../../lib/checks/quota-attempts.ts'
import { INVENTORY, sceneOf } from '../../support/scene.ts'
import { served } from '../../support/served.ts'
import { suite } from '../../support/suite.ts'

const it = suite('quota attempts')

const GPU = 'requests.nvidia.com/gpu'

/** The scene with a quota of one GPU in each group, of which so many are used. */
const using = (used: number): Scene =>
  sceneOf(
    {},
    {
      items: ({ kind }) =>
        kind === 'ResourceQuota'
          ? ['dev1', 'dev2'].map(
              (namespace): KubeObject => ({
                apiVersion: 'v1',
                kind,
                metadata: { name: `${namespace}-compute-resources`, namespace },
                spec: { hard: { [GPU]: '1' } },
                status: { hard: { [GPU]: '1' }, used: { [GPU]: `${used}` } },
              }),
            )
          : [],
    },
  )

const first = (id: string, scene: Scene): Finding | AttemptTrial =>
  [...quotaAttempts.find((check) => check.id === id)!.trials(scene)][0] as Finding | AttemptTrial

const verdictOf = (id: string, answer: Taken | Refused): string => {
  const found = (first(id, using(0)) as AttemptTrial).judge(answer) as Finding
  return found.verdict
}

const exceeded = (key: string): Refused =>
  refusalOf(
    403,
    `pods "x" is forbidden: exceeded quota: dev1-compute-resources, requested: ${key}=2, used: ` +
      `${key}=0, limited: ${key}=1`,
  )
const taken: Taken = { taken: true, status: 201, object: {} as KubeObject }

it('ask for one GPU more than is left', () => {
  const { attempt } = first('F4', using(1)) as AttemptTrial
  assert.match(JSON.stringify(attempt), '"nvidia.com/gpu":1')
  assert.match(JSON.stringify((first('F4', using(0)) as AttemptTrial).attempt), '"nvidia.com/gpu":2')
})

it('pass when the quota refuses for GPUs, and for nothing else', () => {
  assert.is(verdictOf('F4', exceeded(GPU)), 'pass')
  assert.is(verdictOf('F4', exceeded('requests.cpu')), 'untested')
  assert.is(verdictOf('F4', taken), 'fail')
  assert.is(verdictOf('F4', refusalOf(422, 'Pod "x" is invalid')), 'unknown')
})

it('pass for a device that no quota names only where a pod without it is taken', () => {
  const inventory = { ...INVENTORY, isolation: 'strict' as const }
  const scene = { ...using(0), inventory, groups: inventory.groups }
  const trials = [...quotaAttempts.find(({ id }) => id === 'F4')!.trials(scene)]
  const any = trials.find((one) => 'ask' in one && one.ask === 'attempts') as AttemptsTrial
  const verdict = (plain: Taken | Refused, answer: Taken | Refused): string =>
    (any.judge([plain, answer]) as Finding).verdict
  const policy = refusalOf(422, "ValidatingAdmissionPolicy 'theirs' with binding 'x' denied request: no")
  assert.is(verdict(taken, policy), 'pass')
  assert.is(verdict(policy, policy), 'unknown')
  assert.is(verdict(taken, taken), 'fail')
  assert.is(verdict(exceeded('pods'), exceeded('pods')), 'untested')
})

it('pass for a claim of devices that no quota names only where a claim of none is taken', () => {
  const labels = { namespace: 'dev1' }
  const rules = [{ apiGroups: ['resource.k8s.io'], resources: ['resourceclaims'], verbs: ['create'] }]
  const objects: Record<string, KubeObject> = {
    Role: { apiVersion: 'v1', kind: 'Role', metadata: { name: 'member', ...labels }, rules },
    RoleBinding: {
      apiVersion: 'v1',
      kind: 'RoleBinding',
      metadata: { name: 'bob-member', ...labels },
      roleRef: { kind: 'Role', name: 'member' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'arena-prod', name: 'bob' }],
    },
  }
  const inventory = { ...INVENTORY, isolation: 'strict' as const }
  const scene: Scene = {
    ...using(0),
    inventory,
    items: (kind) => [objects[kind.kind] ?? using(0).items(kind)].flat(),
    resources: () => [served('resource.k8s.io', 'resourceclaims', 'ResourceClaim')],
  }
  const trials = [...quotaAttempts.find(({ id }) => id === 'F4')!.trials(scene)] as AttemptsTrial[]
  const trial = trials.find((one) => JSON.stringify(one.attempts ?? '').includes('deviceClassName'))!
  const verdict = (plain: Taken | Refused, answer: Taken | Refused): string =>
    (trial.judge([plain, answer]) as Finding).verdict
  const policy = refusalOf(422, "ValidatingAdmissionPolicy 'theirs' with binding 'x' denied request: no")
  assert.is(verdict(taken, policy), 'pass')
  assert.is(verdict(policy, policy), 'unknown')
  assert.is(verdict(taken, taken), 'fail')
  assert.is(verdict(taken, exceeded('count/resourceclaims.resource.k8s.io')), 'untested')
})

it('say that all GPUs are in use, and try one while there is one', () => {
  const busy = first('B3', using(1)) as Finding
  assert.is(busy.verdict, 'untested')
  assert.match(busy.says, 'all its GPUs are in use')
  assert.is(verdictOf('B3', taken), 'pass')
  assert.is(verdictOf('B3', exceeded(GPU)), 'untested')
})

it('fail for a user whose own job is refused for their token or rights, and cannot tell why else', () => {
  const scene = using(0)
  const names = { name: 'bob-member', namespace: 'dev1' }
  const rules = [{ apiGroups: ['kubeflow.org'], resources: ['tfjobs'], verbs: ['create'] }]
  const objects: Record<string, KubeObject> = {
    Role: { apiVersion: 'v1', kind: 'Role', metadata: { name: 'member', namespace: 'dev1' }, rules },
    RoleBinding: {
      apiVersion: 'v1',
      kind: 'RoleBinding',
      metadata: names,
      roleRef: { kind: 'Role', name: 'member' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'dev1', name: 'bob' }],
    },
  }
  const tfjobs = {
    group: 'kubeflow.org',
    version: 'v1',
    resource: 'tfjobs',
    kind: 'TFJob',
    namespaced: true,
    verbs: [],
  }
  const able: Scene = {
    ...scene,
    items: (kind) => [objects[kind.kind] ?? scene.items(kind)].flat(),
    resources: () => [tfjobs],
  }
  const own = [...quotaAttempts.find(({ id }) => id === 'B3')!.trials(able)].at(-1) as AttemptTrial
  const verdictsOf = (status: number, message: string) =>
    [own.judge(refusalOf(status, message))].flat().map(({ verdict }) => verdict)
  assert.equal(verdictsOf(401, 'Unauthorized'), ['fail'])
  assert.equal(verdictsOf(403, 'tfjobs is forbidden: User "x" cannot create resource "tfjobs"'), ['fail'])
  assert.equal(verdictsOf(500, 'etcd has no leader'), ['unknown'])
})

const NARROW = refusalOf(
  403,
  'pods "x" is forbidden: [maximum cpu usage per Container is 500m, but limit is 1, maximum memory ' +
    'usage per Container is 1Gi, but limit is 2Gi]',
)

it('fail where limits of others let no pod in, and name them', () => {
  const scene = using(0)
  const ranges = (labels: Record<string, string>): KubeObject[] => [
    { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'narrow', namespace: 'dev1', labels } },
  ]
  const judged = (labels: Record<string, string>): Finding => {
    const items: Scene['items'] = (kind) => (kind.kind === 'LimitRange' ? ranges(labels) : scene.items(kind))
    return (first('B3', { ...scene, items }) as AttemptTrial).judge(NARROW) as Finding
  }
  const { verdict, thing, repair } = judged({})
  assert.equal([verdict, thing], ['fail', 'LimitRange narrow'])
  assert.match(wordsOfRepair(repair), 'kubectl describe limitrange -n dev1')
  assert.is(judged({ 'arena-playbooks/inventory': 'prod' }).verdict, 'unknown')
})

it('of jobs is failed too where limits of others refuse what states no size, and no other refusal is', () => {
  const scene = using(0)
  const range: KubeObject = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'narrow', namespace: 'dev1' },
  }
  const items: Scene['items'] = (kind) => (kind.kind === 'LimitRange' ? [range] : scene.items(kind))
  const trials = [
    ...quotaAttempts.find(({ id }) => id === 'B3')!.trials({ ...scene, items }),
  ] as AttemptTrial[]
  const ofNoSize = trials.find((one) => JSON.stringify(one.attempt).includes('"resources":{}'))!
  const perPod = 'pods "x" is forbidden: maximum cpu usage per Pod is 2m.  No limit is specified'
  assert.equal(
    [ofNoSize.judge(refusalOf(403, perPod))].flat().map(({ verdict, thing }) => [verdict, thing]),
    [['fail', 'LimitRange narrow']],
  )
  for (const answer of [taken, exceeded('requests.cpu'), refusalOf(500, 'no leader')])
    assert.equal(ofNoSize.judge(answer), [])
})

it.run()
