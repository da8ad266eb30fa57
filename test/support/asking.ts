import type { Attempt } from '../../lib/audit/question.ts'
import type { AttemptsTrial, Finding, Refused, Taken } from '../../lib/check.ts'

/** What a trial makes of answers, however often it asks; `answer` is told which turn it is. */
export const settled = (
  trial: AttemptsTrial,
  answer: (attempt: Attempt, turn: number, index: number) => Taken | Refused,
): readonly Finding[] => {
  let turn = 0
  const answers = (attempts: readonly Attempt[]) => {
    const of = turn++
    return attempts.map((attempt, index) => answer(attempt, of, index))
  }
  const judged = trial.judge(answers(trial.attempts))
  if (!('next' in judged)) return [judged].flat() as Finding[]
  let asked = judged.next()
  while (asked.done !== true) asked = judged.next(answers(asked.value))
  return [asked.value].flat() as Finding[]
}
