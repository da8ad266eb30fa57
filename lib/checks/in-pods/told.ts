// What the pods of one tester told, and how that is judged.
import type { Finding } from '../../audit/check.ts'
import type { Scene } from '../../audit/facts.ts'
import { unknown } from '../../audit/verdicts.ts'
import type { PodCall } from './calls.ts'
import type { PodTester } from './jobs.ts'
import type { Told } from './said.ts'

/** Why there is nothing. */
export interface Failed {
  kind: 'failed'
  failed: string
}

/** What a pod that looked around said, and what it was to reach. */
export type Looked = { kind: 'looked'; told: Told; calls: readonly PodCall[] } | Failed

/** All that the pods of one tester told. */
export interface PodsTold {
  tester: PodTester
  stayed: Told | Failed
  looked: Looked
  /** What a pod with the claims that the inventory does not name saw there; undefined where there are none. */
  more: Told | Failed | undefined
  /** Whether a pod with the claim of another group was kept from running; undefined where there is none to try. */
  foreign: 'kept' | 'runs' | Failed | undefined
}

/** What one check makes of what a tester's pods told, beside those of all. */
export type Judge = (outcome: PodsTold, all: readonly PodsTold[], scene: Scene) => Iterable<Finding>

/** Nothing is known where no pod said it. */
export const cannot = ({ tester }: PodsTold, { failed }: Failed): Finding => unknown(tester.subject, failed)

/** For what the first pod says of itself. */
export const ofStayed =
  (judged: (outcome: PodsTold, told: Told, scene: Scene) => Iterable<Finding>): Judge =>
  (outcome, _, scene) =>
    outcome.stayed.kind === 'failed'
      ? [cannot(outcome, outcome.stayed)]
      : judged(outcome, outcome.stayed, scene)
