import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { type AutomationError, isAutomationError } from '../../lib/base/errors.ts'
import type { KubeConnection } from '../../lib/connect/connection.ts'
import { connectKube } from '../../lib/connect/kube/api.ts'
import { readLock } from '../../lib/engine/lease.ts'
import { acquireLock, type Lock, type LockOptions } from '../../lib/engine/lock.ts'
import { ourselves } from '../../lib/engine/lock-holder.ts'
import { type KubeObject, LEASE, pathOf } from '../../lib/kube/object.ts'
import { playbook } from '../../lib/playbook.ts'
import { executePlaybook } from '../../lib/program/execute.ts'
import { memoryReporter } from '../../lib/reporters/memory.ts'
import { renderRecap } from '../../lib/reporters/plan-text.ts'
import { namespace } from '../../tasks/namespace.ts'
import { type ApiServer, startApiServer } from '../support/apiserver.ts'
import { INVENTORY } from '../support/scene.ts'
import { rejects, suite } from '../support/suite.ts'

const it = suite('lock', { seconds: 90 })
const signal = new AbortController().signal
const PATH = pathOf(LEASE, 'kube-system', 'arena-playbooks')

let api: ApiServer
let kube: KubeConnection

const connect = (): Promise<KubeConnection> =>
  connectKube({ kubeconfig: api.kubeconfig, context: 'sandbox' }, { signal, timeoutMs: 30_000 })

it.before(async () => {
  api = await startApiServer()
  kube = await connect()
})
it.after(async () => {
  await kube?.close()
  await api?.stop()
})

const auditLog = (): Promise<string> => readFile(join(api.directory, 'audit.log'), 'utf8')

type Spec = {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}

const live = async (): Promise<(KubeObject & { spec: Spec }) | undefined> =>
  (await kube.read(PATH, signal)) as (KubeObject & { spec: Spec }) | undefined

const remove = async (): Promise<void> => {
  const lease = await live()
  if (lease === undefined) return
  await kube.remove({ kind: LEASE, ...lease.metadata, uid: lease.metadata.uid! }, { signal })
}

/** A lease as somebody else left it. */
const put = async (spec: Spec): Promise<KubeObject> => {
  await remove()
  const metadata = { name: 'arena-playbooks', namespace: 'kube-system' }
  return kube.create(LEASE, { apiVersion: LEASE.apiVersion, kind: 'Lease', metadata, spec }, { signal })
}

const change = async (part: (lease: KubeObject & { spec: Spec }) => object): Promise<KubeObject> => {
  const lease = (await live())!
  return kube.replace(LEASE, { ...lease, ...part(lease) }, { signal })
}

const time = (secondsAgo: number): string =>
  new Date(Date.now() - secondsAgo * 1000).toISOString().replace('Z', '000Z')

const acquire = async (options: Partial<LockOptions> = {}): Promise<Lock | 'moved'> =>
  acquireLock(kube, await readLock(kube, signal), { signal, durationSeconds: 3, ...options })

const take = async (options: Partial<LockOptions> = {}): Promise<Lock> => {
  const lock = await acquire(options)
  assert.ok(lock !== 'moved')
  return lock
}

const fails = async (promise: Promise<unknown>, code: string): Promise<AutomationError> => {
  const error = await rejects(promise)
  assert.ok(isAutomationError(error), String(error.stack))
  assert.is(error.code, code)
  return error
}

const lossOf = async ({ lost }: Lock): Promise<AutomationError> => {
  while (!lost.aborted) await sleep(10)
  assert.is(lost.reason.code, 'lock-lost')
  return lost.reason
}

it('is taken where there was none, and given back but kept', async () => {
  await remove()
  assert.is((await readLock(kube, signal)).lease, undefined)
  const lock = await take({ holder: 'ann@laptop pid 7' })
  const held = (await live())!.spec
  assert.equal(
    [held.holderIdentity, held.leaseDurationSeconds, held.leaseTransitions],
    ['ann@laptop pid 7', 3, 0],
  )
  assert.match(held.renewTime!, /\.\d{6}Z$/)
  await lock.release()
  assert.is((await live())!.spec.holderIdentity, undefined)
  assert.is(lock.lost.aborted, false)
})

it('says by itself who holds it', async () => {
  const lock = await take()
  assert.match((await live())!.spec.holderIdentity!, new RegExp(`^.+@.+ pid ${process.pid} \\(.+\\)$`))
  await lock.release()
})

