import { defined } from '../base/defined.ts'
import { worstExit } from '../base/errors.ts'
import type { Traffic } from '../connect/connection.ts'
import type { QuotaUse } from '../kube/quota-use.ts'
import { type Check, type Finding, GOALS, type Goal, type TrustedEntry, type Verdict } from './check.ts'
import { sourceOf } from './rbac.ts'
import { type Command, isAdvice, type Repair, RUN_SETUP, wordsOfRepair } from './repair.ts'
import type { AccessTable } from './tables.ts'

/** A finding with what it is a finding of. */
export interface CheckedFinding extends Finding {
  check: Pick<Check, 'id' | 'goal' | 'title'>
}

/** How often each verdict was reached. */
export type VerdictCounts = Record<Verdict, number>

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
  /** Of the inventory, as commands name it. */
  file: string
  isolation: string
  /** The newest Kubernetes whose rights are known here, and the one that was looked at, as `1.37`. */
  knows: { upTo: string; server?: string }
  /** When it was made, in ISO 8601. */
  at: string
  goals: readonly GoalReport[]
  /** What mends everything that fails, each once: commands, setup last of them, and then what takes a person. */
  repairs: readonly Repair[]
  /** Absent where the cluster could not be read. */
  access?: AccessTable
  quotas?: readonly QuotaUse[]
  effort: Effort
  exitCode: number
}

/** Whether a goal holds; `in-part`: as far as the chosen isolation promises, and another would promise more. */
export type GoalVerdict = 'holds' | 'in-part' | 'unknown' | 'fails'

export interface GoalReport {
  goal: Goal
  title: string
  verdict: GoalVerdict
  /** Of lines as they are shown: what has one cause counts once. */
  counts: VerdictCounts
  /** In the order of the checks. */
  found: readonly CheckedFinding[]
}

/** The findings by goal; exit status 1 when one fails, 3 when one cannot be told, 70 when that is our fault. */
export const reportOf = (
  all: readonly CheckedFinding[],
  about: Omit<Report, 'at' | 'goals' | 'repairs' | 'exitCode'>,
  also: readonly number[] = [],
): Report => {
  const found = decided(all)
  const byGoal = Map.groupBy(found, ({ check }) => check.goal)
  const passed = new Set(all.flatMap(({ verdict, check }) => (verdict === 'pass' ? check.goal : [])))
  const goals = (Object.keys(GOALS).map(Number) as Goal[])
    .filter((goal) => byGoal.has(goal))
    .map((goal) => ({
      goal,
      title: GOALS[goal],
      verdict: verdictOf(byGoal.get(goal)!, passed.has(goal)),
      counts: countsOf(byCause(together(byGoal.get(goal)!))),
      found: byGoal.get(goal)!,
    }))
  const exits = found.map(({ verdict, bug }) =>
    bug ? 70 : verdict === 'fail' ? 1 : verdict === 'unknown' ? 3 : 0,
  )
  return {
    ...about,
    at: new Date().toISOString(),
    goals,
    repairs: mendsOf(goals).map(({ repair }) => repair),
    exitCode: worstExit([...exits, ...also]),
  }
}

/** Where nothing at all passed, nothing was shown to hold. */
const verdictOf = (found: readonly Finding[], anyPassed: boolean): GoalVerdict => {
  const has = (wanted: Finding['verdict']): boolean => found.some(({ verdict }) => verdict === wanted)
  if (has('fail')) return 'fails'
  if (has('unknown') || (has('untested') && !has('pass'))) return 'unknown'
  if (found.some(({ closedBy }) => closedBy !== undefined)) return 'in-part'
  return anyPassed ? 'holds' : 'unknown'
}

/** A repair, and the machines on which it is due, if it is on any. */
export interface Mend {
  repair: Repair
  hosts: readonly string[]
}

/** What mends all that fails, each once; a last step of several, such as new tokens, after what they begin with. */
export const mendsOf = (goals: readonly Pick<GoalReport, 'found'>[]): readonly Mend[] => {
  const failed = goals
    .flatMap(({ found }) => found)
    .filter(({ verdict, repair }) => verdict === 'fail' && repair !== undefined)
  const all = inOne(failed.map((one) => ({ repair: one.repair!, hosts: hostsOf([one]) })))
  return inOne(withoutRepeats(all.toSorted((one, other) => rankOf(one.repair) - rankOf(other.repair))))
}

