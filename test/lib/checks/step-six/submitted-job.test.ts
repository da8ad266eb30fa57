import * as assert from 'uvu/assert'
import { AutomationError, asAutomationError } from '../../../../lib/base/errors.ts'
import { comesBack, refusedBecause } from '../../../../lib/checks/step-six/submitted-job.ts'
import type { KubeConnection } from '../../../../lib/connect/connection.ts'
import { apiError } from '../../../support/memory-cluster.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('submitted job')

const AWAY = new AutomationError({ code: 'unreachable', message: 'is away' })

/** Fails with each of these in turn, then answers how often it was asked. */
const after = (...failures: readonly AutomationError[]) => {
  const left = [...failures]
  let asked = 0
  return async (): Promise<number> => {
    asked += 1
    const failure = left.shift()
    if (failure !== undefined) throw failure
    return asked
  }
}

const answered = (ask: () => Promise<number>): Promise<number | { status: number | undefined }> =>
  comesBack(new AbortController().signal, ask, { waitsMs: 0 }).catch((error: unknown) => ({
    status: asAutomationError(error).status,
  }))

const many = (status: number, count: number): AutomationError[] =>
  Array.from({ length: count }, () => apiError(status, 'pods'))

it('a cluster that is away is asked until it answers', async () =>
  assert.is(await answered(after(...Array.from({ length: 100 }, () => AWAY))), 101))

it('a server that has just started and still refuses is asked again, however often it starts', async () => {
  assert.is(await answered(after(AWAY, apiError(401, 'pods'), apiError(403, 'pods'))), 4)
  assert.is(await answered(after(...many(403, 20), AWAY, ...many(401, 20))), 42)
})

it('what is refused for good is told', async () => {
  assert.equal(await answered(after(...many(403, 31))), { status: 403 })
  assert.equal(await answered(after(apiError(404, 'pods'))), { status: 404 })
})

/** What is said of a job of which these things were told. */
const whyOf = (...events: object[]): Promise<string | undefined> =>
  refusedBecause(
    { kind: 'tf', namespace: 'dev1', name: 'job' },
    {
      cluster: {
        read: async (path: string) =>
          path.includes('/events?')
            ? { items: events.map((event) => ({ metadata: { name: 'a' }, ...event })) }
            : { metadata: { namespace: 'dev1', uid: '1' } },
      } as unknown as KubeConnection,
      signal: new AbortController().signal,
    },
  )

it('what keeps a job from its pod is told in the words of the cluster, a quota first', async () => {
  const refused = {
    type: 'Warning',
    reason: 'FailedCreatePod',
    message: 'pods "a" is forbidden: maximum cpu',
  }
  const full = {
    type: 'Warning',
    reason: 'FailedCreatePod',
    message: 'forbidden: exceeded quota: pods, used: 1',
  }
  const normal = { type: 'Normal', reason: 'SuccessfulCreateService', message: 'made' }
  assert.is(await whyOf(), undefined)
  assert.is(await whyOf(normal), undefined)
  assert.is(await whyOf(refused, normal), 'FailedCreatePod: pods "a" is forbidden: maximum cpu')
  assert.is(await whyOf(full, refused), 'exceeded quota: pods, used: 1')
})

it.run()
