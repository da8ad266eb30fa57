import * as assert from 'uvu/assert'
import * as z from 'zod'
import { AutomationError } from '../../../lib/base/errors.ts'
import { order } from '../../../lib/engine/graph.ts'
import type { Sight } from '../../../lib/engine/observe.ts'
import { type Action, hasChanges, isChange, type Listed, type Plan, plan } from '../../../lib/engine/plan.ts'
import type { Selection } from '../../../lib/engine/select.ts'
import { Values } from '../../../lib/engine/values.ts'
import {
  KEEP,
  type Resource,
  type ResourceOptions,
  refuse,
  resourceType,
  type Stray,
} from '../../../lib/resource/type.ts'
import { LOOKING } from '../../support/engine.ts'
import { suite } from '../../support/suite.ts'

const it = suite('plan')

const cluster = { type: 'cluster', name: 'cluster' } as const
const host = { type: 'host', name: 'client01' } as const

/** A thing whose wanted name says what is there: `new` is absent, `bad` is refused, anything else is as wanted. */
const thing = resourceType({
  kind: 'thing',
  on: 'cluster',
  schema: z.strictObject({ name: z.string() }),
  id: ({ name }) => name,
  observe: () => ({ read: () => ({ find: () => undefined }) }),
  plan: ({ name }) => {
    if (name.startsWith('new')) return { op: 'create', diffs: [], steps: [] }
    return name.startsWith('bad') ? refuse('it is bad', 'make it good') : KEEP
  },
})

const kept = resourceType({
  kind: 'kept',
  on: 'cluster',
  revokedLast: true,
  schema: z.strictObject({ name: z.string() }),
  id: ({ name }) => name,
  observe: () => ({ read: () => ({ find: () => undefined }) }),
  plan: () => KEEP,
})

/** Deletes a namespace with all that is in it. */
const emptying = resourceType({
  kind: 'emptying',
  on: 'cluster',
  schema: z.strictObject({ name: z.string() }),
  id: ({ name }) => name,
  observe: () => ({ read: () => ({ find: () => undefined }) }),
  plan: ({ name }) => ({ op: 'remove', diffs: [], steps: [], empties: name }),
})

/** Leaves a thing where it is, and locks it. */
const shutting = resourceType({
  kind: 'shutting',
  on: 'cluster',
  schema: z.strictObject({ name: z.string() }),
  id: ({ name }) => name,
  observe: () => ({ read: () => ({ find: () => undefined }) }),
  plan: ({ name }) => ({ op: 'remove', diffs: [], steps: [], shuts: `thing/${name}` }),
})

const want = (name: string, options?: ResourceOptions): Resource =>
  thing(cluster, { name }, options) as Resource
const stray = (id: string, belongs: Stray['belongs']): Stray => ({
  id,
  belongs,
  access: 'can use the cluster',
  change: { op: 'remove', diffs: [], steps: [] },
})

interface Given {
  selection?: Selection
  strays?: readonly Stray[]
  prune?: boolean
  failure?: AutomationError
  type?: typeof thing
  listed?: Partial<Listed>
}

const planned = (
  resources: readonly Resource[],
  { selection = {}, strays = [], prune = false, failure, type = thing, listed }: Given = {},
): Plan => {
  const views = new Map([[thing.type, { find: () => undefined, strays: [] as readonly Stray[] }]])
  views.set(type.type, { find: () => undefined, strays })
  for (const { type } of [emptying, shutting]) views.set(type, { find: () => undefined, strays: [] })
  const sight: Sight = { on: cluster, views, versions: new Map(), ...(failure && { failure }) }
  return plan({
    looking: LOOKING,
    resources: order(resources),
    selection,
    sights: new Map([['cluster', sight]]),
    listed: { users: new Set(['bob']), groups: new Set(['dev1']), retired: new Set(['eve']), ...listed },
    prune,
    values: new Values([]),
  })
}

const byId = ({ actions }: Plan, id: string): Action => {
  const action = actions.find((one) => one.id === id)
  if (action === undefined) throw new Error(`no action ${id}`)
  return action
}

