import type { Verdict } from '../audit/check.ts'
import { isAdvice, type Repair, wordsOfRepair } from '../audit/repair.ts'
import type { GoalVerdict, Line, VerdictCounts } from '../audit/report.ts'
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

/** Whether what to do is words to read; what is to be copied is commands, and what is to be tried by hand. */
export const isProse = ({ repair, verdict }: Pick<Line, 'repair' | 'verdict'>): boolean =>
  repair !== undefined && isAdvice(repair) && verdict !== 'untested'

/** `12 pass, 3 known gap`. */
export const countsInWords = (counts: VerdictCounts, words: VerifyMessages): string =>
  VERDICTS.filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${words.verdicts[verdict]}`)
    .join(words.comma)

/** What mends everything: first what is run, then what takes a person, each under its heading. */
export const repairsBy = (
  words: VerifyMessages,
  all: readonly Repair[],
): { heading: string; repairs: readonly string[]; prose?: true }[] => {
  const [commands, advice] = [all.filter((one) => !isAdvice(one)), all.filter(isAdvice)]
  return [
    { heading: words.repairs(commands.length, advice.length > 0), repairs: commands.map(wordsOfRepair) },
    { heading: words.byHand(advice.length), repairs: advice.map(wordsOfRepair), prose: true as const },
  ].filter(({ repairs }) => repairs.length > 0)
}
