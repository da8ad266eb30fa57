// Trials whose answers tell of several subjects alike.
import type { Answer, Attempt, AttemptsTrial, AttemptTrial, Judgement } from '../check.ts'

/** One request. */
export const tried = (
  subjects: readonly string[],
  attempt: Attempt,
  judge: (answer: Answer) => Judgement,
): AttemptTrial => ({
  ask: 'attempt',
  attempt,
  judge: (answer) => ({ ...judge(answer), subjects }),
})

/** A request for a thing, and the same without it: only both together tell of the thing. */
export const triedBeside = (
  subjects: readonly string[],
  attempts: readonly [without: Attempt, thing: Attempt],
  judge: (without: Answer, answer: Answer) => Judgement,
): AttemptsTrial => ({
  ask: 'attempts',
  attempts,
  judge: ([without, answer]) => ({ ...judge(without!, answer!), subjects }),
})
