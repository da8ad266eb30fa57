import { worstExit } from '../errors.ts'
import type { Traffic } from '../observe.ts'
import { type Check, type Finding, GOALS, type Goal, type Verdict } from './check.ts'
import type { AccessTable, QuotaUse } from './standing.ts'

/** A finding with what it is a finding of. */
export interface Found extends Finding {
  check: Pick<Check, 'id' | 'goal' | 'title'>
}

/** How often each verdict was reached. */
export type Counts = Record<Verdict, number>

/** How much was looked at. */
export interface Effort {
  seconds: number
  traffic: Traffic
  /** Rights of users that were computed. */
  computed: number
  /** SubjectAccessReviews, and requests that stored nothing. */
  reviews: number
  attempts: number
}

/** What a run of checks came to. */
export interface Report {
  inventory: string
  isolation: string
  /** When it was made, in ISO 8601. */
  at: string
  goals: readonly GoalReport[]
  /** Absent where the cluster could not be read. */
  access?: AccessTable
  quotas?: readonly QuotaUse[]
  effort: Effort
  exitCode: number
}

export interface GoalReport {
  goal: Goal
  title: string
  counts: Counts
  /** In the order of the checks. */
  found: readonly Found[]
}

/** The findings by goal; exit status 1 when one fails, 3 when one cannot be told, 70 when that is our fault. */
export const reportOf = (
  all: readonly Found[],
  about: Omit<Report, 'at' | 'goals' | 'exitCode'>,
  also: readonly number[] = [],
): Report => {
  const found = decided(all)
  const byGoal = Map.groupBy(found, ({ check }) => check.goal)
  const goals = (Object.keys(GOALS).map(Number) as Goal[])
    .filter((goal) => byGoal.has(goal))
    .map((goal) => ({
      goal,
      title: GOALS[goal],
      counts: countsOf(byGoal.get(goal)!),
      found: byGoal.get(goal)!,
    }))
  const exits = found.map(({ verdict, bug }) =>
    bug ? 70 : verdict === 'fail' ? 1 : verdict === 'unknown' ? 3 : 0,
  )
  return { ...about, at: new Date().toISOString(), goals, exitCode: worstExit([...exits, ...also]) }
}

/** Each finding once; that a part of a check passed is no news about a subject for which the rest did not. */
const decided = (all: readonly Found[]): Found[] => {
  const about = ({ check, subject, thing }: Found, part = thing): string =>
    [check.id, subject, part ?? ''].join('\n')
  const once = new Map(all.map((one) => [[about(one), one.verdict, one.says].join('\n'), one]))
  const found = [...once.values()]
  const bad = found.filter(({ verdict }) => verdict !== 'pass')
  const worse = new Set(bad.flatMap((one) => [about(one), about(one, '')]))
  return found.filter((one) => one.verdict !== 'pass' || !worse.has(about(one)))
}

/** How often each verdict is among findings. */
export const countsOf = (found: readonly Finding[]): Counts => {
  const counts: Counts = { pass: 0, fail: 0, unknown: 0, notice: 0, gap: 0, untested: 0 }
  for (const { verdict } of found) counts[verdict]++
  return counts
}

/** Findings that say the same about several subjects and things. */
export interface Said extends Omit<Found, 'subject' | 'thing'> {
  subjects: readonly string[]
  things: readonly string[]
}

/** Equal words once, with all that they are about. */
export const together = (found: readonly Found[]): Said[] =>
  [
    ...Map.groupBy(found, ({ check, verdict, says, repair }) =>
      [check.id, verdict, says, repair ?? ''].join('\n'),
    ).values(),
  ].map((same) => {
    const { subject: _, thing: __, ...said } = same[0]!
    return {
      ...said,
      subjects: [...new Set(same.map(({ subject }) => subject))],
      things: [...new Set(same.flatMap(({ thing }) => thing ?? []))],
    }
  })
