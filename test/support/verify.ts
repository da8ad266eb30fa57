import * as assert from 'uvu/assert'
import { wordsOfRepair } from '../../lib/audit/repair.ts'
import type { Report, Said, Single } from '../../lib/audit/report.ts'
import { together } from '../../lib/audit/report.ts'
import { has } from './lines.ts'
import { runText } from './playbook.ts'

export interface Verified {
  code: number
  stdout: string
  report: Report
  /** What does not simply hold, by verdict. */
  failures: Said[]
  unknown: Said[]
  gaps: Said[]
}

/** What a line of JSON tells of the checks. There each finding is about one subject. */
export const reportIn = (line: string): Report => {
  const { report } = JSON.parse(line) as { report: Report }
  const goals = report.goals.map((goal) => ({
    ...goal,
    found: (goal.found as unknown as Single[]).map(({ subject, ...one }) => ({
      ...one,
      subjects: [subject],
    })),
  }))
  return { ...report, goals }
}

/** Runs verify as its own process, as a person does, and reads what it tells as JSON. */
export const verify = async (inventory: string, ...flags: string[]): Promise<Verified> => {
  const { code, stdout, stderr } = await runText('verify', inventory, '--output', 'json', ...flags)
  const line = stdout.split('\n').findLast((one) => one.startsWith('{') && one.includes('"type":"report"'))
  assert.ok(line, `${stderr}${stdout}`)
  const report = reportIn(line)
  const said = together(report.goals.flatMap(({ found }) => found))
  const of = (verdict: string): Said[] => said.filter((one) => one.verdict === verdict)
  return { code, stdout, report, failures: of('fail'), unknown: of('unknown'), gaps: of('gap') }
}

/** A failure in a line, for assertions. */
export const wordsOf = ({ check, subjects, says, things, repair }: Said): string =>
  `${check.id} ${subjects.join(', ')}: ${says}: ${things.join(', ')} → ${wordsOfRepair(repair)}`

/** Fails unless each of these is among the failures, and nothing is left untold. */
export const assertFails = ({ code, failures, unknown }: Verified, patterns: readonly RegExp[]): void => {
  for (const pattern of patterns) has(failures.map(wordsOf), pattern)
  assert.equal(unknown.map(wordsOf), [])
  assert.is(code, 1)
}

/** Fails unless each of these tells one of the failures, and nothing else fails or is left untold. */
export const assertFailsOnly = (verified: Verified, patterns: readonly RegExp[]): void => {
  assertFails(verified, patterns)
  const lines = verified.failures.map(wordsOf)
  const told = patterns.map((pattern) => lines.filter((line) => pattern.test(line)).length)
  assert.equal(
    told,
    patterns.map(() => 1),
    lines.join('\n'),
  )
  assert.is(lines.length, patterns.length, lines.join('\n'))
}

/** Fails unless nothing fails and nothing is left untold. */
export const assertClean = ({ code, failures, unknown }: Verified): void => {
  assert.equal([...failures, ...unknown].map(wordsOf), [])
  assert.is(code, 0)
}
