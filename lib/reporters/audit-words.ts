import type { Verdict } from '../audit/check.ts'
import type { Counts, GoalVerdict } from '../audit/report.ts'
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

/** `12 pass, 3 known gap`. */
export const countsInWords = (counts: Counts, words: VerifyMessages): string =>
  VERDICTS.filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${words.verdicts[verdict]}`)
    .join(', ')
