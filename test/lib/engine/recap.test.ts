import * as assert from 'uvu/assert'
import { AutomationError, asAutomationError } from '../../../lib/base/errors.ts'
import { type Mode, type Outcome, skippedAfter } from '../../../lib/engine/outcome.ts'
import type { Plan } from '../../../lib/engine/plan.ts'
import { type Recap, recap } from '../../../lib/engine/recap.ts'
import type { Lifetime } from '../../../lib/kube/bound-token.ts'
import { action, planOf } from '../../support/action.ts'
import { NOW } from '../../support/cases.ts'
import { suite } from '../../support/suite.ts'

const it = suite('recap')

const NO_TRAFFIC = { execs: 0, requests: 0 }
const lost = new AutomationError({ code: 'unreachable', subject: 'client01', message: 'connection refused' })
const broken = new AutomationError({ code: 'command', message: 'exit status 1' })

const of = (
  plan: Plan,
  outcomes: Record<string, Outcome> = {},
  mode: Mode = 'apply',
  also: number[] = [],
  issued: ReadonlyMap<string, Lifetime> = new Map(),
): Recap =>
  recap({
    mode,
    plan,
    outcomes: new Map(Object.entries(outcomes).map(([id, outcome]) => [`client01:${id}`, outcome])),
    targets: ['client01'],
    warnings: [],
    now: NOW,
    issued,
    seconds: 1,
    traffic: { execs: 1, requests: 1 },
    also,
  })

it('is 0 when everything is as wanted', () => {
  const result = of(planOf(action('a')))
  assert.is(result.exitCode, 0)
  assert.equal(result.targets.get('client01'), { ok: 1, changed: 0, failed: 0, skipped: 0, unreachable: 0 })
})

it('is 2 under --check when something would change, and 0 once it was done', () => {
  const plan = planOf(action('a', { op: 'create' }))
  assert.is(of(plan, {}, 'check').exitCode, 2)
  assert.is(of(plan, { a: { state: 'done' } }).exitCode, 0)
  assert.is(of(plan, { a: { state: 'done' } }).targets.get('client01')!.changed, 1)
})

it('is 2 under --check while somebody whom the inventory does not name has access', () => {
  const left = (user?: string, access?: string): Plan => ({
    ...planOf(action('a')),
    leftovers: [
      {
        id: 'role-binding/dev1/eve-member',
        on: { type: 'cluster', name: 'cluster' },
        belongs: user === undefined ? { groups: ['dev9'] } : { user },
        ...(access !== undefined && { access }),
        cure: 'goes with --prune',
      },
    ],
  })
  assert.is(of(left('eve', 'has rights in dev1'), {}, 'check').exitCode, 2)
  assert.is(of(left('eve', 'has rights in dev1')).exitCode, 0)
  assert.is(of(left('eve'), {}, 'check').exitCode, 0, 'it gives no access')
  assert.is(
    of(left(undefined, 'may still mount the directory'), {}, 'check').exitCode,
    0,
    'it belongs to no user',
  )
})

it('is 2 under --check while members of a group have what the inventory does not say', () => {
  const left = (more: Partial<Plan['leftovers'][number]> = {}): Plan => ({
    ...planOf(action('a')),
    leftovers: [
      {
        id: 'claim/dev1/old',
        on: { type: 'cluster', name: 'cluster' },
        belongs: { groups: ['dev1'] },
        access: 'may still mount the directory',
        forMembers: true,
        cure: 'kubectl delete pvc old -n dev1',
        ...more,
      },
    ],
  })
  assert.is(of(left(), {}, 'check').exitCode, 2)
  assert.is(of(left()).exitCode, 0)
  const { access: _, ...meant } = left().leftovers[0]!
  assert.is(of({ ...left(), leftovers: [meant] }, {}, 'check').exitCode, 0, 'it is meant')
})

it('is 1 when something failed, was refused or could not be read', () => {
  const refused = action('a', { op: 'refuse', reason: 'uid taken', hint: 'free it' })
  assert.is(of(planOf(refused), {}, 'check').exitCode, 1)
  assert.is(of(planOf(refused)).targets.get('client01')!.failed, 1)
  assert.is(of(planOf(action('a', { op: 'create' })), { a: { state: 'failed', error: broken } }).exitCode, 1)
  const unread = action('a', {}, { hindrance: { because: 'unknown', error: broken } })
  assert.is(of(planOf(unread), {}, 'check').exitCode, 1)
})

