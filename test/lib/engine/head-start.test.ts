import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { HostConnection, Reach } from '../../../lib/connect/connection.ts'
import { headStart } from '../../../lib/engine/head-start.ts'
import { suite } from '../../support/suite.ts'

const it = suite('head start', { seconds: 10 })

const TARGETS = [
  { type: 'cluster', name: 'cluster' },
  { type: 'host', name: 'one' },
  { type: 'host', name: 'two' },
] as const

/** What comes first: the head start is over, or so many milliseconds. */
const firstOf = (
  targets: Parameters<typeof headStart>[0],
  host: (name: string) => Promise<HostConnection>,
  ms: number,
  forks = 20,
): Promise<string> => {
  const reach = { host, cluster: () => assert.unreachable('the cluster waits') } as unknown as Reach
  const over = headStart(targets, { reach, forks, signal: new AbortController().signal })
  return Promise.race([over.then(() => 'over'), sleep(ms, 'time', { ref: false })])
}

const ready = () => Promise.resolve({} as HostConnection)
const never = () => new Promise<HostConnection>(() => {})
const refused = () => Promise.reject(new Error('refused'))

it('is over once all machines are logged in to or refuse, and after a moment in any case', async () => {
  assert.is(await firstOf(TARGETS, ready, 50), 'over')
  assert.is(await firstOf(TARGETS, (name) => (name === 'one' ? refused() : ready()), 50), 'over')
  assert.is(await firstOf(TARGETS, (name) => (name === 'one' ? never() : ready()), 50), 'time')
  assert.is(await firstOf(TARGETS, never, 5000), 'over')
})

it('waits for no machine where there is none, or for those that are asked later', async () => {
  assert.is(await firstOf(TARGETS.slice(0, 1), never, 50), 'over')
  assert.is(await firstOf(TARGETS, (name) => (name === 'two' ? never() : ready()), 50, 1), 'over')
})

it.run()
