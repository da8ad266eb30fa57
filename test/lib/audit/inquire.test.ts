import * as assert from 'uvu/assert'
import type { Check, Finding, Trial } from '../../../lib/audit/check.ts'
import type { Scene } from '../../../lib/audit/facts.ts'
import { inquire } from '../../../lib/audit/inquire.ts'
import type { Attempt } from '../../../lib/audit/question.ts'
import { fail, pass } from '../../../lib/audit/verdicts.ts'
import type { Inquiry, KubeConnection, Reply } from '../../../lib/connect/connection.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inquire')

const dryRun = (name: string): Attempt => ({
  as: { kind: 'admin' },
  do: 'create',
  create: { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'dev1' } },
  plural: 'pods',
})

const read: Attempt = { as: { kind: 'admin' }, do: 'read', read: '/apis' }

/** Fails for what is refused. */
const trialOf = (attempt: Attempt, about: string): Trial => ({
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

/** What is found where each path is answered with these statuses, one after the other, and the last one ever after. */
const inquired = async (check: Check, statuses: Readonly<Record<string, number[]>>, signal?: AbortSignal) => {
  const asked: string[] = []
  const began = performance.now()
  const connection: Partial<KubeConnection> = {
    async inquire({ body, path }: Inquiry): Promise<Reply> {
      const key = (body as { metadata?: { name: string } } | undefined)?.metadata?.name ?? path
      asked.push(key)
      const left = statuses[key]!
      return { status: left.length > 1 ? left.shift()! : left[0]!, body: {} }
    },
  }
  const progress: number[][] = []
  const { found, attempts } = await inquire({ hosts: ['client01'] } as Partial<Scene> as Scene, {
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

it('makes dry runs that fail once more, as a policy is taken up late, and nothing else', async () => {
  const check = checkOf(
    trialOf(dryRun('stale'), 'ann'),
    trialOf(dryRun('wrong'), 'ben'),
    trialOf(dryRun('good'), 'cleo'),
    trialOf(read, 'dan'),
    fail('eve', 'has no account'),
  )
  const { verdicts, asked, attempts, last, seconds } = await inquired(check, {
    stale: [403, 201],
    wrong: [403],
    good: [201],
    '/apis': [403],
  })
  assert.equal(verdicts, ['ann pass', 'ben fail', 'cleo pass', 'dan fail', 'eve fail'])
  assert.equal(asked.toSorted(), ['/apis', 'good', 'stale', 'stale', 'wrong', 'wrong'])
  assert.equal([attempts, last], [6, [6, 6]])
  assert.ok(seconds >= 1.9, `${seconds} s`)
})

it('waits for nothing where no dry run fails', async () => {
  const { verdicts, seconds } = await inquired(checkOf(trialOf(dryRun('good'), 'ann')), { good: [201] })
  assert.equal(verdicts, ['ann pass'])
  assert.ok(seconds < 1, `${seconds} s`)
})

it('says what it has where a person wants no more while it waits', async () => {
  const { verdicts, asked, seconds } = await inquired(
    checkOf(trialOf(dryRun('wrong'), 'ann')),
    { wrong: [403] },
    AbortSignal.timeout(200),
  )
  assert.equal([verdicts, asked], [['ann fail'], ['wrong']])
  assert.ok(seconds < 1, `${seconds} s`)
})

it.run()
