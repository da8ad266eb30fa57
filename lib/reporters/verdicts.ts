import type { Verdict } from '../check/check.ts'
import type { Counts, Effort, GoalVerdict } from '../check/report.ts'

/** Verdicts as people read them, the worst first. */
export const VERDICTS: Record<Verdict, string> = {
  fail: 'fail',
  unknown: 'cannot tell',
  notice: 'notice',
  gap: 'known gap',
  untested: 'not tested',
  pass: 'pass',
}

/** Whether a goal holds, in words: what an isolation does not promise is not said to hold. */
export const goalInWords = (verdict: GoalVerdict, isolation: string): string =>
  ({
    holds: 'holds',
    'in-part': `holds only as far as isolation ${isolation} promises`,
    unknown: 'cannot tell',
    fails: 'does NOT hold',
  })[verdict]

/** The colour of a goal on a page. */
export const GOAL_TONES: Record<GoalVerdict, Verdict> = {
  holds: 'pass',
  'in-part': 'gap',
  unknown: 'unknown',
  fails: 'fail',
}

/** `12 pass, 3 known gap`. */
export const countsInWords = (counts: Counts): string =>
  (Object.keys(VERDICTS) as Verdict[])
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${VERDICTS[verdict]}`)
    .join(', ')

/** What it took. */
export const effortInWords = ({ seconds, computed, reviews, attempts, traffic }: Effort): string =>
  `Finished in ${seconds.toFixed(1)} s: ${computed.toLocaleString('en')} rights computed, ${reviews.toLocaleString('en')} asked for, ${attempts.toLocaleString('en')} requests tried and none stored; ${traffic.execs} SSH execs and ${traffic.requests.toLocaleString('en')} API requests`
