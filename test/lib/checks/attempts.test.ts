import * as assert from 'uvu/assert'
import type {
  Attempt,
  AttemptsTrial,
  Finding,
  KubeObject,
  Refused,
  Taken,
  Trial,
  TurnsTrial,
} from '../../../lib/check.ts'
import { refusalOf, serviceAccountIdentity, serviceAccountOf } from '../../../lib/check.ts'
import { attempts } from '../../../lib/checks/attempts.ts'
import { forbiddenThings } from '../../../lib/checks/forbidden-pods.ts'
import {
  apiResourceName,
  bears,
  carries,
  fieldAt,
  isWorkload,
  PLAIN,
  withContainer,
  withField,
  workload,
} from '../../../lib/checks/workloads.ts'
import { JOB_KIND_NAMES, jobKind } from '../../../lib/conventions/job-kinds.ts'
import { PERSISTENT_VOLUME, ROLE, ROLE_BINDING } from '../../../lib/kube/object.ts'
import { settled } from '../../support/asking.ts'
import { bound, clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { INVENTORY, sceneOf } from '../../support/scene.ts'
import { served } from '../../support/served.ts'
import { suite } from '../../support/suite.ts'

const it = suite('attempts')

const TFJOB = served('kubeflow.org', 'tfjobs', 'TFJob')
const DEPLOYMENT = served('apps', 'deployments', 'Deployment')

/** Bob may create TFJobs and Deployments in dev1, by a role made for that user. */
const items = (kind: { kind: string }): readonly KubeObject[] => {
  const role = { apiVersion: 'v1', kind: 'Role', metadata: { name: 'member', namespace: 'dev1' } }
  const rules = [
    { apiGroups: ['kubeflow.org'], resources: ['tfjobs'], verbs: ['create'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['create'] },
  ]
  const binding = {
    apiVersion: 'v1',
    kind: 'RoleBinding',
    metadata: { name: 'bob-member', namespace: 'dev1' },
    roleRef: { kind: 'Role', name: 'member' },
    subjects: ['dev1', 'arena-prod'].map((namespace) => ({ kind: 'ServiceAccount', namespace, name: 'bob' })),
  }
  return { Role: [{ ...role, rules }], RoleBinding: [binding] }[kind.kind] ?? []
}

const PODS = { apiGroups: [''], resources: ['pods'], verbs: ['create'] }

/** Each thing by itself, in every way. */
const trialOf = (check: string, isolation: 'document' | 'strict' = 'document'): TurnsTrial => {
  const scene = sceneOf(
    {},
    {
      exhaustive: true,
      inventory: { ...INVENTORY, isolation },
      users: INVENTORY.users.slice(0, 1),
      items,
      resources: () => [TFJOB, DEPLOYMENT, served('batch', 'jobs', 'Job')],
    },
  )
  const [trial] = [...attempts.find(({ id }) => id === check)!.trials(scene)].filter(
    (one) => one.ask === 'turns',
  )
  assert.ok(trial !== undefined && trial.ask === 'turns')
  return trial
}

/** Taken as it was sent. */
const TAKEN = 'taken'
/** Taken without all that the plain one does not have. */
const BARED = 'bared'
type Answer = typeof TAKEN | typeof BARED | Refused

const createdBy = (attempt: Attempt): KubeObject => (attempt as { create: KubeObject }).create

/** All that a trial asks, where everything is taken. */
const askedIn = (trial: Finding | Trial): Attempt[] => {
  if (trial.ask === 'attempt') return [trial.attempt]
  if (trial.ask === 'attempts') return [...trial.attempts]
  const asked: Attempt[] = []
  if (trial.ask === 'turns')
    settled(trial, (attempt) => {
      asked.push(attempt)
      return { taken: true, status: 201, object: createdBy(attempt) }
    })
  return asked
}

const policy = refusalOf(
  403,
  "ValidatingAdmissionPolicy 'arena-prod-jobs' with binding 'x' denied request: no",
)
const psa = refusalOf(403, 'pods "x" is forbidden: violates PodSecurity "baseline:latest": hostPath')
const rbac = refusalOf(403, 'User "x" cannot create resource "tfjobs" in API group "kubeflow.org"')
const full = refusalOf(403, 'exceeded quota: dev1-compute-resources, requested: requests.cpu=1m')
const invalid = refusalOf(422, 'TFJob "x" is invalid: spec: Required value')

/** Answers to: the plain pod, the pod, then for each kind the plain job and the job. */
const judged = (check: string, answers: readonly Answer[], isolation?: 'document' | 'strict'): Finding => {
  const trial = trialOf(check, isolation)
  const [found] = settled(trial, (attempt, turn, index) => {
    const answer = answers[2 * index + turn]!
    if (typeof answer !== 'string') return answer
    const object = createdBy(answer === TAKEN ? attempt : trial.attempts[index]!)
    return { taken: true, status: 201, object }
  })
  return found!
}

it('are not stopped where the cluster takes every image from another registry', () => {
  const mirrored = (object: KubeObject): KubeObject =>
    JSON.parse(JSON.stringify(object).replaceAll('"busybox"', '"mirror/busybox"'))
  for (const [check, verdict] of [
    ['E1', 'fail'],
    ['E5', 'fail'],
    ['E18', 'fail'],
  ] as const) {
    const trial = trialOf(check, 'strict')
    const [found] = settled(trial, (attempt) => ({
      taken: true,
      status: 201,
      object: mirrored(createdBy(attempt)),
    }))
    assert.is(found!.verdict, verdict, check)
  }
})

it('tell of a directory of a node that a group can mount by a claim, unless it is meant', () => {
  const volume = (name: string, source: object, namespace?: string): KubeObject =>
    live(
      PERSISTENT_VOLUME,
      name,
      { spec: { ...source, ...(namespace !== undefined && { claimRef: { namespace, name: 'any' } }) } },
      { labels: {} },
    )
  const volumes = [
    volume('path', { hostPath: { path: '/' } }, 'dev1'),
    volume('disk', { local: { path: '/mnt/disk' } }, 'dev2'),
    volume('others', { hostPath: { path: '/' } }, 'monitoring'),
    volume('share', { nfs: { server: 'nas', path: '/dev1' } }, 'dev1'),
    volume('free', { hostPath: { path: '/' } }),
  ]
  const said = (over = {}): string[] => found(attempts, 'E1', clusterOf(volumes, over))
  const ofDisk = 'fail dev2: PersistentVolume disk: /mnt/disk'
  assert.equal(
    said().map((line) => line.replace(/ → .*/, '')),
    ['fail dev1: PersistentVolume path: /', ofDisk],
  )
  const trusted = [{ kind: 'PersistentVolume' as const, name: 'path', reason: 'scratch' }]
  assert.is(said({ trusted }).length, 1)
})

it('tell of one that is reserved for nobody where somebody of a group may make claims', () => {
  const free = live(
    PERSISTENT_VOLUME,
    'free',
    { spec: { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Retain' } },
    { labels: {} },
  )
  const rules = [{ apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['create'] }]
  const claimer = [
    live(ROLE, 'dev2/claimer', { rules }, { labels: {} }),
    bound(ROLE_BINDING, 'dev2/tom-claimer', 'Role claimer', 'dev2/tom'),
  ]
  const said = (...objects: KubeObject[]): string[] => found(attempts, 'E1', clusterOf([free, ...objects]))
  const told = (lines: readonly string[]): string[] =>
    lines.filter((line) => line.includes('PersistentVolume'))
  assert.equal(told(said()), [])
  assert.equal(told(said(...claimer)), ['fail dev2: PersistentVolume free: / → kubectl delete pv free'])
})

it('are made by the kinds that the user may create, with their credential; the pod by the admin', () => {
  const asked = askedIn(trialOf('E1'))
  assert.equal(
    asked.map((attempt) => [createdBy(attempt)['kind'], attempt.as.kind]),
    [
      ['Pod', 'admin'],
      ['TFJob', 'user'],
      ['Deployment', 'user'],
      ['Pod', 'admin'],
      ['TFJob', 'user'],
      ['Deployment', 'user'],
    ],
  )
  for (const [index, attempt] of asked.entries())
    assert.is(JSON.stringify(attempt).includes('"hostPath":{"path":"/"}'), index >= 3, `${index}`)
})

it('try one account of each sort, by the names that the accounts of directory users have in the cluster', () => {
  const [bob, tom] = INVENTORY.users
  const users = [
    { ...bob!, name: 'Li_Si', accounts: 'directory' as const },
    { ...tom!, name: 'Wang_Wu', accounts: 'directory' as const },
  ]
  const named = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'dev1' },
  })
  const account = serviceAccountOf('Li_Si')
  const colleague = serviceAccountOf('Wang_Wu')
  const binding = {
    apiVersion: 'v1',
    kind: 'RoleBinding',
    metadata: { name: 'li-si-member', namespace: 'dev1' },
    roleRef: { kind: 'Role', name: 'member' },
    subjects: ['dev1', 'arena-prod'].map((namespace) => ({
      kind: 'ServiceAccount',
      namespace,
      name: account,
    })),
  }
  const scene = sceneOf(
    {},
    {
      exhaustive: true,
      inventory: { ...INVENTORY, users },
      users: users.slice(0, 1),
      items: (kind) =>
        ({ RoleBinding: [binding], ServiceAccount: [account, colleague, 'operator'].map(named) })[
          kind.kind
        ] ?? items(kind),
      resources: () => [TFJOB],
    },
  )
  const tried = [...attempts.find(({ id }) => id === 'E10')!.trials(scene)].flatMap((trial) =>
    askedIn(trial).map((attempt) => JSON.stringify(createdBy(attempt))),
  )
  for (const name of [account, colleague, 'operator'])
    assert.ok(
      tried.some((one) => one.includes(`"serviceAccountName":"${name}"`)),
      `E10 tries ${name}`,
    )
})

it('pass when every kind is refused at submit by admission', () => {
  const { verdict, says } = judged('E1', [TAKEN, TAKEN, TAKEN, policy, TAKEN, policy])
  assert.is(verdict, 'pass')
  assert.match(says, 'arena-prod-jobs')
})

it('pass when the pod that comes of it is refused', () => {
  const { verdict, says } = judged('E1', [TAKEN, psa, TAKEN, TAKEN, TAKEN, TAKEN])
  assert.is(verdict, 'pass')
  assert.match(says, 'baseline:latest')
})

it('are a known gap in document and a failure in strict when one kind lets it through', () => {
  const answers: Answer[] = [TAKEN, TAKEN, TAKEN, policy, TAKEN, TAKEN]
  assert.is(judged('E1', answers).verdict, 'gap')
  assert.match(judged('E1', answers).says, 'deployments.apps')
  assert.not.match(judged('E1', answers).says, 'tfjobs')
  assert.is(judged('E1', answers, 'strict').verdict, 'fail')
})

it('are a known gap in both where nobody promises it', () =>
  assert.is(judged('E8', [TAKEN, TAKEN, TAKEN, TAKEN, TAKEN, TAKEN], 'strict').verdict, 'gap'))

for (const [sentence, answers] of [
  ['the plain job is refused as well', [TAKEN, psa, rbac, rbac, rbac, rbac]],
  ['the job is refused by RBAC and not for the thing', [TAKEN, TAKEN, TAKEN, rbac, TAKEN, policy]],
  ['the plain pod is refused as well', [rbac, rbac, TAKEN, TAKEN, TAKEN, TAKEN]],
] as const)
  it(`cannot tell when ${sentence}`, () => assert.is(judged('E1', answers).verdict, 'unknown'))

it('take a bare pod of a user for what it is, whatever is made of one of the admin', () => {
  for (const exhaustive of [false, true]) {
    const scene = sceneOf(
      {},
      {
        exhaustive,
        inventory: { ...INVENTORY, isolation: 'strict' },
        users: INVENTORY.users.slice(0, 1),
        items: (kind) => (kind.kind === 'Role' ? [{ ...items(kind)[0]!, rules: [PODS] }] : items(kind)),
        resources: () => [served('', 'pods', 'Pod')],
      },
    )
    const trials = [...attempts.find(({ id }) => id === 'E1')!.trials(scene)]
    const trial = trials.find((one) => one.ask === 'turns')!
    const verdict = (whose: 'user' | 'admin') =>
      settled(trial as TurnsTrial, (attempt, turn) =>
        turn > 0 && attempt.as.kind !== whose
          ? policy
          : { taken: true, status: 201, object: createdBy(attempt) },
      )[0]!.verdict
    assert.is(verdict('user'), 'fail')
    assert.is(verdict('admin'), 'pass')
  }
})

it('are not tested when the quota is full', () =>
  assert.is(judged('E1', [full, full, TAKEN, TAKEN, TAKEN, TAKEN]).verdict, 'untested'))

it('are not stopped by a quota that others fill meanwhile', () => {
  assert.is(judged('E1', [TAKEN, full, TAKEN, TAKEN, TAKEN, TAKEN]).verdict, 'untested')
  assert.is(judged('E1', [TAKEN, TAKEN, TAKEN, full, TAKEN, full]).verdict, 'unknown')
})

it('do not take a job that is not valid for one that was stopped', () => {
  const { verdict } = judged('E1', [TAKEN, TAKEN, TAKEN, invalid, TAKEN, policy])
  assert.is(verdict, 'gap', 'the pod itself is taken')
})

it('do not take what the pod names and is not there for a refusal', () => {
  const nobody = refusalOf(
    403,
    'pods "x" is forbidden: error looking up service account dev1/y: serviceaccount "y" not found',
  )
  const runtime = refusalOf(403, 'pods "x" is forbidden: pod rejected: RuntimeClass "verify" not found')
  assert.is(nobody.cause, 'absent')
  const through = (pod: Refused): Answer[] => [TAKEN, pod, TAKEN, TAKEN, TAKEN, TAKEN]
  assert.match(judged('E10', through(nobody)).says, 'finds nobody')
  assert.is(judged('E17', through(runtime)).verdict, 'untested')
  assert.is(judged('E1', through(nobody)).verdict, 'unknown')
})

it('do not take a pod that is not valid for one that was stopped, but for what the API server allows nobody', () => {
  const bad = refusalOf(422, 'Pod "x" is invalid: spec.volumes[0].hostPath.path: Required value')
  const never = refusalOf(422, 'Pod "x" is invalid: privileged: Forbidden: disallowed by cluster policy')
  const through = (pod: Refused): Answer[] => [TAKEN, pod, TAKEN, TAKEN, TAKEN, TAKEN]
  assert.is(judged('E1', through(bad)).verdict, 'unknown')
  assert.is(judged('E5', through(never)).verdict, 'pass')
})

it('pass when the thing is taken out of the pod, as AlwaysPullImages does', () => {
  const { verdict, says } = judged('E14', [TAKEN, BARED, TAKEN, TAKEN, TAKEN, TAKEN])
  assert.is(verdict, 'pass')
  assert.match(says, 'taken out of it')
})

it('cannot tell when the plain job of one kind was refused and the others stop the thing', () =>
  assert.is(judged('E1', [TAKEN, psa, invalid, invalid, TAKEN, policy]).verdict, 'unknown'))

const ACCEPTED: Taken = { taken: true, status: 201, object: PLAIN as unknown as KubeObject }

it('try each priority class that the inventory does not give and nobody has by default', () => {
  const classes = [
    ['system-node-critical', {}],
    ['usual', { globalDefault: true }],
    ['given', {}],
    ['urgent', {}],
  ] as const
  const [dev1, ...others] = INVENTORY.groups
  const trials = (isolation: 'document' | 'strict') => {
    const scene = sceneOf(
      {},
      {
        inventory: {
          ...INVENTORY,
          isolation,
          groups: [{ ...dev1!, pods: { priorityClasses: ['given'] } }, ...others],
        },
        users: INVENTORY.users.slice(0, 1),
        items: (kind) =>
          kind.kind === 'PriorityClass'
            ? classes.map(([name, of]) => ({ apiVersion: 'v1', kind: kind.kind, metadata: { name }, ...of }))
            : items(kind),
        resources: () => [TFJOB],
      },
    )
    return [...attempts.find(({ id }) => id === 'E16')!.trials(scene)]
  }
  const named = (trial: Finding | Trial): string | undefined =>
    /"priorityClassName":"([\w-]+)"/.exec(JSON.stringify(askedIn(trial)))?.[1]
  const together = (trial: unknown): string | undefined =>
    /"schedulingPolicy":\{"priorityClass":"([\w-]+)"/.exec(JSON.stringify(trial))?.[1]
  assert.equal(trials('document').map(together).filter(Boolean), ['system-cluster-critical', 'urgent'])
  assert.equal(trials('document').map(named).filter(Boolean), [
    'system-node-critical',
    'system-cluster-critical',
    'urgent',
  ])
  const single = trials('strict').find(
    (trial) => trial.ask === 'attempts' && JSON.stringify(trial.attempts).includes('priorityClassName'),
  ) as AttemptsTrial
  assert.is(named(single), 'urgent')
  const verdict = (answer: Taken | Refused, plain: Taken | Refused = ACCEPTED) =>
    (single.judge([plain, answer]) as Finding).verdict
  assert.is(verdict(ACCEPTED), 'fail')
  assert.is(verdict(policy, policy), 'unknown')
  assert.is(verdict(policy, full), 'untested')
  assert.is(verdict(policy), 'pass')
  assert.is(verdict(full), 'untested')
  assert.is(verdict(invalid), 'unknown')
})

it('try the priority class that each kind of job names for all its pods, where that kind has it', () => {
  const kinds = JOB_KIND_NAMES.map(jobKind)
  const rules = kinds.map(({ group, plural }) => ({
    apiGroups: [group],
    resources: [plural],
    verbs: ['create'],
  }))
  const scene = sceneOf(
    {},
    {
      inventory: { ...INVENTORY, isolation: 'strict' },
      users: INVENTORY.users.slice(0, 1),
      items: (kind) => (kind.kind === 'Role' ? [{ ...items(kind)[0]!, rules }] : items(kind)),
      resources: () => kinds.map(({ group, plural, kind }) => served(group, plural, kind)),
    },
  )
  const named = kinds.filter(({ priority }) => priority !== undefined)
  const tried = [...attempts.find(({ id }) => id === 'E16')!.trials(scene)]
    .flatMap((trial) => (trial.ask === 'attempts' && trial.attempts.length === 2 ? [trial] : []))
    .map(({ judge, attempts: [plain, attempt] }) => ({
      judge,
      plain: (plain as { create: KubeObject }).create,
      create: (attempt as { create: KubeObject }).create,
    }))
    .filter(({ plain, create }) => plain.kind !== 'Pod' && JSON.stringify(plain) !== JSON.stringify(create))
  assert.equal(
    tried.map(({ create }) => create.kind),
    named.map(({ kind }) => kind),
  )
  for (const [index, { judge, plain, create }] of tried.entries()) {
    const path = named[index]!.priority!
    assert.is(fieldAt(plain, path), undefined)
    assert.is(fieldAt(create, path), 'system-cluster-critical')
    const judged = (answer: Taken | Refused, without: Taken | Refused = ACCEPTED) =>
      (judge([without, answer]) as Finding).verdict
    const verdictOf = (object: KubeObject) => judged({ taken: true, status: 201, object })
    assert.is(judged(policy), 'pass')
    assert.is(judged(policy, policy), 'unknown')
    assert.is(verdictOf(create), 'fail')
    assert.is(verdictOf(withField(create, path, undefined)), 'pass')
  }
})

it('pass where Kueue holds pods back, and one that names its node is not valid for that reason', () => {
  const gated = refusalOf(
    422,
    'Pod "x" is invalid: spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
  )
  const { verdict } = judged('E15', [TAKEN, gated, TAKEN, TAKEN, TAKEN, TAKEN])
  assert.is(verdict, 'pass')
})

it('try the account of each sort of holder that is there', () => {
  const account = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'dev1' },
  })
  const scene = sceneOf(
    {},
    {
      exhaustive: true,
      users: INVENTORY.users.slice(0, 1),
      items: (kind) =>
        kind.kind === 'ServiceAccount'
          ? ['default', 'bob', 'tom', 'operator', 'other'].map(account)
          : items(kind),
      resources: () => [TFJOB],
    },
  )
  const sent = [...attempts.find(({ id }) => id === 'E10')!.trials(scene)].flatMap(
    (trial) => /"serviceAccountName":"(\w+)"/.exec(JSON.stringify(askedIn(trial).at(-1)))?.[1] ?? [],
  )
  assert.equal(sent, ['bob', 'tom', 'operator'])
})

