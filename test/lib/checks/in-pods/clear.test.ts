import * as assert from 'uvu/assert'
import { AutomationError, asAutomationError } from '../../../../lib/base/errors.ts'
import { clearOurs } from '../../../../lib/checks/in-pods/clear.ts'
import type { KubeConnection } from '../../../../lib/connect/connection.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('clearing away pods')

const AWAY = new AutomationError({ code: 'unreachable', message: 'is away' })
const POD = { metadata: { name: 'verify-pods-a-bob-chief-0', namespace: 'dev1', uid: '1' } }
const JOB = {
  metadata: { name: 'verify-pods-a-bob', namespace: 'dev1', uid: '2', labels: { 'verify-trial': 'f00d' } },
}
const BOB = { kind: 'tf' as const, name: 'verify-pods-a-bob', namespace: 'dev1' }

/** What clearing comes to, where each look at pods, and at the job, sees one of these; time is up after the last. */
const cleared = async ({
  pods,
  jobs = [undefined],
}: {
  pods: (object[] | Error)[]
  jobs?: (object | undefined)[]
}) => {
  const time = new AbortController()
  const removed: string[] = []
  const next = <T>(all: (T | Error)[]): T => {
    const seen = all.length > 1 ? all.shift()! : all[0]!
    if (seen instanceof Error) throw seen
    return seen
  }
  const cluster = {
    read: async (path: string) => {
      if (path.includes('/tfjobs?')) return { items: [] }
      if (path.includes('/tfjobs/')) {
        if (jobs.length === 1 && jobs[0] !== undefined) time.abort()
        return next(jobs)
      }
      if (!path.startsWith('/api/v1/pods?')) return undefined
      if (pods.length === 1) time.abort()
      return { items: next(pods) }
    },
    remove: async ({ name }: { name: string }) => void removed.push(name),
  } as unknown as KubeConnection
  try {
    await clearOurs([BOB], cluster, time.signal)
    return removed
  } catch (error) {
    const { code, subject } = asAutomationError(error)
    return { code, subject }
  }
}

it('waits until they are gone', async () => assert.equal(await cleared({ pods: [[POD], []] }), []))

it('waits for a pod that is called as no pod of its job should be', async () => {
  const odd = { metadata: { ...POD.metadata, name: 'verify-pods-a-bob-chief-0-again' } }
  assert.equal(await cleared({ pods: [[odd]] }), {
    code: 'not-converged',
    subject: 'dev1/verify-pods-a-bob-chief-0-again',
  })
})

it('deletes a job of a trial, and no other one of its name', async () => {
  const own = { metadata: { name: 'verify-pods-a-bob', namespace: 'dev1', uid: '4' } }
  const gone = { pods: [[]] }
  assert.equal(await cleared({ ...gone, jobs: [JOB, JOB, undefined] }), ['verify-pods-a-bob'])
  assert.equal(await cleared({ ...gone, jobs: [own, own, undefined] }), [])
})

it('names those that stay, each with its namespace', async () => {
  const tom = { metadata: { name: 'verify-pods-b-tom-chief-0', namespace: 'dev2', uid: '3' } }
  assert.equal(await cleared({ pods: [[POD, tom]] }), {
    code: 'not-converged',
    subject: 'dev1/verify-pods-a-bob-chief-0, dev2/verify-pods-b-tom-chief-0',
  })
})

it('names a job that stays', async () =>
  assert.equal(await cleared({ pods: [[]], jobs: [JOB] }), {
    code: 'not-converged',
    subject: 'TFJob dev1/verify-pods-a-bob',
  }))

it('knows nothing of what stays in a cluster that is away', async () =>
  assert.equal(await cleared({ pods: [[POD], AWAY] }), { code: 'unreachable', subject: undefined }))

it.run()
