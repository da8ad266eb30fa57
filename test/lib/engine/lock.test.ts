import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { connectKube } from '../../../lib/connect/kube/api.ts'
import { acquireLock } from '../../../lib/engine/lock.ts'
import { answer } from '../../support/apiserver.ts'
import { suite } from '../../support/suite.ts'

const it = suite('lock that is kept', { seconds: 30 })
const { signal } = new AbortController()

it('is told as lost well before others may take it, also when the last renewal is never answered', async () => {
  let given: number | undefined
  const site = await answer(async (request, response) => {
    const said = Buffer.concat(await Array.fromAsync(request)).toString()
    response.setHeader('content-type', 'application/json')
    if (given === undefined) {
      given = performance.now()
      const lease = JSON.parse(said)
      response.end(
        JSON.stringify({ ...lease, metadata: { ...lease.metadata, uid: 'u', resourceVersion: '1' } }),
      )
    } else if (performance.now() - given < 2900) response.writeHead(403).end('{"kind":"Status"}')
  })
  const { kubeconfig } = site
  const cluster = await connectKube({ kubeconfig, context: 'sandbox' }, { signal, timeoutMs: 30_000 })
  try {
    const seen = { lease: undefined, at: performance.now() }
    const lock = await acquireLock(cluster, seen, { signal, holder: 'ann', durationSeconds: 4.5 })
    assert.ok(lock !== 'moved')
    while (!lock.lost.aborted) await sleep(5)
    const seconds = (performance.now() - given!) / 1000
    assert.is(lock.lost.reason.code, 'lock-lost')
    assert.ok(seconds < 4.2, `lost after ${seconds} s of 4.5`)
  } finally {
    await cluster.close()
    await site.close()
  }
})

it.run()
