import * as assert from 'uvu/assert'
import { type Attempt, type Refused, refusalOf, type Taken } from '../../../lib/audit/question.ts'
import { makers } from '../../../lib/checks/makers.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  type KubeObject,
  ROLE,
  ROLE_BINDING,
} from '../../../lib/kube/object.ts'
import { bound, clusterOf, found, repairsOf } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('makers')

const USE = ['create', 'patch', 'delete']
const role = (resources: string[], verbs = USE, apiGroups = ['']): KubeObject =>
  live(ROLE, 'dev1/member', { rules: [{ apiGroups, resources, verbs }] })

const BOUND = bound(ROLE_BINDING, 'dev1/bob-member', 'Role member', 'dev1/bob')
const BOUND_STRICT = bound(ROLE_BINDING, 'dev1/bob-member', 'Role member', 'arena-prod/bob')
const STRICT = { isolation: 'strict' as const }
const JOB = (maker: string, id = 'dev1/job-tfjob') =>
  live(CONFIG_MAP, id, {}, { labels: { createdBy: 'arena', 'arena-playbooks/made-by': maker } })

const taken = (object: unknown): Taken => ({ taken: true, status: 201, object: object as KubeObject })
const byPolicy = refusalOf(
  403,
  `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'arena-prod-makers' with binding ` +
    "'arena-prod-makers' denied request: no",
)

const tried = (
  id: string,
  objects: KubeObject[],
  answer: (attempt: Attempt) => Taken | Refused,
  over: Parameters<typeof clusterOf>[1] = STRICT,
): string[] => {
  const scene = clusterOf(objects, over)
  return [...new Set(found(makers, id, scene, { attempt: answer }))].filter((line) => line.includes('bob'))
}

const createdBy = (attempt: Attempt): KubeObject => (attempt as { create: KubeObject }).create
const appIn = (attempt: Attempt): string => (createdBy(attempt)['data'] as { app: string }).app

it("tells from a refusal by a policy that nobody writes into what Arena keeps of a colleague's job", () => {
  const lines = tried(
    'J5',
    [BOUND_STRICT, role(['configmaps']), JOB('tom'), JOB('bob'), JOB('')],
    (attempt) =>
      'create' in attempt && appIn(attempt).startsWith('tfjob') ? taken(createdBy(attempt)) : byPolicy,
  )
  assert.equal(lines, [
    'pass bob in dev1: a list for Arena that is none of kinds and names',
    'pass bob in dev1: delete ConfigMap dev1/job-tfjob of tom',
    'pass bob in dev1: patch ConfigMap dev1/job-tfjob of tom',
  ])
})

it('finds what is taken: a failure of strict, a gap of the document', () => {
  const all = (attempt: Attempt) => taken('create' in attempt ? createdBy(attempt) : {})
  const strict = tried('J5', [BOUND_STRICT, role(['configmaps']), JOB('tom')], all)
  assert.equal(
    strict.map((line) => line.split(':')[0]),
    ['fail bob in dev1', 'fail bob in dev1', 'fail bob in dev1'],
  )
  const document = tried('J5', [BOUND, role(['configmaps'])], all, {})
  assert.equal(document.length, 1)
  assert.match(document[0]!, /^gap bob in dev1: .* \[strict\]/)
})

it('says nothing when also an honest ConfigMap is refused, and passes those who write none', () => {
  const full = refusalOf(403, 'configmaps "x" is forbidden: exceeded quota: dev1-object-counts, requested: x')
  assert.match(tried('J5', [BOUND_STRICT, role(['configmaps'])], () => full)[0]!, /^untested bob in dev1/)
  const odd = refusalOf(403, 'configmaps "x" is forbidden: not today')
  assert.match(tried('J5', [BOUND_STRICT, role(['configmaps'])], () => odd)[0]!, /^unknown bob in dev1/)
  assert.equal(
    tried('J5', [BOUND_STRICT, role(['pods'], ['get'])], () => odd),
    ['pass bob in dev1'],
  )
  const updates = tried('J5', [BOUND_STRICT, role(['configmaps'], ['update'])], () => odd)
  assert.is(updates.length, 1)
  assert.match(updates[0]!, /^untested bob in dev1/)
})

const marked = (object: KubeObject, maker: string): Taken =>
  taken({ ...object, metadata: { ...object.metadata, labels: { 'arena-playbooks/made-by': maker } } })

it('knows what bears the name of its maker, also when another name was on it', () => {
  const objects = [BOUND_STRICT, role(['configmaps'])]
  assert.equal(
    tried('J6', objects, (attempt) => marked(createdBy(attempt), 'bob')),
    ['pass bob in dev1: configmaps'],
  )
  const refused = (attempt: Attempt) =>
    createdBy(attempt).metadata.labels?.['arena-playbooks/made-by'] === undefined
      ? marked(createdBy(attempt), 'bob')
      : byPolicy
  assert.match(tried('J6', objects, refused)[0]!, /^pass/)
  const believes = (attempt: Attempt) =>
    marked(
      createdBy(attempt),
      createdBy(attempt).metadata.labels?.['arena-playbooks/made-by'] === undefined ? 'bob' : 'stranger',
    )
  assert.is(tried('J6', objects, believes)[0]!, 'fail bob in dev1: configmaps → run setup')
})

it('finds what bears nobody, tries every kind of job, and asks no more of an older API server', () => {
  const objects = [
    BOUND_STRICT,
    live(ROLE, 'dev1/member', {
      rules: [
        { apiGroups: [''], resources: ['configmaps'], verbs: USE },
        { apiGroups: ['kubeflow.org'], resources: ['tfjobs'], verbs: USE },
      ],
    }),
  ]
  const plain = (attempt: Attempt) => taken(createdBy(attempt))
  const older = tried('J6', objects, plain)
  assert.equal(
    older.map((line) => line.replace(/ \(.*\)/, '').replace(/ →.*/, '')),
    ['gap bob in dev1: configmaps', 'gap bob in dev1: tfjobs.kubeflow.org'],
  )
  assert.match(repairsOf(makers, 'J6', clusterOf(objects, STRICT), { attempt: plain })[0]!, '1.36')
  assert.match(
    tried(
      'J6',
      [bound(ROLE_BINDING, 'dev1/bob-member', 'Role member', 'dev1/bob'), role(['configmaps'])],
      plain,
      {},
    )[0]!,
    /^gap .* \[strict\]/,
  )
})

it('has what the inventory does not let them make mended at its binding, which setup could not', () => {
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
  const master = [
    live(CLUSTER_ROLE, 'cluster-admin', { rules }),
    bound(CLUSTER_ROLE_BINDING, 'oops', 'ClusterRole cluster-admin', 'arena-prod/bob'),
  ]
  const objects = [BOUND_STRICT, role(['configmaps']), ...master]
  const lines = tried('J6', objects, (attempt) => {
    const made = createdBy(attempt)
    return made.kind === 'pods' ? taken(made) : marked(made, 'bob')
  })
  assert.equal(lines, [
    'pass bob in dev1: configmaps',
    'gap bob in dev1: pods by ClusterRoleBinding oops of ClusterRole cluster-admin → ' +
      'kubectl delete clusterrolebinding oops',
    'pass bob in dev1: tfjobs.kubeflow.org',
  ])
})

it.run()
