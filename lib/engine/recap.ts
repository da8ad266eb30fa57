import { defined } from '../base/defined.ts'
import { type AutomationError, worstExit } from '../base/errors.ts'
import { inShort } from '../base/printable.ts'
import type { Traffic } from '../connect/connection.ts'
import type { Lifetime } from '../kube/bound-token.ts'
import type { Mode, Outcome } from './outcome.ts'
import { type Action, isChange, LACKS, type Leftover, type Plan } from './plan.ts'

/** Ansible's five numbers for one target. */
export interface Counts {
  ok: number
  changed: number
  failed: number
  skipped: number
  unreachable: number
}

export interface Recap {
  mode: Mode
  targets: ReadonlyMap<string, Counts>
  /** What did not become as wanted, in the order of the plan. */
  problems: readonly { action: Action; outcome: Outcome }[]
  leftovers: readonly Leftover[]
  warnings: readonly string[]
  /** Of the tokens that expire. */
  tokens?: Tokens
  /** What ended the run before it was done, or left it open whether another was at work beside it. */
  brokenOff?: AutomationError
  seconds: number
  traffic: Traffic
  exitCode: number
}

/** How many users have a token that expires, and whose is the first to do so. */
export interface Tokens {
  users: number
  soonest: { user: string; until: number; days: number }
}

export interface RecapInput extends Pick<Recap, 'mode' | 'warnings' | 'brokenOff' | 'seconds' | 'traffic'> {
  plan: Plan
  /** Empty under `--check`. */
  outcomes: ReadonlyMap<string, Outcome>
  /** Targets of the run, also those about which nothing was planned. */
  targets: readonly string[]
  /** When the run began, in seconds since 1970. */
  now: number
  /** Of the tokens that this run was given, by user. */
  issued: ReadonlyMap<string, Lifetime>
  /** Exit statuses of what else happened around the changes: Ctrl-C. */
  also: readonly number[]
}

/** What a run came to, per target, and its exit status. */
export const recap = ({
  mode,
  plan,
  outcomes,
  targets,
  warnings,
  now,
  issued,
  seconds,
  traffic,
  brokenOff,
  also,
}: RecapInput): Recap => {
  const counts = new Map(
    targets.map((name) => [name, { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 }]),
  )
  const problems: { action: Action; outcome: Outcome }[] = []
  const codes = [...also, ...(brokenOff ? [brokenOff.exitCode] : [])]
  for (const action of plan.actions) {
    const outcome = outcomes.get(action.key) ?? foreseen(action, mode)
    counts.get(action.on.name)![columnOf(action, outcome)]++
    codes.push(exitOf(action, outcome, mode))
    if (outcome.state !== 'done') problems.push({ action, outcome })
  }
  const lifetimes = lifetimesOf(plan, issued)
  const tokens = tokensOf(lifetimes, now)
  const leftovers = plan.leftovers.filter(({ access }) => access !== undefined)
  // A plan without changes is not in sync while somebody has what the inventory does not say.
  if (mode === 'check' && leftovers.some((one) => isSomebodys(one) || one.forMembers)) codes.push(2)
  return {
    mode,
    targets: counts,
    problems,
    leftovers,
    // What several resources have the admin know alike is told once.
    warnings: [...new Set([...warnings, ...shared(plan), ...withoutPassword(plan), ...shortened(lifetimes)])],
    ...defined({ tokens, brokenOff }),
    seconds,
    traffic,
    exitCode: worstExit(codes),
  }
}

/** What lets somebody in whom the inventory does not name. */
export const isSomebodys = ({ belongs }: Leftover): boolean => belongs.user !== undefined

/** What is about no user and no group is said again at the end, where everybody looks. */
const shared = ({ actions }: Plan): string[] =>
  actions.flatMap(({ belongs, change }) =>
    belongs.user === undefined && belongs.groups === undefined ? (change.warnings ?? []) : [],
  )

/** On one line for all: most are let in otherwise, and a site has hundreds. */
const withoutPassword = ({ actions }: Plan): string[] => {
  const names = actions.flatMap(({ belongs, change }) => (change.noPassword ? (belongs.user ?? []) : []))
  const users = [...new Set(names)]
  if (users.length === 0) return []
  return [
    `${inShort(users)} ${users.length === 1 ? 'has' : 'have'} no password, and no sshKeys in the inventory: ` +
      'give password, passwordHash or sshKeys there, or run passwd on the machines',
  ]
}

type Lasting = readonly [user: string, lifetime: Lifetime]

const lifetimesOf = ({ actions }: Plan, issued: RecapInput['issued']): readonly Lasting[] => [
  ...actions.flatMap(({ belongs: { user }, change: { lasts } }): Lasting[] =>
    user === undefined || lasts === undefined ? [] : [[user, lasts]],
  ),
  ...issued,
]

const tokensOf = (lifetimes: readonly Lasting[], now: number): Tokens | undefined => {
  const [first] = lifetimes.toSorted(([, a], [, b]) => a.until - b.until)
  if (first === undefined) return undefined
  const [user, { until }] = first
  return {
    users: new Set(lifetimes.map(([name]) => name)).size,
    soonest: { user, until, days: Math.floor((until - now) / DAY) },
  }
}

const DAY = 86_400

/** A server may give less time than is asked for, and a set-up that is rarely run again must know. */
const shortened = (lifetimes: readonly Lasting[]): string[] => {
  const given = ([, { from, until }]: Lasting): number => until - from
  const short = lifetimes.filter((one) => given(one) < one[1].asked * 0.99)
  if (short.length === 0) return []
  const least = Math.min(...short.map(given))
  const words = least < 2 * DAY ? `${Math.round(least / 3600)} hours` : `${Math.floor(least / DAY)} days`
  return [
    `the API server lets tokens last ${words} where ${short[0]![1].asked / DAY} days were asked for ` +
      '(--service-account-max-token-expiration): a run renews what is in the last fifth of its life, ' +
      'so run more often than that',
  ]
}

/** The outcome of what was not performed: planned only, or known beforehand not to work. */
const foreseen = ({ change, hindrance }: Action, mode: Mode): Outcome => {
  if (hindrance?.because === 'needs')
    return { state: 'skipped', reason: `needs ${hindrance.needs}, which ${LACKS[hindrance.lacks]}` }
  if (hindrance !== undefined)
    return { state: hindrance.because === 'unreachable' ? 'unreachable' : 'failed', error: hindrance.error }
  if (change.op === 'refuse') return { state: 'skipped', reason: change.reason ?? 'refused' }
  if (change.op !== 'keep' && mode === 'apply') return { state: 'skipped', reason: 'the run ended before' }
  return { state: 'done' }
}

const columnOf = (action: Action, { state }: Outcome): keyof Counts => {
  if (action.change.op === 'refuse') return 'failed'
  if (state === 'done') return isChange(action) ? 'changed' : 'ok'
  return state
}

const exitOf = (action: Action, outcome: Outcome, mode: Mode): number => {
  if (action.change.op === 'refuse') return 1
  if (outcome.state === 'done') return mode === 'check' && isChange(action) ? 2 : 0
  if (outcome.state === 'unreachable') return 3
  if (outcome.state === 'failed' && outcome.error.code === 'bug') return outcome.error.exitCode
  return outcome.state === 'skipped' && (outcome.lost || restsOnUnreachable(action)) ? 3 : 1
}

/** What waits for an unreachable target is unfinished, not failed. */
const restsOnUnreachable = ({ hindrance }: Action): boolean =>
  hindrance?.because === 'needs' && hindrance.lacks === 'unreachable'
