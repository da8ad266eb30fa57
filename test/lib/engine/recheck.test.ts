import * as assert from 'uvu/assert'
import { DONE, type Outcome } from '../../../lib/engine/outcome.ts'
import type { Action } from '../../../lib/engine/plan.ts'
import { recheck } from '../../../lib/engine/recheck.ts'
import { CONFIG_MAP } from '../../../lib/kube/object.ts'
import type { Resource } from '../../../lib/resource/type.ts'
import { action, planOf } from '../../support/action.ts'
import {
  CLIENT01,
  CLUSTER,
  keepingWords,
  LOOKING,
  memoryReach,
  note,
  noteObject,
  word,
} from '../../support/engine.ts'
import { MemoryCluster } from '../../support/memory-cluster.ts'
import { MemoryHost } from '../../support/memory-host.ts'
import { suite } from '../../support/suite.ts'

const it = suite('looking again')

const done = (resource: Resource, change: Partial<Action['change']> = {}): Action =>
  action(
    resource.id,
    { op: 'update', ...change },
    { on: resource.on, type: resource.type as Action['type'], resource },
  )
const said = (name: string, text: string): Resource => word(CLIENT01, { name, text }) as unknown as Resource
const noted = (name: string, text: string): Resource => note(CLUSTER, { name, text }) as unknown as Resource

const words = (...pairs: [string, string][]) => new MemoryHost('client01', keepingWords(new Map(pairs)))

const looked = async (
  actions: readonly Action[],
  { host = words(), cluster = new MemoryCluster(), ended = DONE as Outcome } = {},
): Promise<string[]> => {
  const outcomes = await recheck({
    plan: planOf(...actions),
    outcomes: new Map(actions.map(({ key }) => [key, ended])),
    looking: LOOKING,
    reach: memoryReach({ client01: host }, cluster),
    forks: 1,
    signal: new AbortController().signal,
  })
  return [...outcomes].map(([key, outcome]) =>
    'error' in outcome ? `${key} ${outcome.state} ${outcome.error.code}` : `${key} ${outcome.state}`,
  )
}

it('is content with what is as wanted, in one exec and one LIST', async () => {
  const host = words(['a', 'x'], ['b', 'y'])
  const cluster = new MemoryCluster()
  const labels = { 'arena-playbooks/inventory': 'prod' }
  await cluster.meddle(CONFIG_MAP, noteObject('n', 'x', { metadata: { name: 'n', namespace: 'a', labels } }))
  const outcomes = await looked([done(said('a', 'x')), done(said('b', 'y')), done(noted('n', 'x'))], {
    host,
    cluster,
  })
  assert.equal(outcomes, [])
  assert.equal([host.execs, cluster.told], [1, ['list /api/v1/configmaps']])
})

it('says what something else has changed back, on a machine and in the cluster', async () => {
  const outcomes = await looked([done(said('a', 'x')), done(said('b', 'y')), done(noted('n', 'x'))], {
    host: words(['a', 'z'], ['b', 'y']),
  })
  assert.equal(outcomes, ['client01:word/a failed not-converged', 'cluster:note/a/n failed not-converged'])
})

it('says what is still there after it was taken away', async () => {
  const removal = (id: string): Action =>
    action(`word/${id}`, { op: 'remove' }, { on: CLIENT01, type: word.type as Action['type'] })
  assert.equal(await looked([removal('a'), removal('b')], { host: words(['a', 'stray']) }), [
    'client01:word/a failed not-converged',
  ])
})

it('does not take for gone what could not be read again', async () => {
  const host = new MemoryHost('client01', (_, text) => ({ code: text.startsWith('words') ? 1 : 0 }))
  const removal = action('word/a', { op: 'remove' }, { on: CLIENT01, type: word.type as Action['type'] })
  assert.equal(await looked([removal], { host }), ['client01:word/a failed observe'])
})

it('leaves open what cannot be looked at again', async () => {
  const host = new MemoryHost('client01', () => 'lost')
  assert.equal(await looked([done(said('a', 'x'))], { host }), ['client01:word/a unreachable unreachable'])
})

it('looks at nothing that did not happen, changed nothing or is made whenever it is asked for', async () => {
  const host = words()
  const failed: Outcome = { state: 'skipped', reason: 'x' }
  assert.equal(await looked([done(said('a', 'x'))], { host, ended: failed }), [])
  assert.equal(await looked([done(said('a', 'x'), { op: 'keep' })], { host }), [])
  assert.equal(await looked([done(said('a', 'x'), { once: true })], { host }), [])
  assert.is(host.execs, 0)
})

it.run()
