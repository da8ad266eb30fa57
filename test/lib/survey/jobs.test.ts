import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import {
  JOBS,
  jobsOfKinds,
  type Kind,
  type KubeObject,
  RESOURCE_QUOTA,
  WARNING_EVENT,
} from '../../../lib/kube/object.ts'
import { jobsBy } from '../../../lib/survey/jobs.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('jobs')

const [TFJOB] = JOBS as [Kind]
const BOB = 'system:serviceaccount:dev1:bob'

const job = (id: string, conditions: Record<string, string> = {}, by = BOB): KubeObject =>
  live(
    TFJOB,
    id,
    { status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) } },
    {
      labels: { 'arena.kubeflow.org/uid': createHash('md5').update(by).digest('hex') },
      annotations: { 'arena.kubeflow.org/username': by },
    },
  )

const warning = (
  involvedObject: Record<string, string>,
  message: string,
  lastTimestamp: string,
): KubeObject =>
  live(WARNING_EVENT, `dev1/event-${lastTimestamp}`, { involvedObject, message, lastTimestamp })

const about = (id: string) => ({ kind: 'TFJob', uid: `uid-${id}` })
const pod = (name: string, namespace = 'dev1') => ({ kind: 'Pod', namespace, name })

const reasonOf = (jobs: readonly KubeObject[], ...warnings: KubeObject[]): (string | undefined)[] =>
  jobsBy(jobs, warnings)
    .held(['dev1'])
    .map(({ reason }) => reason)

for (const [conditions, state] of [
  [{}, 'held'],
  [{ Created: 'True' }, 'held'],
  [{ Created: 'True', Running: 'True' }, 'running'],
  [{ Running: 'False', Restarting: 'True' }, 'held'],
  [{ Running: 'False', Succeeded: 'True' }, 'done'],
  [{ Running: 'True', Failed: 'True' }, 'done'],
] as const)
  it(`takes ${JSON.stringify(conditions)} for ${state}`, () => {
    const counts = jobsBy([job('dev1/a', conditions)]).inNamespace('dev1')
    assert.equal(counts, { running: 0, held: 0, done: 0, [state]: 1 })
  })

for (const [plural, status, state] of [
  ['rayjobs', {}, 'held'],
  ['rayjobs', { jobDeploymentStatus: 'Running' }, 'running'],
  ['rayjobs', { jobDeploymentStatus: 'Complete' }, 'done'],
  ['sparkapplications', { applicationState: { state: 'SUBMITTED' } }, 'held'],
  ['sparkapplications', { applicationState: { state: 'RUNNING' } }, 'running'],
  ['sparkapplications', { applicationState: { state: 'FAILED' } }, 'done'],
  ['jobs', { state: { phase: 'Pending' } }, 'held'],
  ['jobs', { state: { phase: 'Completed' } }, 'done'],
] as const)
  it(`takes ${plural} with ${JSON.stringify(status)} for ${state}, where the inventory has that kind`, () => {
    const kind = jobsOfKinds(['ray', 'spark', 'volcano', 'cron', 'kserve']).find(
      (one) => one.plural === plural,
    )!
    const counts = jobsBy([live(kind, 'dev1/a', { status })]).inNamespace('dev1')
    assert.equal(counts, { running: 0, held: 0, done: 0, [state]: 1 })
  })

it('tells what holds a job in the words of the quota, the latest first', () => {
  const said = reasonOf(
    [job('dev1/a')],
    warning(about('dev1/a'), 'an older one', '2026-11-24T10:00:00Z'),
    warning(
      about('dev1/a'),
      'Error creating: pods "a-chief-0" is forbidden: exceeded quota: dev1-compute-resources, requested: x',
      '2026-11-24T11:00:00Z',
    ),
  )
  assert.equal(said, ['exceeded quota: dev1-compute-resources, requested: x'])
})

