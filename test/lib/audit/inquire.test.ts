import * as assert from 'uvu/assert'
import type { Check, Finding, Trial } from '../../../lib/audit/check.ts'
import type { Scene } from '../../../lib/audit/facts.ts'
import { inquire } from '../../../lib/audit/inquire.ts'
import type { Attempt } from '../../../lib/audit/question.ts'
import { fail, pass } from '../../../lib/audit/verdicts.ts'
import type { Inquiry, KubeConnection, Reply } from '../../../lib/connect/connection.ts'
import { ADMISSION_POLICY } from '../../../lib/kube/object.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inquire')

const dryRun = (name: string): Attempt => ({
  as: { kind: 'admin' },
  do: 'create',
  create: { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'dev1' } },
  plural: 'pods',
})

const read: Attempt = { as: { kind: 'admin' }, do: 'read', read: '/apis' }

/** Fails for what is taken. */
const trialOf = (attempt: Attempt, about: string): Trial => ({
  ask: 'attempt',
  attempt,
  judge: ({ taken }) => (taken ? fail(about, 'is taken') : pass(about, 'is refused')),
})

/** Fails for what is refused. */
const wantedTaken = (attempt: Attempt, about: string): Trial => ({
  ask: 'attempt',
  attempt,
  judge: ({ taken }) => (taken ? pass(about, 'is taken') : fail(about, 'is refused')),
})

const checkOf = (...trials: (Trial | Finding)[]): Check => ({
  id: 'B3',
  goal: 3,
  title: '',
  trials: () => trials,
})

type Said = number | string

/** What the API server says where a policy of this name refuses. */
const refusedBy = (policy: string): string =>
  `pods "x" is forbidden: ValidatingAdmissionPolicy '${policy}' with binding 'b' denied request: no`

/**
 * What is found where each thing is answered with these statuses, or refused by policies of these names, one after the
 * other, and the last one ever after. The API has the policy `there`.
 */
const inquired = async (check: Check, says: Readonly<Record<string, Said[]>>, signal?: AbortSignal) => {
  const asked: string[] = []
  const began = performance.now()
  const connection: Partial<KubeConnection> = {
    async inquire({ body, path }: Inquiry): Promise<Reply> {
      const key = (body as { metadata?: { name: string } } | undefined)?.metadata?.name ?? path
      asked.push(key)
      const left = says[key]!
      const next = left.length > 1 ? left.shift()! : left[0]!
      return typeof next === 'number'
        ? { status: next, body: {} }
        : { status: 422, body: { message: refusedBy(next) } }
    },
  }
  const scene: Partial<Scene> = {
    hosts: ['client01'],
    items: (kind) =>
      kind === ADMISSION_POLICY ? [{ apiVersion: '', kind: '', metadata: { name: 'there' } }] : [],
  }
  const progress: number[][] = []
  const { found, attempts } = await inquire(scene as Scene, {
    checks: [check],
    connection: connection as KubeConnection,
    emit: (event) => event.type === 'asking' && progress.push([event.asked, event.of]),
    signal: signal ?? new AbortController().signal,
  })
  return {
    verdicts: found.map(({ subjects, verdict }) => [...subjects, verdict].join(' ')),
    asked,
    attempts,
    last: progress.at(-1),
    seconds: (performance.now() - began) / 1000,
  }
}

it('tries once more what a policy refused that is gone, for or against, and nothing else', async () => {
  const check = checkOf(
    trialOf(dryRun('late'), 'ann'),
    trialOf(dryRun('kept'), 'ben'),
    trialOf(dryRun('held'), 'cleo'),
    trialOf(dryRun('refused'), 'dan'),
    trialOf(dryRun('good'), 'eve'),
    trialOf(read, 'fay'),
    wantedTaken(dryRun('late'), 'gil'),
    fail('hal', 'has no account'),
  )
  const { verdicts, asked, attempts, last, seconds } = await inquired(check, {
    late: ['gone', 201],
    kept: ['gone'],
    held: ['there'],
    refused: ['x.static.k8s.io'],
    good: [201],
    '/apis': [403],
  })
  assert.equal(verdicts, [
    'ann fail',
    'ben pass',
    'cleo pass',
    'dan pass',
    'eve fail',
    'fay pass',
    'gil pass',
    'hal fail',
  ])
  assert.equal(asked.toSorted(), ['/apis', 'good', 'held', 'kept', 'kept', 'late', 'late', 'refused'])
  assert.equal([attempts, last], [8, [8, 8]])
  assert.ok(seconds >= 1.9, `${seconds} s`)
})

it('waits for nothing where no such policy refuses', async () => {
  const check = checkOf(trialOf(dryRun('held'), 'ann'), trialOf(dryRun('good'), 'ben'))
  const { verdicts, asked, seconds } = await inquired(check, { held: ['there'], good: [201] })
  assert.equal(verdicts, ['ann pass', 'ben fail'])
  assert.equal(asked, ['held', 'good'])
  assert.ok(seconds < 1, `${seconds} s`)
})

it('says what it has where a person wants no more while it waits', async () => {
  const check = checkOf(wantedTaken(dryRun('late'), 'ann'))
  const { verdicts, asked, seconds } = await inquired(
    check,
    { late: ['gone', 201] },
    AbortSignal.timeout(200),
  )
  assert.equal([verdicts, asked], [['ann fail'], ['late']])
  assert.ok(seconds < 1, `${seconds} s`)
})

it.run()