it('goes to one of two who saw it absent or free', async () => {
  for (const prepare of [remove, async () => (await take()).release()]) {
    await prepare()
    const seen = await readLock(kube, signal)
    const both = await Promise.all(
      ['ann', 'ben'].map((holder) => acquireLock(kube, seen, { signal, holder, durationSeconds: 1 })),
    )
    assert.is(both.filter((lock) => lock === 'moved').length, 1)
    for (const lock of both) if (lock !== 'moved') await lock.release()
  }
})

it('has moved when another run came and went', async () => {
  const seen = await readLock(kube, signal)
  await (await take({ holder: 'ann' })).release()
  assert.is(await acquireLock(kube, seen, { signal }), 'moved')
})

it("is refused at once while its holder is alive, with the holder's name", async () => {
  const lock = await take({ holder: 'ann@laptop pid 7', durationSeconds: 10 })
  const before = kube.requests
  const error = await fails(acquire({ holder: 'ben' }), 'locked')
  assert.ok(kube.requests - before <= 2, 'it asked again')
  assert.match(error.message, /ann@laptop pid 7 .*20\d\d-/)
  assert.is(error.exitCode, 5)
  await lock.release()
})

it('is kept for longer than its duration by a run that is too busy to answer', async () => {
  const lock = await take({ holder: 'ann', durationSeconds: 10 })
  const { renewTime } = (await live())!.spec
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 12_000)
  assert.ok(Date.parse((await live())!.spec.renewTime!) > Date.parse(renewTime!))
  assert.is(lock.lost.aborted, false)
  await fails(acquire(), 'locked')
  await lock.release()
  assert.is((await live())!.spec.holderIdentity, undefined)
})

it('is taken from a run that has crashed, after the duration of its lease by our clock', async () => {
  for (const renewTime of [time(3600), time(-3600), undefined]) {
    await put({
      holderIdentity: 'crashed',
      leaseDurationSeconds: 2,
      leaseTransitions: 4,
      ...(renewTime !== undefined && { renewTime }),
    })
    const started = performance.now()
    const lock = await take({ holder: 'ann' })
    const waited = performance.now() - started
    assert.ok(waited > 1900, `waited ${waited} ms`)
    const { holderIdentity, leaseTransitions } = (await live())!.spec
    assert.equal([holderIdentity, leaseTransitions], ['ann', 5])
    await lock.release()
  }
})

it('is not waited for again by who saw it long enough ago', async () => {
  const hour = 3600
  await put({ holderIdentity: 'crashed', leaseDurationSeconds: hour, renewTime: time(2 * hour) })
  const seen = await readLock(kube, signal)
  // Nobody waits for the end of so long a lease: it is refused unless its time is over.
  await fails(acquireLock(kube, seen, { signal }), 'locked')
  const lock = await acquireLock(kube, { ...seen, at: seen.at - hour * 1000 }, { signal, durationSeconds: 1 })
  assert.ok(lock !== 'moved')
  await lock.release()
})

it('is not taken from a living run whose clock is wrong', async () => {
  await put({ holderIdentity: 'slow clock', leaseDurationSeconds: 10, renewTime: time(3600) })
  const seen = await readLock(kube, signal)
  await change(({ spec }) => ({ spec: { ...spec, renewTime: time(3600) } }))
  const taking = fails(acquireLock(kube, seen, { signal }), 'locked')
  assert.match((await taking).message, 'slow clock')
})

it('has moved when its holder gave it back while we waited', async () => {
  await put({ holderIdentity: 'slow clock', leaseDurationSeconds: 10, renewTime: time(3600) })
  const seen = await readLock(kube, signal)
  await change(({ spec: { holderIdentity: _, ...spec } }) => ({ spec }))
  assert.is(await acquireLock(kube, seen, { signal }), 'moved')
})

it('has moved when the last renewal of a killed run arrives after all', async () => {
  const holderIdentity = ourselves().replace(/ pid \d+/, ' pid 999999999')
  await put({ holderIdentity, leaseDurationSeconds: 15, renewTime: time(0) })
  const seen = await readLock(kube, signal)
  await change(({ spec }) => ({ spec: { ...spec, renewTime: time(0) } }))
  assert.is(await acquireLock(kube, seen, { signal, durationSeconds: 1 }), 'moved')
  await (await take()).release()
})