it('know every kind that makes pods, and put the template where it has it', () => {
  const kinds = [
    TFJOB,
    served('kubeflow.org', 'pytorchjobs', 'PyTorchJob'),
    served('kubeflow.org', 'mpijobs', 'MPIJob'),
    DEPLOYMENT,
    served('apps', 'replicasets', 'ReplicaSet'),
    served('apps', 'daemonsets', 'DaemonSet'),
    served('apps', 'statefulsets', 'StatefulSet'),
    served('batch', 'jobs', 'Job'),
    served('batch', 'cronjobs', 'CronJob'),
    served('', 'replicationcontrollers', 'ReplicationController'),
    served('', 'pods', 'Pod'),
    ...JOB_KIND_NAMES.map(jobKind).map(({ group, plural, kind }) => served(group, plural, kind)),
  ]
  const notes = { 'verify.example/note': 'x' }
  for (const kind of kinds) {
    assert.ok(isWorkload(kind), apiResourceName(kind))
    const attempt = workload(kind, 'dev1', { ...PLAIN, hostPID: true }, { kind: 'admin' }, notes)
    const { create } = attempt as { create: KubeObject }
    assert.ok(carries(create, { ...PLAIN, hostPID: true }), apiResourceName(kind))
    assert.not(carries(create, { ...PLAIN, hostIPC: true }), apiResourceName(kind))
    assert.not(carries(create, withContainer({ env: [{ name: 'X', value: 'y' }] })), apiResourceName(kind))
    assert.ok(bears(create, notes), apiResourceName(kind))
    assert.not(bears(create, { 'verify.example/note': 'y' }), apiResourceName(kind))
  }
  assert.not(isWorkload({ ...DEPLOYMENT, subresource: 'scale' }))
  assert.not(isWorkload(served('', 'configmaps', 'ConfigMap')))
})

it('try every letter of the list that admission can stop, each in a check that is there', () => {
  const things = forbiddenThings({
    inlineCsi: { driver: 'nasplugin.csi.alibabacloud.com', volumeAttributes: {} },
    nas: { server: 'nas', path: '/dev2' },
    accounts: [{ name: 'tom', whose: 'of a colleague' }],
    node: 'worker01',
    neighbour: 'dev2',
    pods: {},
    verifiesImages: false,
  })
  assert.equal(
    [...new Set(things.map(({ check }) => check))].toSorted(),
    attempts
      .map(({ id }) => id)
      .filter((id) => id !== 'E0')
      .toSorted(),
  )
  assert.is(new Set(things.map(({ thing }) => thing)).size, things.length)
  assert.match(serviceAccountIdentity('dev1', 'bob').username, 'dev1:bob')
})

it.run()
