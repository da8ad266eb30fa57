import type { Verdict } from '../audit/check.ts'
import { isAdvice, type Repair, stepsOf } from '../audit/repair.ts'
import { type GoalVerdict, type Mend, mendsOf, type Report, type VerdictCounts } from '../audit/report.ts'
import type { VerifyMessages } from './audit-messages.ts'

/** The worst first. */
export const VERDICTS: readonly Verdict[] = ['fail', 'unknown', 'notice', 'gap', 'untested', 'pass']

/** The colour of a goal: that of a verdict. */
export const GOAL_TONES: Record<GoalVerdict, Verdict> = {
  holds: 'pass',
  'in-part': 'gap',
  unknown: 'unknown',
  fails: 'fail',
}

/** What is shown of a step: words, a command that runs as it stands, or both, where the words say on which machine. */
export interface ShownStep {
  words?: string
  command?: string
}

/** What to do about something that was found on these machines. */
export const shownSteps = (
  repair: Repair | undefined,
  { words, file, hosts }: { words: VerifyMessages; file: string; hosts: readonly string[] },
): ShownStep[] =>
  stepsOf(repair, file).map((step) => {
    if ('words' in step) return step
    const { command, on } = step
    return on === 'here' ? { command } : { words: words.asRoot(listed(hosts, words)), command }
  })

const MOST = 4

/** The first few, and how many more. */
export const listed = (items: readonly string[], words: VerifyMessages): string =>
  items.length > MOST + 1
    ? `${items.slice(0, MOST).join(', ')}${words.more(items.length - MOST)}`
    : items.join(', ')

/** `12 pass, 3 known gap`. */
export const countsInWords = (counts: VerdictCounts, words: VerifyMessages): string =>
  VERDICTS.filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${words.verdicts[verdict]}`)
    .join(words.comma)

/** What mends everything: first what is run, then what takes a person, each under its heading. */
export const repairsBy = (
  words: VerifyMessages,
  { goals, file }: Pick<Report, 'goals' | 'file'>,
): { heading: string; steps: readonly ShownStep[] }[] => {
  const mends = mendsOf(goals)
  const shown = (all: readonly Mend[]): ShownStep[] =>
    all.flatMap(({ repair, hosts }) => shownSteps(repair, { words, file, hosts }))
  const { commands = [], advice = [] } = Object.groupBy(mends, ({ repair }) =>
    isAdvice(repair) ? 'advice' : 'commands',
  )
  return [
    { heading: words.repairs(commands.length, advice.length > 0), steps: shown(commands) },
    { heading: words.byHand(advice.length), steps: shown(advice) },
  ].filter(({ steps }) => steps.length > 0)
}