it('is no longer waited for when the run is broken off', async () => {
  await put({ holderIdentity: 'crashed', leaseDurationSeconds: 20, renewTime: time(3600) })
  const stop = new AbortController()
  const taking = fails(acquire({ signal: stop.signal }), 'cancelled')
  setTimeout(() => stop.abort(), 100)
  await taking
})

it('is refused when nobody could wait for its end, and shows no control characters', async () => {
  await put({ holderIdentity: 'forever\u001b[31m', leaseDurationSeconds: 2_000_000_000 })
  const error = await fails(acquire(), 'locked')
  assert.match(error.message, 'forever\ufffd[31m')
})

it('is lost when another takes it, whose it then stays', async () => {
  await remove()
  const lock = await take({ holder: 'ann' })
  await change(({ spec }) => ({ spec: { ...spec, holderIdentity: 'ben', leaseTransitions: 1 } }))
  const loss = await lossOf(lock)
  assert.match(loss.message, /\bben\b/)
  assert.is(loss.exitCode, 5)
  await lock.release()
  assert.is((await live())!.spec.holderIdentity, 'ben')
})

it('is lost to a run of the same name', async () => {
  await remove()
  const lock = await take({ holder: 'root@container pid 1' })
  await change(({ spec }) => ({ spec: { ...spec, leaseTransitions: 1 } }))
  assert.match((await lossOf(lock)).message, 'root@container pid 1')
})

it('is lost when it is deleted', async () => {
  await remove()
  const lock = await take()
  await remove()
  assert.match((await lossOf(lock)).message, /our lock was deleted/)
  assert.is(await live(), undefined)
})

it('is not lost when somebody only touches it', async () => {
  await remove()
  const lock = await take()
  const { spec: before } = (await change(({ metadata }) => ({
    metadata: { ...metadata, annotations: { note: 'hello' } },
  }))) as KubeObject & { spec: Spec }
  while ((await live())!.spec.renewTime === before.renewTime) await sleep(50)
  assert.is(lock.lost.aborted, false)
  await lock.release()
  const { metadata, spec } = (await live())!
  assert.equal([metadata.annotations, spec.holderIdentity], [{ note: 'hello' }, undefined])
})

it('is lost, before others may take it, when the API server is away', async () => {
  await remove()
  const durationSeconds = 30
  const lock = await take({ durationSeconds })
  await api.halt()
  try {
    const loss = await lossOf(lock)
    // It is given up after two thirds of its time; the last third is for a computer that is busy.
    const kept = Number(/for (\d+) s/.exec(loss.message)?.[1])
    assert.ok(kept < durationSeconds, loss.message)
    await lock.release()
  } finally {
    await api.resume()
  }
})

it('ends a run that lost it, which says to whom', async () => {
  await remove()
  const inventory = {
    ...INVENTORY,
    cluster: { ...INVENTORY.cluster, kubeconfig: api.kubeconfig, context: 'sandbox' },
  }
  const spaces = playbook({
    name: 'spaces',
    description: 'Makes namespaces.',
    manages: [namespace],
    *resources(_, { cluster }) {
      yield namespace(cluster, { name: 'clu-lost' })
    },
  })
  const { events, on } = memoryReporter()
  const recap = await executePlaybook(spaces, inventory, {
    mode: 'apply',
    emit: on,
    async prepare() {
      const heard = await auditLog()
      await change(({ spec }) => ({
        spec: { ...spec, holderIdentity: 'ben@desk pid 9', leaseTransitions: 9 },
      }))
      // It finds out when it is told that somebody else has written the Lease, and looks who that was.
      while (!(await auditLog()).slice(heard.length).includes('"code":409')) await sleep(100)
      await sleep(2000)
    },
  })
  const { brokenOff } = recap!
  assert.equal([recap!.exitCode, brokenOff!.code], [5, 'lock-lost'])
  assert.match(brokenOff!.reason, 'ben@desk pid 9')
  assert.is(recap!.targets.get('cluster')!.changed, 0)
  assert.is(await kube.read('/api/v1/namespaces/clu-lost', signal), undefined)
  const told = events.flatMap((event) => (event.type === 'recap' ? renderRecap(event.recap) : []))
  assert.ok(told.some((line) => line.includes('ben@desk pid 9')))
})

it.run()
