import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { KubeConnection } from '../../lib/connect/connection.ts'
import { connectKube } from '../../lib/connect/kube.ts'
import { type AutomationError, isAutomationError } from '../../lib/errors.ts'
import { ourselves } from '../../lib/holder.ts'
import { type KubeObject, LEASE, pathOf } from '../../lib/kube-object.ts'
import { acquireLock, type Lock, type LockOptions, readLock } from '../../lib/lock.ts'
import { type ApiServer, startApiServer } from '../support/apiserver.ts'
import { rejects, suite } from '../support/suite.ts'

const it = suite('lock', { seconds: 30 })
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

interface Spec {
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
  return kube.create({ apiVersion: LEASE.apiVersion, kind: 'Lease', metadata, spec }, { signal })
}

const change = async (part: (lease: KubeObject & { spec: Spec }) => object): Promise<KubeObject> => {
  const lease = (await live())!
  return kube.replace({ ...lease, ...part(lease) }, { signal })
}

const time = (secondsAgo: number): string =>
  new Date(Date.now() - secondsAgo * 1000).toISOString().replace('Z', '000Z')

const acquire = async (options: Partial<LockOptions> = {}): Promise<Lock | 'moved'> =>
  acquireLock(kube, await readLock(kube, signal), { signal, durationSeconds: 1, ...options })

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
    ['ann@laptop pid 7', 1, 0],
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

it('is refused at once while its holder is alive, with his name', async () => {
  const lock = await take({ holder: 'ann@laptop pid 7', durationSeconds: 10 })
  const started = performance.now()
  const error = await fails(acquire({ holder: 'ben' }), 'locked')
  assert.ok(performance.now() - started < 500)
  assert.match(error.message, /ann@laptop pid 7 holds the lock since 20\d\d-/)
  assert.is(error.exitCode, 5)
  await lock.release()
})

it('is kept for longer than its duration', async () => {
  const lock = await take({ holder: 'ann' })
  const { renewTime } = (await live())!.spec
  await sleep(2500)
  assert.is(lock.lost.aborted, false)
  assert.not.equal((await live())!.spec.renewTime, renewTime)
  await fails(acquire(), 'locked')
  await lock.release()
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
    assert.ok(waited > 1900 && waited < 3000, `waited ${waited} ms`)
    const { holderIdentity, leaseTransitions } = (await live())!.spec
    assert.equal([holderIdentity, leaseTransitions], ['ann', 5])
    await lock.release()
  }
})

it('is not waited for again by who saw it long enough ago', async () => {
  await put({ holderIdentity: 'crashed', leaseDurationSeconds: 2, renewTime: time(3600) })
  const seen = await readLock(kube, signal)
  await sleep(2000)
  const started = performance.now()
  const lock = await acquireLock(kube, seen, { signal, durationSeconds: 1 })
  assert.ok(performance.now() - started < 500)
  assert.ok(lock !== 'moved')
  await lock.release()
})

it('is not taken from a living run whose clock is wrong', async () => {
  await put({ holderIdentity: 'slow clock', leaseDurationSeconds: 1, renewTime: time(3600) })
  const taking = fails(acquire(), 'locked')
  await sleep(300)
  await change(({ spec }) => ({ spec: { ...spec, renewTime: time(3600) } }))
  assert.match((await taking).message, 'slow clock holds the lock')
})

it('has moved when its holder gave it back while we waited', async () => {
  await put({ holderIdentity: 'slow clock', leaseDurationSeconds: 1, renewTime: time(3600) })
  const taking = acquire()
  await sleep(300)
  await change(({ spec: { holderIdentity: _, ...spec } }) => ({ spec }))
  assert.is(await taking, 'moved')
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
  const started = performance.now()
  await taking
  assert.ok(performance.now() - started < 500)
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
  assert.match(loss.message, 'our lock was taken over by ben')
  assert.is(loss.exitCode, 5)
  await lock.release()
  assert.is((await live())!.spec.holderIdentity, 'ben')
})

it('is lost to a run of the same name', async () => {
  await remove()
  const lock = await take({ holder: 'root@container pid 1' })
  await change(({ spec }) => ({ spec: { ...spec, leaseTransitions: 1 } }))
  assert.match((await lossOf(lock)).message, 'taken over by root@container pid 1')
})

it('is lost when it is deleted', async () => {
  await remove()
  const lock = await take()
  await remove()
  assert.match((await lossOf(lock)).message, 'our lock was taken away')
  assert.is(await live(), undefined)
})

it('is not lost when somebody only touches it', async () => {
  await remove()
  const lock = await take()
  await change(({ metadata }) => ({ metadata: { ...metadata, annotations: { note: 'hello' } } }))
  await sleep(1500)
  assert.is(lock.lost.aborted, false)
  await lock.release()
  const { metadata, spec } = (await live())!
  assert.equal([metadata.annotations, spec.holderIdentity], [{ note: 'hello' }, undefined])
})

it('is lost, before others may take it, when the API server is away', async () => {
  await remove()
  const lock = await take({ durationSeconds: 3 })
  const started = performance.now()
  await api.halt()
  try {
    const loss = await lossOf(lock)
    assert.ok(performance.now() - started < 3000)
    assert.match(loss.message, 'could not be renewed for 2 s')
    await lock.release()
  } finally {
    await api.resume()
  }
})

it.run()
