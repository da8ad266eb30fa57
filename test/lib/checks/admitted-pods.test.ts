import * as assert from 'uvu/assert'
import type { AttemptTrial, Finding, Json, KubeObject, Refused, Taken } from '../../../lib/check.ts'
import { refusalOf } from '../../../lib/check.ts'
import { admittedPods } from '../../../lib/checks/admitted-pods.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('admitted pods')

const [dev1, dev2] = INVENTORY.groups
const STRICT: Inventory = {
  ...INVENTORY,
  isolation: 'strict',
  groups: [{ ...dev1!, pods: { hostUsers: false } }, dev2!],
}

const webhooks = (name: string): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name },
})

const trialsOf = (id: string, inventory: Inventory, kueue: readonly KubeObject[] = []): AttemptTrial[] => [
  ...(admittedPods
    .find((one) => one.id === id)!
    .trials(sceneOf({}, { inventory, items: () => kueue })) as Iterable<AttemptTrial>),
]

const made = (spec: Json): Taken => ({
  taken: true,
  status: 201,
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec },
})

const judged = (trial: AttemptTrial, answer: Taken | Refused): Finding => trial.judge(answer) as Finding

const byPolicy = (words: string): Refused =>
  refusalOf(403, `ValidatingAdmissionPolicy 'arena-prod-pods' with binding 'x' denied request: ${words}`)
const full = refusalOf(403, 'exceeded quota: dev1-compute-resources, requested: requests.cpu=1m')

it('are to have users of their own only where the inventory says so, in isolation strict', () => {
  assert.is(trialsOf('E20', { ...STRICT, isolation: 'document' }).length, 0)
  assert.is(trialsOf('E20', STRICT).length, 1)
})

it('have users of their own, or have not, or are refused for want of them', () => {
  const [trial] = trialsOf('E20', STRICT)
  assert.is(judged(trial!, made({ hostUsers: false })).verdict, 'pass')
  assert.is(judged(trial!, made({})).verdict, 'fail')
  assert.is(judged(trial!, byPolicy('hostUsers: false, as the inventory says')).verdict, 'fail')
  assert.is(judged(trial!, byPolicy('volumes: only')).verdict, 'unknown')
  assert.is(judged(trial!, full).verdict, 'untested')
})

it('are held back by nothing, by Kueue by its name, or by something', () => {
  const kueue = webhooks('kueue-mutating-webhook-configuration')
  const told = (gates: readonly string[], ...there: KubeObject[]): Finding =>
    judged(trialsOf('E21', INVENTORY, there)[0]!, made({ schedulingGates: gates.map((name) => ({ name })) }))
  assert.is(told([], kueue).verdict, 'pass')
  const named = told(['kueue.x-k8s.io/admission'], webhooks('other'), kueue)
  assert.is(named.verdict, 'notice')
  assert.match(named.says, 'kueue-mutating-webhook-configuration')
  for (const [gates, ...there] of [
    [['kueue.x-k8s.io/admission'], webhooks('other')],
    [['other.example/gate'], kueue],
  ] as const) {
    const { verdict, says } = told(gates, ...there)
    assert.is(verdict, 'notice')
    assert.not.match(says, 'Kueue')
  }
})

it.run()