/** Equal repairs once, for all their machines. */
const inOne = (mends: readonly Mend[]): Mend[] =>
  [...Map.groupBy(mends, ({ repair }) => wordsOfRepair(repair)).values()].map((same) => ({
    repair: same[0]!.repair,
    hosts: [...new Set(same.flatMap(({ hosts }) => hosts))],
  }))

const withoutRepeats = (mends: readonly Mend[]): Mend[] => {
  const steps = mends.map(({ repair, hosts }) => commandsIn(repair, hosts))
  return mends.flatMap(({ repair, hosts }, at) => {
    const last = steps[at]!.at(-1)
    if (isAdvice(repair) || !steps.slice(at + 1).some((later) => later.includes(last!)))
      return { repair, hosts }
    const lines = repair.split('\n').slice(0, -1)
    return lines.length === 0 ? [] : { repair: lines.join('\n') as Command, hosts }
  })
}

/** Each line of a command, the same for the same thing done in the same place. */
const commandsIn = (repair: Repair, hosts: readonly string[]): string[] =>
  isAdvice(repair)
    ? []
    : repair
        .split('\n')
        .map((line) => line.replace(/^and /, ''))
        .map((line) => (line.startsWith('there: ') ? [line, ...hosts].join('\n') : line))

const rankOf = (repair: Repair): number => (isAdvice(repair) ? 2 : repair === RUN_SETUP ? 1 : 0)

/** Each finding once; that a part of a check passed is no news about a subject for which the rest did not. */
const decided = (all: readonly CheckedFinding[]): CheckedFinding[] => {
  const told = subjectsByWords()
  const found = aboutThose(all, ({ check, thing = '', verdict, says }) => {
    const known = told(check.id, thing, verdict, says)
    return (subject) => known.size < known.add(subject).size
  })
  const worse = subjectsByWords()
  for (const { check, thing = '', subjects } of found.filter(({ verdict }) => verdict !== 'pass'))
    for (const known of [worse(check.id, thing), worse(check.id, '')])
      for (const subject of subjects) known.add(subject)
  return aboutThose(found, ({ check, thing = '', verdict }) => {
    const known = worse(check.id, thing)
    return (subject) => verdict !== 'pass' || !known.has(subject)
  })
}

/** The subjects that some words are about, none at first. */
const subjectsByWords = (): ((...words: readonly string[]) => Set<string>) => {
  const all = new Map<string, Set<string>>()
  return (...words) => {
    const key = words.join('\n')
    const subjects = all.get(key) ?? new Set()
    all.set(key, subjects)
    return subjects
  }
}

/** Findings about some of their subjects; those about none are left out. */
const aboutThose = (
  found: readonly CheckedFinding[],
  meantIn: (one: CheckedFinding) => (subject: string) => boolean,
): CheckedFinding[] =>
  found
    .map((one) => ({ ...one, subjects: one.subjects.filter(meantIn(one)) }))
    .filter(({ subjects }) => subjects.length > 0)

/** A finding about one subject. */
export interface Single extends Omit<CheckedFinding, 'subjects'> {
  subject: string
}

/** The same findings, each about one subject. */
export const singly = (found: readonly CheckedFinding[]): Single[] =>
  found.flatMap((one) =>
    one.subjects.map(
      (subject) =>
        Object.fromEntries(
          Object.entries(one).map(([key, value]) =>
            key === 'subjects' ? ['subject', subject] : [key, value],
          ),
        ) as Single,
    ),
  )

/** How often each verdict is among findings. */
export const countsOf = (found: readonly Pick<Finding, 'verdict'>[]): VerdictCounts => {
  const counts: VerdictCounts = { pass: 0, fail: 0, unknown: 0, notice: 0, gap: 0, untested: 0 }
  for (const { verdict } of found) counts[verdict]++
  return counts
}

/** Findings that say the same about several subjects: each thing of each of them. */
export interface Said extends Omit<CheckedFinding, 'thing' | 'trusted' | 'host'> {
  /** Where it was found, as far as on machines. */
  hosts: readonly string[]
  things: readonly string[]
  trusted: readonly TrustedEntry[]
}

/** Equal words once, with all subjects about whom they say the same things. */
export const together = (found: readonly CheckedFinding[]): Said[] =>
  [
    ...Map.groupBy(found, ({ check, verdict, says, rights, repair, otherwise = '' }) =>
      [check.id, verdict, says, JSON.stringify(rights), wordsOfRepair(repair), otherwise].join('\n'),
    ).values(),
  ].flatMap(ofSameThings)

