import type { Verdict } from '../check/check.ts'
import type { VerifyMessages } from '../check/messages.ts'
import type { Counts, GoalVerdict } from '../check/report.ts'

/** The worst first. */
export const VERDICTS: readonly Verdict[] = ['fail', 'unknown', 'notice', 'gap', 'untested', 'pass']

/** The colour of a goal on a page. */
export const GOAL_TONES: Record<GoalVerdict, Verdict> = {
  holds: 'pass',
  'in-part': 'gap',
  unknown: 'unknown',
  fails: 'fail',
}

/** `12 pass, 3 known gap`. */
export const countsInWords = (counts: Counts, words: VerifyMessages): string =>
  VERDICTS.filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${words.verdicts[verdict]}`)
    .join(', ')
