import type { Attempt } from '../../lib/audit/question.ts'
import type { AttemptsTrial, Finding, Refused, Taken, TurnsTrial } from '../../lib/check.ts'

/** What a trial makes of answers, however often it asks; `answer` is told which turn it is. */
export const settled = (
  trial: AttemptsTrial | TurnsTrial,
  answer: (attempt: Attempt, turn: number, index: number) => Taken | Refused,
): readonly Finding[] => {
  let turn = 0
  const answers = (attempts: readonly Attempt[]) => {
    const of = turn++
    return attempts.map((attempt, index) => answer(attempt, of, index))
  }
  const first = answers(trial.attempts)
  if (trial.ask === 'attempts') return [trial.judge(first)].flat()
  const asking = trial.judge(first)
  let asked = asking.next()
  while (asked.done !== true) asked = asking.next(answers(asked.value))
  return [asked.value].flat()
}
