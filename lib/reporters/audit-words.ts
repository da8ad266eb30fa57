import type { Verdict } from '../audit/check.ts'
import { isAdvice, type Repair, stepsOf, wordsOfRepair } from '../audit/repair.ts'
import { type GoalVerdict, hostsOf, type Report, type VerdictCounts } from '../audit/report.ts'
import type { VerifyMessages } from './audit-messages.ts'

/** The worst first. */
export const VERDICTS: readonly Verdict[] = ['fail', 'unknown', 'notice', 'gap', 'untested', 'pass']

/** The colour of a goal on a page. */
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
  { repairs, goals, file }: Pick<Report, 'repairs' | 'goals' | 'file'>,
): { heading: string; steps: readonly ShownStep[] }[] => {
  const failed = goals.flatMap(({ found }) => found).filter(({ verdict }) => verdict === 'fail')
  const byWords = Map.groupBy(failed, ({ repair }) => wordsOfRepair(repair))
  const shown = (all: readonly Repair[]): ShownStep[] =>
    withoutRepeats(
      all.map((repair) => {
        const hosts = hostsOf(byWords.get(wordsOfRepair(repair)) ?? [])
        return shownSteps(repair, { words, file, hosts })
      }),
    )
  const [commands, advice] = [repairs.filter((one) => !isAdvice(one)), repairs.filter(isAdvice)]
  return [
    { heading: words.repairs(commands.length, advice.length > 0), steps: shown(commands) },
    { heading: words.byHand(advice.length), steps: shown(advice) },
  ].filter(({ steps }) => steps.length > 0)
}

/** All steps; one with which several repairs end, such as new tokens, comes once, after what they begin with. */
const withoutRepeats = (repairs: readonly (readonly ShownStep[])[]): ShownStep[] => {
  const isSame = (one: ShownStep, other: ShownStep): boolean =>
    one.words === other.words && one.command === other.command
  return repairs.flatMap((steps, at) => {
    const last = steps.at(-1)
    const again =
      last !== undefined &&
      repairs
        .slice(at + 1)
        .flat()
        .some((one) => isSame(one, last))
    return again ? steps.slice(0, -1) : steps
  })
}