it('plans nothing when everything is as wanted', () => {
  const result = planned([want('a'), want('b')])
  assert.is(result.actions.length, 2)
  assert.not(hasChanges(result))
})

it('plans on top of what it creates before, without failing', () => {
  const a = want('new-a')
  const result = planned([a, want('new-b', { needs: [a] })])
  assert.ok(result.actions.every(isChange))
})

it('skips what needs a refused thing, at any depth, and goes on with the rest', () => {
  const bad = want('bad')
  const middle = want('new-middle', { needs: [bad] })
  const result = planned([bad, middle, want('new-end', { needs: [middle] }), want('new-other')])
  assert.equal(byId(result, 'thing/new-end').hindrance, {
    because: 'needs',
    needs: 'thing/bad on cluster',
    lacks: 'refused',
  })
  assert.ok(isChange(byId(result, 'thing/new-other')))
})

it('changes only the selection and names what is absent outside of it', () => {
  const a = want('new-a', { belongs: { groups: ['dev1'] } })
  const b = want('new-b', { needs: [a], belongs: { user: 'bob' } })
  const result = planned([a, b], { selection: { users: ['bob'] } })
  assert.equal(
    result.actions.map(({ id }) => id),
    ['thing/new-b'],
  )
  assert.equal(byId(result, 'thing/new-b').hindrance, {
    because: 'needs',
    needs: 'thing/new-a on cluster',
    lacks: 'outside',
  })
})

it('marks everything on a lost target as unreachable, not as failed or absent', () => {
  const failure = new AutomationError({ code: 'unreachable', message: 'connection refused' })
  const result = planned([want('new-a')], { failure })
  assert.is(byId(result, 'thing/new-a').hindrance?.because, 'unreachable')
})

it('does not call a target unreachable that answered and could not be read', () => {
  for (const code of ['observe', 'timeout', 'command', 'refused', 'bug'] as const) {
    const failure = new AutomationError({ code, message: 'it said something else' })
    assert.is(byId(planned([want('new-a')], { failure }), 'thing/new-a').hindrance?.because, 'unknown', code)
  }
})

it('removes what a listed or a retired user should not have, and leaves the rest to --prune', () => {
  const strays = [
    stray('a', { user: 'bob', groups: ['dev2'] }),
    stray('b', { user: 'eve' }),
    stray('c', { user: 'gone' }),
  ]
  const result = planned([want('x')], { strays })
  assert.equal(
    result.actions.filter(isChange).map(({ id }) => id),
    ['thing/a', 'thing/b'],
  )
  assert.is(byId(result, 'thing/a').change.reason, 'bob in group dev2 should not have it')
  assert.equal(
    result.leftovers.map(({ id, cure }) => [id, cure]),
    [['thing/c', '--prune takes it away']],
  )
})

it('leaves what the inventory wants, also where it still bears the name of another group', () => {
  const moved = want('ana', { belongs: { user: 'ana', groups: ['dev1'] } })
  const strays = [stray('ana', { user: 'ana', groups: ['dev2'] }), stray('old', { groups: ['dev2'] })]
  const listed = { users: new Set(['ana']), groups: new Set(['dev1', 'dev2']) }
  const result = planned([moved], { strays, listed, selection: { groups: ['dev2'] } })
  assert.equal(
    result.actions.map(({ id }) => id),
    ['thing/old'],
  )
  assert.equal(result.leftovers, [])
})

it('knows what stays only for its data and is for the members of a group, unless the group goes or it is meant', () => {
  const stays = (id: string, belongs: Stray['belongs']): Stray => ({ ...stray(id, belongs), change: KEEP })
  const strays = [
    stays('dev1/old', { groups: ['dev1'] }),
    stays('dev9/old', { groups: ['dev9'] }),
    stays('home', { user: 'bob' }),
  ]
  const told = (listed: Partial<Listed> = {}) =>
    planned([want('x')], { strays, listed }).leftovers.map(({ id, access, forMembers = false }) => [
      id,
      access !== undefined,
      forMembers,
    ])
  const others = [
    ['thing/dev9/old', true, false],
    ['thing/home', true, false],
  ]
  assert.equal(told(), [['thing/dev1/old', true, true], ...others])
  assert.equal(told({ leaving: new Set(['dev1']) }), [['thing/dev1/old', true, false], ...others])
  assert.equal(told({ trusted: new Set(['thing/dev1/old']) })[0], ['thing/dev1/old', false, true])
})

