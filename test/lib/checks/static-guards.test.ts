import * as assert from 'uvu/assert'
import { wordsOfRepair } from '../../../lib/audit/repair.ts'
import {
  type AttemptTrial,
  type Finding,
  type Json,
  type KubeObject,
  OWNER_LABEL,
  refusalOf,
} from '../../../lib/check.ts'
import { staticGuards } from '../../../lib/checks/static-guards.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('static guards')

const STRICT: Inventory = { ...INVENTORY, isolation: 'strict', staticManifests: '/etc/kubernetes/arena' }
const check = staticGuards(() => ({ policy: 'arena-prod-static.static.k8s.io', sum: 'abc123' }))

const trials = (inventory: Inventory, items: readonly KubeObject[] = []) => [
  ...check.trials(sceneOf({}, { inventory, items: () => items })),
]

const refused = (policy: string, words: string) =>
  refusalOf(403, `ValidatingAdmissionPolicy '${policy}' with binding 'x' denied request: ${words}`)

const verdict = (answer: ReturnType<typeof refused> | 'taken'): string => {
  const [trial] = trials(STRICT) as AttemptTrial[]
  const object: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }
  return (trial!.judge(answer === 'taken' ? { taken: true, status: 201, object } : answer) as Finding).verdict
}

it('are looked for only where the inventory says so, in each group', () => {
  assert.is(trials({ ...INVENTORY, isolation: 'strict' }).length, 0)
  assert.is(trials(STRICT).length, STRICT.groups.length)
})

it('are in force, or older, or not there, or it cannot be told', () => {
  const ours = 'arena-prod-static.static.k8s.io'
  assert.is(verdict(refused(ours, 'abc123: the static manifests')), 'pass')
  assert.is(verdict(refused(ours, 'fff000: the static manifests')), 'fail')
  assert.is(verdict('taken'), 'fail')
  assert.is(verdict(refused('another', 'abc123: no')), 'unknown')
  assert.is(verdict(refusalOf(403, 'exceeded quota: q, requested: pods=1, used: pods=1')), 'untested')
})

it('make the same in the API needless, but for what has parameters', () => {
  const live = (name: string, spec: Json, owner = 'prod'): KubeObject => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, labels: { [OWNER_LABEL]: owner } },
    spec,
  })
  const objects = [
    live('arena-prod-pods', {}),
    live('arena-prod-priorities', { paramKind: {} }),
    live('x', {}, 'other'),
  ]
  const [notice] = trials(STRICT, objects).filter((one) => 'verdict' in one) as Finding[]
  assert.is(notice!.verdict, 'notice')
  assert.match(wordsOfRepair(notice!.repair), 'arena-prod-pods')
  assert.not.match(wordsOfRepair(notice!.repair), 'priorities')
  assert.not.match(wordsOfRepair(notice!.repair), / x/)
})

it.run()