const ofSameThings = (same: readonly CheckedFinding[]): Said[] => {
  const bySubject = new Map<string, Set<string>>()
  for (const { subjects, thing } of same)
    for (const subject of subjects) {
      const things = bySubject.get(subject) ?? new Set()
      bySubject.set(subject, thing === undefined ? things : things.add(thing))
    }
  const { thing: _, trusted: __, host: ___, ...said } = same[0]!
  const alike = Map.groupBy(bySubject, ([, things]) => JSON.stringify([...things].toSorted()))
  return [...alike.values()].map((pairs) => {
    const subjects = pairs.map(([subject]) => subject)
    const theirs = same.filter(
      ({ trusted, host, subjects: some }) =>
        (trusted ?? host) !== undefined && some.some((subject) => subjects.includes(subject)),
    )
    return {
      ...said,
      hosts: hostsOf(theirs),
      subjects,
      things: [...pairs[0]![1]],
      trusted: entriesOf(theirs),
    }
  })
}

/** The machines on which these were found, each once. */
export const hostsOf = (found: readonly Pick<Finding, 'host'>[]): string[] => [
  ...new Set(found.flatMap(({ host = [] }) => host)),
]

const entriesOf = (
  found: readonly { trusted?: TrustedEntry | readonly TrustedEntry[] }[],
): TrustedEntry[] => {
  const all = found.flatMap(({ trusted = [] }) => trusted)
  return [...new Map(all.map((entry) => [JSON.stringify(entry), entry])).values()]
}

/** What is shown as one: everything that one binding lets the same people do, or one thing said by itself. */
export interface Line extends Said {
  /** Of the checks that tell it. */
  ids: readonly string[]
  /** Whose the rights are that are told, where others of the subjects have other ones, and no more. */
  rightsOf?: readonly string[]
}

/** What has one cause in one line; failures with the number of rights and the worst of them. */
export const byCause = (said: readonly Said[]): Line[] =>
  [...Map.groupBy(said, (one) => causeOf(one) ?? one).values()].map((same) => {
    const ids = [...new Set(same.map(({ check }) => check.id))]
    if (same.length === 1) return { ...same[0]!, ids }
    const [lead, ...others] = most(same)
    const subjects = [...new Set([lead!, ...others].flatMap((one) => one.subjects))]
    const isSaidOfAll = others.every(({ says }) => says === lead!.says)
    return {
      ...lead!,
      ids,
      subjects,
      things: lead!.cause === undefined ? [...new Set(same.flatMap(({ things }) => things))] : [],
      trusted: entriesOf(same),
      hosts: [...new Set(same.flatMap(({ hosts }) => hosts))],
      says:
        lead!.cause === undefined || isSaidOfAll
          ? lead!.says
          : `${sourceOf(lead!.cause)} gives more than the inventory says`,
      ...whose(lead!, others),
    }
  })

/** Lines that one repair mends, or, without one, a line by itself. */
export interface Mended {
  lines: readonly Line[]
  /** The machines on which it mends, if on any. */
  hosts: readonly string[]
  repair?: Repair
}

/** Each repair once, with all lines that it mends, in the order of the first of them. */
export const byRepair = (lines: readonly Line[]): Mended[] =>
  [...Map.groupBy(lines, (line) => wordsOfRepair(line.repair) || line).values()].map((same) => {
    const { repair } = same[0]!
    return { lines: same, hosts: [...new Set(same.flatMap(({ hosts }) => hosts))], ...defined({ repair }) }
  })

/** Those of which rights are counted, with the most first; all where none are. */
const most = (same: readonly Said[]): Said[] => {
  const counted = same.filter(({ rights }) => rights !== undefined)
  if (counted.length === 0) return [...same]
  return counted.toSorted((one, other) => other.rights!.count - one.rights!.count)
}

/** Nothing where all have the same rights. */
const whose = ({ rights, subjects }: Said, others: readonly Said[]): Pick<Line, 'rightsOf'> => {
  const isSame = (one: Said): boolean => JSON.stringify(one.rights) === JSON.stringify(rights)
  const theirs = new Set([...subjects, ...others.filter(isSame).flatMap((one) => one.subjects)])
  const isOfAll = others.every((one) => one.subjects.every((subject) => theirs.has(subject)))
  return isOfAll ? {} : { rightsOf: [...theirs] }
}

/** The binding that lets somebody do it, or what kept several checks from being told. */
const causeOf = ({ verdict, cause, subjects, says, repair }: Said): string | undefined => {
  if (verdict === 'unknown') return [...subjects, says, wordsOfRepair(repair)].join('\n')
  return verdict === 'fail' && cause !== undefined ? `${wordsOfRepair(repair)} ${sourceOf(cause)}` : undefined
}
