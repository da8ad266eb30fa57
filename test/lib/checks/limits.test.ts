import * as assert from 'uvu/assert'
import { limits } from '../../../lib/checks/limits.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type KubeObject,
  LIMIT_RANGE,
  RESOURCE_QUOTA,
  ROLE,
  ROLE_BINDING,
} from '../../../lib/kube/object.ts'
import { bound, clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { INVENTORY } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('limits')

const quota = (id: string, ...keys: string[]): KubeObject =>
  live(RESOURCE_QUOTA, id, { spec: { hard: Object.fromEntries(keys.map((key) => [key, '1'])) } })

/** Bob may make these in a namespace. */
const makes = (namespace: string, resources: readonly string[], bob = 'dev1/bob'): KubeObject[] => [
  live(ROLE, `${namespace}/maker`, {
    rules: [{ apiGroups: ['', 'kubeflow.org'], resources, verbs: ['create'] }],
  }),
  bound(ROLE_BINDING, `${namespace}/maker`, 'Role maker', bob),
]

it('asks for a count of every kind that somebody in the group can make', () => {
  const objects = [...makes('dev1', ['tfjobs', 'services', 'pods/exec']), quota('dev1/any', 'count/pods')]
  const lines = (objects: readonly KubeObject[]): string[] => found(limits, 'F2', clusterOf(objects))
  assert.equal(lines(objects), [
    'gap dev1: services [strict] → advice',
    'gap dev1: tfjobs.kubeflow.org [strict] → advice',
    'gap dev1: services.nodeports [strict] → advice',
    'gap dev1: services.loadbalancers [strict] → advice',
    'pass dev2',
  ])
  const counting = quota(
    'dev1/more',
    'services',
    'services.nodeports',
    'services.loadbalancers',
    'count/tfjobs.kubeflow.org',
  )
  assert.match(lines([...objects, counting])[0]!, /^pass dev1/)
  const scoped = { ...counting, spec: { ...(counting['spec'] as object), scopeSelector: {} } }
  assert.is(lines([...objects, scoped]).length, 5)
})

it('tells what no quota can count, and claims that nothing bounds, whatever isolation says', () => {
  const objects = makes('dev1', ['events', 'persistentvolumeclaims'], 'arena-prod/bob')
  const counts = (...more: string[]) => quota('dev1/any', 'count/pods', 'persistentvolumeclaims', ...more)
  const lines = (...more: string[]): string[] =>
    found(limits, 'F2', clusterOf([...objects, counts(...more)], { isolation: 'strict' })).filter((line) =>
      / dev1\b/.test(line),
    )
  assert.equal(
    lines().map((line) => line.replace(/ → .*/, '')),
    ['gap dev1: requests.storage', 'gap dev1: events'],
  )
  assert.is(lines('requests.storage').length, 1)
})

it('is a promise of strict that objects are counted', () => {
  const objects = makes('dev1', ['configmaps'], 'arena-prod/bob')
  const [line] = found(limits, 'F2', clusterOf(objects, { isolation: 'strict' }))
  assert.is(line!, 'fail dev1: configmaps → run setup')
})

it('what only a stray binding lets somebody make is closed by taking that binding away, not by setup', () => {
  const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }
  const objects = [
    live(CLUSTER_ROLE, 'cluster-admin', { rules: [everything] }),
    bound(CLUSTER_ROLE_BINDING, 'tom-all', 'ClusterRole cluster-admin', 'arena-prod/tom'),
  ]
  const lines = (thing: string): string[] =>
    found(limits, 'F2', clusterOf(objects, { isolation: 'strict' })).filter((line) =>
      line.includes(`: ${thing} `),
    )
  const stray = lines('secrets')
  assert.equal(
    stray,
    ['dev1', 'dev2'].map((group) => `fail ${group}: secrets → kubectl delete clusterrolebinding tom-all`),
  )
  const usual = lines('configmaps').find((line) => line.startsWith('fail dev2:'))
  assert.match(usual!, 'run setup')
})

