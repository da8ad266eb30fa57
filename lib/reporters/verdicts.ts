import type { Verdict } from '../check/check.ts'
import type { Counts, Effort } from '../check/report.ts'

/** Verdicts as people read them, the worst first. */
export const VERDICTS: Record<Verdict, string> = {
  fail: 'fail',
  unknown: 'cannot tell',
  notice: 'notice',
  gap: 'known gap',
  untested: 'not tested',
  pass: 'pass',
}

/** Whether a goal holds: gaps are known and what is not tested is said, so neither breaks it. */
export const goalVerdict = ({ fail, unknown }: Counts): { tone: Verdict; words: string } => {
  if (fail > 0) return { tone: 'fail', words: 'does NOT hold' }
  return unknown > 0 ? { tone: 'unknown', words: 'cannot tell' } : { tone: 'pass', words: 'holds' }
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
