import * as assert from 'uvu/assert'
import { Settler } from '../../../lib/engine/await-ready.ts'
import { CONFIG_MAP, type KubeObject } from '../../../lib/kube/object.ts'
import { noteObject, until } from '../../support/engine.ts'
import { MemoryCluster } from '../../support/memory-cluster.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('settling', { seconds: 30 })
const signal = new AbortController().signal
const ready = (object: KubeObject): true | string => object['status'] !== undefined || 'no status'

const withSettler = async (
  during: (cluster: MemoryCluster, settler: Settler) => Promise<void>,
  version?: string,
): Promise<void> => {
  const cluster = new MemoryCluster()
  const settler = new Settler(cluster, new Map(version === undefined ? [] : [[CONFIG_MAP, version]]), signal)
  try {
    await during(cluster, settler)
  } finally {
    settler.close()
  }
}

it('returns the object at once that it has seen settled already', () =>
  withSettler(async (cluster, settler) => {
    const first = settler.settled(CONFIG_MAP, noteObject('x'), ready, 20)
    await cluster.meddle(CONFIG_MAP, noteObject('y', 'y', { status: {} }))
    await cluster.meddle(CONFIG_MAP, noteObject('x', 'x', { status: {} }))
    await first
    const object = await settler.settled(CONFIG_MAP, noteObject('y'), ready, 0)
    assert.equal(object['data'], { text: 'y' })
    assert.is(cluster.told.filter((one) => one.startsWith('watch')).length, 1)
  }))

it('goes on from the version of the LIST, and does not take what was before for an answer', () =>
  withSettler(async (cluster, settler) => {
    await cluster.meddle(CONFIG_MAP, noteObject('x', 'old', { status: {} }))
    await cluster.meddle(CONFIG_MAP, noteObject('other'))
    const waiting = settler.settled(CONFIG_MAP, noteObject('x'), ready, 20)
    await cluster.meddle(CONFIG_MAP, noteObject('x', 'new', { status: {} }))
    assert.equal((await waiting)['data'], { text: 'new' })
  }, '2'))

it('ends with the last state when nothing comes of it in time', () =>
  withSettler(async (cluster, settler) => {
    const never = (object: KubeObject): string => `it says ${JSON.stringify(object['data'])}`
    await cluster.meddle(CONFIG_MAP, noteObject('x', 'first'))
    const waiting = rejects(settler.settled(CONFIG_MAP, noteObject('x'), never, 0.02))
    await cluster.meddle(CONFIG_MAP, noteObject('x', 'second'))
    const error = await waiting
    assert.is((error as { code?: string }).code, 'timeout')
    assert.match(error.message, '"second"')
  }))

it('lets everybody hear when the watch breaks off', async () => {
  class Broken extends MemoryCluster {
    override async watch(): Promise<void> {
      await until(() => this.requests > 0)
      throw new Error('cut')
    }
  }
  const cluster = new Broken()
  const settler = new Settler(cluster, new Map(), signal)
  const both = ['x', 'y'].map((name) => rejects(settler.settled(CONFIG_MAP, noteObject(name), ready, 20)))
  await cluster.list(CONFIG_MAP)
  assert.equal(
    (await Promise.all(both)).map((error) => (error as { code?: string }).code),
    ['bug', 'bug'],
  )
  settler.close()
})

it('watches anew for whoever waits after a watch broke off', async () => {
  class BrokenOnce extends MemoryCluster {
    override async watch(...how: Parameters<MemoryCluster['watch']>): Promise<void> {
      const isFirst = !this.told.some((one) => one.startsWith('watch'))
      if (!isFirst) return super.watch(...how)
      this.seen.push({ verb: 'watch', path: 'cut', dryRun: false })
      throw new Error('cut')
    }
  }
  const cluster = new BrokenOnce()
  const settler = new Settler(cluster, new Map(), signal)
  const error = await rejects(settler.settled(CONFIG_MAP, noteObject('x'), ready, 20))
  assert.is((error as { code?: string }).code, 'bug')
  const later = settler.settled(CONFIG_MAP, noteObject('y'), ready, 20)
  await cluster.meddle(CONFIG_MAP, noteObject('y', 'y', { status: {} }))
  assert.equal((await later)['data'], { text: 'y' })
  settler.close()
})

it('waits no longer once the run is broken off', async () => {
  const abort = new AbortController()
  const settler = new Settler(new MemoryCluster(), new Map(), abort.signal)
  const waiting = rejects(settler.settled(CONFIG_MAP, noteObject('x'), ready, 20))
  abort.abort()
  assert.is(((await waiting) as { code?: string }).code, 'cancelled')
})

it.run()
