import type { Host, Inventory, User } from '../inventory/schema.ts'
import type { Kind } from '../kube/object.ts'
import type { Probe } from '../resource/type.ts'
import type { Scene } from './facts.ts'
import type { Attempt, Refused, Review, Taken } from './question.ts'
import type { Grant } from './rbac.ts'
import type { Repair } from './repair.ts'

/** The document's five goals: groups and users; logins; jobs; quotas; volumes. */
export const GOALS = {
  1: 'Groups and their users exist, and each can work',
  2: 'Each user has only their own account, and an Arena of their own',
  3: "Nobody sees or manages another group's jobs",
  4: 'Each group has its share of the cluster and no more',
  5: 'Volumes are shared in a group, or between groups, as said',
} as const
export type Goal = 1 | 2 | 3 | 4 | 5

/**
 * `unknown`: it should have answered and did not. `notice`: out of reach of every group, and only the admin can say
 * whether it is meant. `gap`: not stopped, and the chosen isolation does not promise to stop it. `untested`: only
 * running containers could tell.
 */
export type Verdict = 'pass' | 'fail' | 'unknown' | 'notice' | 'gap' | 'untested'

/** What came of one look. Equal words about many subjects are shown once. */
export interface Finding {
  /** It asks nothing, unlike a trial. */
  ask?: undefined
  verdict: Verdict
  /** Whom or what it is about, each alike: `bob`, `bob in dev2`, `dev1`, `client01`. */
  subjects: readonly string[]
  /** The machine on which it was found, where it was on one. */
  host?: string
  /** What was found, one sentence without a full stop. */
  says: string
  /** One of several things that this is said about, such as a deed; they are listed after it. */
  thing?: string
  /** What grants it: findings of one cause are shown as one. */
  cause?: GrantedBy
  /** How many rights it is about. */
  rights?: Rights
  /** The isolation that promises to stop it; another was chosen. */
  closedBy?: 'strict'
  /** What an admin does about it. */
  repair?: Repair
  /** What to do instead where it is meant. */
  otherwise?: string
  /** The line of the inventory, but for the reason, that says that it is meant. */
  trusted?: TrustedEntry
  /** That it could not be told is a fault of ours. */
  bug?: true
}

/** What is found, before it is said about whom. */
export type Judgement = Omit<Finding, 'subjects'>

/** An entry of `trusted` in the inventory without its reason. */
export type TrustedEntry = Readonly<Record<string, string>>

/** How many rights there are, and the worst of them in words. */
export interface Rights {
  count: number
  worst: readonly string[]
}

/** A binding of a role. */
export type GrantedBy = Pick<Grant, 'binding' | 'role'>

/** A question whose answer decides. Equal questions are asked once, however many trials put them. */
export type Trial = ReviewTrial | AttemptTrial | AttemptsTrial | TurnsTrial

export interface ReviewTrial {
  ask: 'review'
  review: Review
  judge(answer: Reviewed): Judged
}

export interface AttemptTrial {
  ask: 'attempt'
  attempt: Attempt
  judge(answer: Taken | Refused): Judged
}

/** Asks on, some attempts at a time, until it has what it needs; the answers come in their order. */
export type Asking<A = Judged> = Generator<readonly Attempt[], A, readonly (Taken | Refused)[]>

/** Several requests that only together tell something: the thing beside the same without it. */
export interface AttemptsTrial {
  ask: 'attempts'
  attempts: readonly Attempt[]
  judge(answers: readonly (Taken | Refused)[]): Judged
}

/** The same where the answers tell what to ask next. */
export interface TurnsTrial {
  ask: 'turns'
  /** What is asked first. */
  attempts: readonly Attempt[]
  judge(answers: readonly (Taken | Refused)[]): Asking
}

/** What the API server says of a review. */
export interface Reviewed {
  allowed: boolean
  /** The API server's own words: which binding of which role grants it. */
  reason: string
}

export type Judged = Finding | readonly Finding[]

/** Where probes run: one client machine, and the users whose accounts are on it. */
export interface Place {
  inventory: Inventory
  host: Host
  users: readonly User[]
  /** Whether it is the first of them: what would be the same from each is tried there only. */
  isFirst: boolean
}

/**
 * One thing that must hold: what it looks at, as data, and what it makes of it. It touches nothing: the engine looks,
 * asks and shows. Whatever could not be looked at becomes `unknown`.
 */
export interface Check {
  /** Letter and number of the acceptance list in docs/verify.md. */
  id: string
  goal: Goal
  /** What holds when it passes, a sentence without a full stop. */
  title: string
  /** Left to a person, unless pods are tried. */
  byHand?: true
  kinds?: readonly Kind[]
  /** Part of the one exec that a machine is read with. */
  probes?(place: Place): readonly Probe[]
  trials(scene: Scene): Iterable<Finding | Trial>
}
