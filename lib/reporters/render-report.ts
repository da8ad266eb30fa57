import type { Verdict } from '../check/check.ts'
import { type Counts, type GoalReport, type Report, type Said, together } from '../check/report.ts'
import { printable } from '../printable.ts'
import { paint } from './render.ts'

const WORDS: Record<Verdict, string> = {
  pass: 'pass',
  fail: 'FAIL',
  unknown: 'cannot tell',
  gap: 'known gap',
  untested: 'not tested',
}

const STYLES = { pass: 'green', fail: 'red', unknown: 'red', gap: 'yellow', untested: 'dim' } as const

/** What a run of checks came to: the five goals first, then everything that does not simply hold. */
export const renderReport = (report: Report, { verbose }: { verbose: boolean }): string[] => {
  const { goals, effort } = report
  const { seconds, computed, reviews, attempts } = effort
  return [
    '',
    ...goals.map(goalLine),
    ...goals.flatMap((goal) => details(goal, verbose)),
    '',
    `Finished in ${seconds.toFixed(1)} s: ${computed.toLocaleString('en')} rights computed, ${reviews} asked for, ${attempts} requests tried and none stored, ${effort.traffic.execs} SSH execs and ${effort.traffic.requests} API requests`,
  ]
}

const verdictOf = ({ fail, unknown }: Counts): string => {
  if (fail > 0) return paint('red', 'does NOT hold')
  return unknown > 0 ? paint('red', 'cannot tell') : paint('green', 'holds')
}

const goalLine = ({ goal, title, counts }: GoalReport): string => {
  const parts = (['pass', 'fail', 'unknown', 'gap', 'untested'] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${WORDS[verdict].toLowerCase()}`)
  return `Goal ${goal}  ${title}: ${verdictOf(counts)} (${parts.join(', ')})`
}

const details = ({ goal, title, found }: GoalReport, verbose: boolean): string[] => {
  const shown = together(found).filter(({ verdict }) => verbose || verdict !== 'pass')
  if (shown.length === 0) return []
  return ['', paint('bold', `Goal ${goal}  ${title}`), ...shown.flatMap(saidLines)]
}

const saidLines = ({ check, verdict, subjects, says, things, repair }: Said): string[] => [
  `  ${paint(STYLES[verdict], `${WORDS[verdict].padEnd(11)}  ${check.id.padEnd(3)}  ${printable(listed(subjects))}: ${printable(things.length === 0 ? says : `${says}: ${listed(things)}`)}`)}`,
  ...(repair === undefined ? [] : [`      → ${printable(repair)}`]),
]

const SHOWN = 4

const listed = (subjects: readonly string[]): string =>
  subjects.length > SHOWN + 1
    ? `${subjects.slice(0, SHOWN).join(', ')} and ${subjects.length - SHOWN} more`
    : subjects.join(', ')