it('is 3 for a lost target and for what waits for it, and 1 wins over 3', () => {
  const unreachable = action('a', {}, { hindrance: { because: 'unreachable', error: lost } })
  const waits = action(
    'b',
    { op: 'create' },
    { hindrance: { because: 'needs', needs: 'a on client01', lacks: 'unreachable' } },
  )
  assert.is(of(planOf(unreachable, waits)).exitCode, 3)
  const after = action('d', { op: 'create' })
  const skipped = skippedAfter('a on client01', { state: 'unreachable', error: lost })
  assert.is(of(planOf(after), { d: skipped }).exitCode, 3, 'lost while at work')
  const broke = skippedAfter('a on client01', { state: 'failed', error: broken })
  assert.is(of(planOf(after), { d: broke }).exitCode, 1)
  const failed = action('c', { op: 'create' })
  assert.is(of(planOf(unreachable, failed), { c: { state: 'failed', error: broken } }).exitCode, 1)
})

it('is 70 when an error is ours, whatever it hindered', () => {
  const bug = asAutomationError(new TypeError('x is undefined'))
  const unread = action('a', {}, { hindrance: { because: 'unknown', error: bug } })
  for (const mode of ['check', 'apply'] as const) assert.is(of(planOf(unread), {}, mode).exitCode, 70)
  const failed = action('a', { op: 'create' })
  assert.is(of(planOf(failed), { a: { state: 'failed', error: bug } }).exitCode, 70)
})

it('is 130 after Ctrl-C whatever else there is', () => {
  assert.is(
    of(planOf(action('a', { op: 'create' })), { a: { state: 'failed', error: broken } }, 'apply', [130])
      .exitCode,
    130,
  )
})

it('counts what a stopped run did not come to as skipped, not as done', () => {
  const result = of(
    planOf(action('a', { op: 'create' }), action('b', { op: 'create' })),
    { a: { state: 'done' } },
    'apply',
    [130],
  )
  assert.equal(result.targets.get('client01'), { ok: 0, changed: 1, failed: 0, skipped: 1, unreachable: 0 })
})

const DAY = 86_400
const lasting = (days: number, asked = 90): Lifetime => ({
  from: NOW + (days - 90) * DAY,
  until: NOW + days * DAY,
  asked: asked * DAY,
})

it('tells whose token is the first to expire, kept or given in this run', () => {
  const kept = (id: string, user: string, days: number) =>
    action(id, { lasts: lasting(days) }, { belongs: { user } })
  const plan = planOf(kept('a', 'bob', 50), kept('b', 'bob', 40), kept('c', 'tom', 60))
  assert.equal(of(plan).tokens, {
    users: 2,
    soonest: { user: 'bob', until: NOW + 40 * DAY, days: 40 },
  })
  const { tokens, warnings } = of(plan, {}, 'apply', [], new Map([['ann', lasting(30)]]))
  assert.equal(tokens, { users: 3, soonest: { user: 'ann', until: NOW + 30 * DAY, days: 30 } })
  assert.equal(warnings, [])
  assert.is(of(planOf(action('a'))).tokens, undefined)
})

it('warns when the server gives less time than was asked for', () => {
  const day = { from: NOW, until: NOW + DAY, asked: 90 * DAY }
  const { warnings } = of(planOf(), {}, 'apply', [], new Map([['ann', day]]))
  assert.match(warnings.join(), 'lets tokens last 24 hours where 90 days were asked for')
})

it('is 5 when the lock was lost, also where everything was done', () => {
  const brokenOff = new AutomationError({ code: 'lock-lost', message: 'our lock was taken over by ben' })
  const plan = planOf(action('a', { op: 'create' }))
  const outcomes = new Map<string, Outcome>([['client01:a', { state: 'done' }]])
  const base = { mode: 'apply', plan, outcomes, targets: ['client01'], warnings: [], now: NOW } as const
  const result = recap({ ...base, issued: new Map(), seconds: 1, traffic: NO_TRAFFIC, brokenOff, also: [] })
  assert.equal([result.exitCode, result.brokenOff], [5, brokenOff])
})

it.run()
