import type { Asker } from './ask.ts'
import type { Judged, Trial } from './check.ts'
import type { Attempt, Refused, Taken } from './question.ts'

/** What a trial makes of the answers to all that it asks. Rejects where a question has no answer. */
export const answered = async (trial: Trial, asker: Pick<Asker, 'attempt' | 'review'>): Promise<Judged> => {
  if (trial.ask === 'review') return trial.judge(await asker.review(trial.review))
  if (trial.ask === 'attempt') return trial.judge(await asker.attempt(trial.attempt))
  const ask = (attempts: readonly Attempt[]): Promise<(Taken | Refused)[]> =>
    Promise.all(attempts.map((attempt) => asker.attempt(attempt)))
  const answers = await ask(trial.attempts)
  if (trial.ask === 'attempts') return trial.judge(answers)
  const asking = trial.judge(answers)
  let turn = asking.next()
  while (turn.done !== true) turn = asking.next(await ask(turn.value))
  return turn.value
}