it('prunes leftovers when asked, inside the selection only', () => {
  const strays = [stray('c', { user: 'gone' }), stray('d', { user: 'lost' })]
  const all = planned([want('x')], { strays, prune: true })
  assert.equal(
    all.actions.filter(({ pruned }) => pruned).map(({ id }) => id),
    ['thing/c', 'thing/d'],
  )
  const some = planned([want('x')], { strays, prune: true, selection: { users: ['gone'] } })
  assert.equal(
    some.actions.map(({ id }) => id),
    ['thing/c'],
  )
})

it('does not call a leftover what goes with its namespace', () => {
  const kept = (id: string): Stray => ({ ...stray(id, { groups: ['dev3'] }), change: KEEP })
  const strays = [kept('dev3/data'), kept('dev30/data'), kept('dev3')]
  const left = (resource: Resource): string[] => planned([resource], { strays }).leftovers.map(({ id }) => id)
  assert.equal(left(want('x')), ['thing/dev3/data', 'thing/dev30/data', 'thing/dev3'])
  assert.equal(left(emptying(cluster, { name: 'dev3' }) as Resource), ['thing/dev30/data', 'thing/dev3'])
})

it('does not call a leftover what the run shuts, on that target', () => {
  const strays = [{ ...stray('eve', { user: 'eve' }), change: KEEP }]
  const left = (resource: Resource): string[] => planned([resource], { strays }).leftovers.map(({ id }) => id)
  assert.equal(left(want('x')), ['thing/eve'])
  assert.equal(left(shutting(cluster, { name: 'eve' }) as Resource), [])
  assert.equal(left(shutting(cluster, { name: 'ann' }) as Resource), ['thing/eve'])
})

it('revokes old access only after the new one, and not in a run that cannot see all of it', () => {
  const token = want('new-token', { belongs: { user: 'bob' } })
  const strays = [stray('old', { user: 'bob', groups: ['dev1'] })]
  const result = planned([token], { strays, type: kept as typeof thing })
  assert.equal(byId(result, 'kept/old').needs, ['cluster:thing/new-token'])
  const limited = planned([token], { strays, type: kept as typeof thing, selection: { limit: ['cluster'] } })
  assert.equal(
    limited.actions.map(({ id }) => id),
    ['thing/new-token'],
  )
  assert.is(limited.leftovers.length, 1)
})

it('leaves old access where the new one is refused', () => {
  const refused = want('bad', { belongs: { user: 'bob' } })
  const strays = [stray('old', { user: 'bob', groups: ['dev1'] })]
  const result = planned([refused], { strays, type: kept as typeof thing })
  assert.equal(byId(result, 'kept/old').hindrance, {
    because: 'needs',
    needs: 'thing/bad on cluster',
    lacks: 'refused',
  })
})

it('refuses a task on the wrong kind of target', () => {
  assert.throws(() => thing(host, { name: 'a' }), /thing on client01: needs a cluster/)
})

it('takes what somebody who left still has at once: it waits for no machine and no other change of theirs', () => {
  const of = (user: string): Action => {
    const plan = planned([want('new', { belongs: { user } })], {
      type: kept as typeof thing,
      strays: [stray('old', { user })],
    })
    return plan.actions.find(({ id }) => id === 'kept/old')!
  }
  assert.equal(of('bob').needs, ['cluster:thing/new'])
  assert.equal(of('eve').needs, [])
  const limited = planned([want('a')], {
    type: kept as typeof thing,
    strays: [stray('old', { user: 'bob' }), stray('older', { user: 'eve' })],
    selection: { limit: ['cluster'] },
  })
  assert.equal(
    limited.actions.map(({ id }) => id),
    ['thing/a', 'kept/older'],
  )
})

it.run()
