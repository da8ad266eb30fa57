import { atMost } from '../base/at-most.ts'
import { orUndefined } from '../base/errors.ts'
import { pause } from '../base/pause.ts'
import type { KubeConnection } from '../connect/connection.ts'
import { ADMISSION_POLICY } from '../kube/object.ts'
import { isOfFile } from '../kube/static-manifests.ts'
import { answered } from './answered.ts'
import { Asker } from './ask.ts'
import type { Check, Finding, Judged, Trial } from './check.ts'
import { ownToken, tokenOfUser } from './credentials.ts'
import type { AuditEvent } from './events.ts'
import type { Scene } from './facts.ts'
import type { Answer, Attempt } from './question.ts'
import { advise } from './repair.ts'
import type { CheckedFinding } from './report.ts'
import { cannotTell, untested } from './verdicts.ts'

export interface InquireInput {
  checks: readonly Check[]
  connection: KubeConnection
  emit(event: AuditEvent): void
  /** Nothing more is asked once this aborts. */
  signal: AbortSignal
}

export interface Inquired {
  found: CheckedFinding[]
  /** Rights that were asked for. */
  reviews: number
  /** Requests that stored nothing. */
  attempts: number
}

/**
 * Asks the API server what checks leave open, and says what holds. What a policy refused that is no longer there is
 * tried once more after two seconds: an API server goes by one for up to a second after it was deleted.
 */
export const inquire = async (
  scene: Scene,
  { checks, connection, emit, signal }: InquireInput,
): Promise<Inquired> => {
  let asked = 0
  let shown = 0
  const tell = (): void => {
    shown = performance.now()
    emit({ type: 'asking', asked, of: asker.reviews + asker.attempts })
  }
  const asker = new Asker({
    connection,
    tokenOf: (user) => tokenOfUser(scene, user),
    ownTokenOf: (user, who) => ownToken(scene, user, who),
    signal,
    onAnswer() {
      asked++
      if (performance.now() - shown >= PROGRESS_MS) tell()
    },
  })
  const isGone = goneIn(scene)
  const results = await atMost(TRIALS, trialsIn(checks, scene), async (one): Promise<Result> => {
    let isStale = false
    const findings = await findingsOf(one, scene, {
      review: (review) => asker.review(review),
      async attempt(attempt) {
        const answer = await asker.attempt(attempt)
        isStale ||= isGone(answer)
        return answer
      },
    })
    return isStale ? { findings, stale: one } : { findings }
  })
  const stale = results.filter((result): result is Required<Result> => result.stale !== undefined)
  if (stale.length > 0 && (await settled(signal))) {
    asker.forgetAttempts()
    await atMost(TRIALS, stale, async (result) => {
      result.findings = await findingsOf(result.stale, scene, asker)
    })
  }
  if (asked > 0) tell()
  const found = results.flatMap(({ findings }) => findings)
  return { found: [...new Set(found)], reviews: asker.reviews, attempts: asker.attempts }
}

/** What came of a trial, and the trial where a policy that is gone had a part in it. */
interface Result {
  findings: readonly CheckedFinding[]
  stale?: Told
}

type Asking = Pick<Asker, 'attempt' | 'review'>

const findingsOf = async ({ trial, told }: Told, scene: Scene, asker: Asking): Promise<CheckedFinding[]> =>
  [await judged(trial, scene, asker)].flat().map(told)

/** Whether a policy refused that the API no longer has. Where policies cannot be listed, none is. */
const goneIn = (scene: Scene): ((answer: Answer) => boolean) => {
  const policies = orUndefined(() => scene.items(ADMISSION_POLICY))
  if (policies === undefined) return () => false
  const names = new Set(policies.map(({ metadata }) => metadata.name))
  return (answer) =>
    !answer.taken &&
    answer.cause === 'policy' &&
    answer.by !== undefined &&
    !names.has(answer.by) &&
    !isOfFile(answer.by)
}

/**
 * Twice the second after which an API server looks for policies again (`PolicyRefreshIntervalDefault` in
 * k8s.io/apiserver's pkg/admission/plugin/policy/generic/policy_source.go).
 */
const SETTLED_MS = 2000

/** Whether the time has passed, or somebody wants no more to be asked. */
const settled = (signal: AbortSignal): Promise<boolean> =>
  pause(SETTLED_MS, signal).then(
    () => true,
    () => false,
  )

/** Trials that are made before earlier ones have ended; each holds its questions. */
const TRIALS = 64

const judged = async (trial: Finding | Trial, scene: Scene, asker: Asking): Promise<Judged> => {
  if (trial.ask === undefined) return trial
  const user = scene.hosts.length > 0 ? undefined : triedAs(trial)
  if (user !== undefined)
    return untested(
      user,
      'no machine was looked at, and what is tried as a user is tried with the kubeconfig there',
      advise('name a machine in --limit, or leave it out'),
    )
  try {
    return await answered(trial, asker)
  } catch (error) {
    return cannotTell(subjectOf(trial), error)
  }
}

/** The user whose kubeconfig a trial needs, which lies on a machine. */
const triedAs = (trial: Trial): string | undefined =>
  attemptsIn(trial).flatMap(({ as }) => (as.kind === 'user' ? as.user : []))[0]

const attemptsIn = (trial: Trial): readonly Attempt[] => {
  if (trial.ask === 'review') return []
  return trial.ask === 'attempt' ? [trial.attempt] : trial.attempts
}

/** How often progress is told. */
const PROGRESS_MS = 100

interface Told {
  trial: Finding | Trial
  /** The finding with its check: of one to which many trials come there is one. */
  told(finding: Finding): CheckedFinding
}

function* trialsIn(checks: readonly Check[], scene: Scene): Generator<Told> {
  for (const check of checks) {
    const told = findingOf(check)
    try {
      for (const trial of check.trials(scene)) yield { trial, told }
    } catch (error) {
      yield { trial: cannotTell('', error), told }
    }
  }
}

const findingOf = ({ id, goal, title }: Check): Told['told'] => {
  const known = new WeakMap<Finding, CheckedFinding>()
  return (finding) => {
    const found = known.get(finding) ?? { ...finding, check: { id, goal, title } }
    known.set(finding, found)
    return found
  }
}

const subjectOf = (trial: Trial): string => {
  if (trial.ask === 'review') return trial.review.who.username
  const { as } = attemptsIn(trial)[0]!
  if (as.kind === 'token') return as.token.name
  return as.kind === 'user' ? as.user : ''
}