it('tells what is wrong with its pods, and never takes those of another job for them', () => {
  const jobs = [job('dev1/a'), job('dev1/a-b')]
  const say = warning(pod('a-b-chief-0'), '0/3 nodes are available', '2026-11-24T11:00:00Z')
  assert.equal(reasonOf(jobs, say), [undefined, '0/3 nodes are available'])
  const elsewhere = warning(pod('a-chief-0', 'dev2'), 'not this one', '2026-11-24T11:00:00Z')
  assert.equal(reasonOf(jobs, elsewhere), [undefined, undefined])
})

it('does not take the events of a job of that name before for its own', () => {
  const before = warning({ kind: 'TFJob', uid: 'uid-of-another', name: 'a' }, 'old', '2026-11-24T11:00:00Z')
  assert.equal(reasonOf([job('dev1/a')], before), [undefined])
})

const GPU_KEY = 'requests.nvidia.com/gpu'

const quota = (status: object, name = 'dev1/dev1-compute-resources'): KubeObject =>
  live(RESOURCE_QUOTA, name, { status })

const REFUSED =
  'pods "a-chief-0" is forbidden: exceeded quota: dev1-compute-resources, requested: ' +
  `${GPU_KEY}=1,pods=1, used: ${GPU_KEY}=1,pods=4, limited: ${GPU_KEY}=1,pods=4`
const LATE =
  'pods "a-chief-0" is forbidden: status unknown for quota: dev1-object-counts, resources: count/tfjobs.kubeflow.org'

const wakeOf = (message: string, ...quotas: KubeObject[]): string | undefined =>
  jobsBy([job('dev1/a')], [warning(about('dev1/a'), message, '2026-11-24T11:00:00Z')], quotas).held([
    'dev1',
  ])[0]!.wake

it('tells what wakes a job whose share is free again, and nothing while it is not', () => {
  const [gpu, pods] = [{ [GPU_KEY]: '1' }, { pods: '4' }]
  const free = quota({ hard: { ...gpu, ...pods }, used: { [GPU_KEY]: '0', pods: '3' } })
  assert.match(
    wakeOf(REFUSED, free)!,
    /^kubectl annotate tfjobs\.kubeflow\.org\/a -n dev1 --overwrite arena-playbooks\/woken=/,
  )
  for (const used of [
    { [GPU_KEY]: '1', pods: '3' },
    { [GPU_KEY]: '0', pods: '4' },
  ])
    assert.is(wakeOf(REFUSED, quota({ hard: { ...gpu, ...pods }, used })), undefined)
  const another = quota({ hard: pods, used: pods }, 'dev1/another')
  assert.is(wakeOf(REFUSED, free, another), undefined)
  assert.is(wakeOf('0/3 nodes are available', free), undefined)
})

it('tells it when a quota is counted that was not', () => {
  const hard = { 'count/tfjobs.kubeflow.org': '2000' }
  assert.is(wakeOf(LATE, quota({ hard, used: {} })), undefined)
  assert.ok(wakeOf(LATE, quota({ hard, used: { 'count/tfjobs.kubeflow.org': '1' } })))
})

it('says who submitted a job, and lets them write nothing on the terminal', () => {
  const held = (by: string) => jobsBy([job('dev1/a', {}, by)]).held(['dev1'])[0]!.by
  assert.is(held(BOB), 'bob')
  assert.is(held('\u001b[2J'), '\\u001b[2J')
})

it('names only the jobs of these namespaces and users', () => {
  const jobs = jobsBy([
    job('dev1/a'),
    job('dev1/b', {}, 'ann'),
    job('dev2/c'),
    job('dev1/d', { Running: 'True' }),
  ])
  const names = (...of: Parameters<typeof jobs.held>) => jobs.held(...of).map((one) => one.job)
  assert.equal(names(['dev1']), ['dev1/a', 'dev1/b'])
  assert.equal(names(['dev1', 'dev2'], [BOB]), ['dev1/a', 'dev2/c'])
})

it.run()