it('names whoever can make things in a namespace without a quota, wherever it is', () => {
  const lines = (...objects: KubeObject[]): string[] => found(limits, 'F7', clusterOf(objects))
  assert.equal(lines(...makes('dev1', ['tfjobs'])), ['pass bob', 'pass tom'])
  const elsewhere = /^fail bob .*: tfjobs\.kubeflow\.org by RoleBinding attic\/maker of Role maker → /
  assert.match(lines(...makes('attic', ['tfjobs']))[0]!, elsewhere)
  assert.match(lines(...makes('attic', ['tfjobs']), quota('attic/any', 'pods'))[0]!, /^pass bob/)
  assert.match(lines(...makes('attic', ['tfjobs']), quota('attic/none'))[0]!, elsewhere)
  assert.match(lines(...makes('attic', ['pods/exec']))[0]!, /^pass bob/)
  const role = live(CLUSTER_ROLE, 'maker', {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }],
  })
  const wide = bound(ROLE_BINDING, 'default/maker', 'ClusterRole maker', 'dev1/bob')
  assert.is(
    lines(role, wide)[0]!,
    'fail bob (default/maker): pods by RoleBinding default/maker of ClusterRole maker → ' +
      'kubectl delete rolebinding maker -n default',
  )
})

const range = (id: string, limit: object): KubeObject =>
  live(LIMIT_RANGE, id, { spec: { limits: [{ type: 'Container', ...limit }] } })

const failures = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('fail'))

const DEFAULTS = { cpu: 1, memory: '2048Mi' }

const containers = (...objects: KubeObject[]): string[] => found(limits, 'F8', clusterOf(objects))

it('asks for defaults where the quota limits cpu or memory, and only there', () => {
  const gone = failures(containers())
  assert.is(gone.length, 2)
  assert.is(gone[0]!, 'fail dev2: cpu 1 → run setup')
  const whole = range('dev2/dev2-container-defaults', { default: DEFAULTS, defaultRequest: DEFAULTS })
  assert.equal(failures(containers(whole)), [])
  const limitOnly = range('dev2/dev2-container-defaults', { default: DEFAULTS })
  assert.is(failures(containers(limitOnly)).length, 2)
  const less = range('dev2/dev2-container-defaults', {
    default: DEFAULTS,
    defaultRequest: { ...DEFAULTS, memory: '2G' },
  })
  assert.match(failures(containers(less)).join(), /memory 2Gi/)
})

const gapsIn = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('gap')).map((line) => line.replace(/ → .*/, ''))

it('says that one pod can take everything, until somebody sets a most of containers and of pods', () => {
  const most = { max: { 'nvidia.com/gpu': '1' } }
  const bounds = (type: string, id: string): KubeObject => range(id, { ...most, type })
  const lines = containers(
    bounds('Container', 'dev1/mine'),
    bounds('Pod', 'dev1/mine-too'),
    bounds('Container', 'dev2/mine'),
  )
  assert.ok(lines.includes('pass dev1'))
  assert.equal(gapsIn(lines), ['gap dev2: GPUs', 'gap dev2: CPU', 'gap dev2: memory'])
})

it('has nothing to say of what a group has none of', () => {
  const [dev1, ...others] = INVENTORY.groups
  const gapsOf = (gpu: number): string[] =>
    gapsIn(
      found(limits, 'F8', clusterOf([], { groups: [{ ...dev1!, quota: { gpu, cpu: '0' } }, ...others] })),
    ).filter((line) => line.includes('dev1'))
  assert.equal(gapsOf(1), ['gap dev1: GPUs'])
  assert.equal(gapsOf(0), [])
})

it('fails where a most of the inventory does not hold, of containers or of pods', () => {
  const [dev1, ...others] = INVENTORY.groups
  const groups = [{ ...dev1!, quota: { gpu: 1, max: { gpu: 1 } } }, ...others]
  const lines = (...ranges: KubeObject[]): string[] =>
    failures(found(limits, 'F8', clusterOf(ranges, { groups }))).filter((line) => line.includes('dev1'))
  assert.is(lines().length, 2)
  const none = { 'nvidia.com/gpu': '0' }
  const whole = { default: none, defaultRequest: none, max: { 'nvidia.com/gpu': '1' } }
  assert.is(lines(range('dev1/dev1-container-defaults', whole)).length, 1)
})

it.run()
