// Proof that tokens which no kubeconfig holds any more are dead.
import {
  type AttemptTrial,
  advise,
  type Check,
  dotKubeProbesFor,
  type Finding,
  MAKE_NEW_TOKENS,
  type Refused,
  type Secret,
  type Taken,
  tokensOn,
} from '../check.ts'

/** Of the tokens that kubeconfigs held before, each opens the API still and is in use, or is refused. */
export const rotation = (before: readonly Secret[]): readonly Check[] => [
  {
    id: 'L6',
    goal: 2,
    title: 'Tokens that were replaced are dead',
    probes: dotKubeProbesFor,
    *trials(scene): Generator<Finding | AttemptTrial> {
      const held = scene.hosts.flatMap((host) => tokensOn(scene, host))
      for (const token of before) {
        const subject = token.name
        if (held.some((one) => one.equals(token))) {
          yield {
            ask: 'attempt',
            attempt: { as: { kind: 'token', token }, do: 'read', read: '/apis' },
            judge: (answer) => inUse(subject, answer),
          }
          continue
        }
        yield {
          ask: 'attempt',
          attempt: { as: { kind: 'token', token }, do: 'read', read: '/apis', until: 401 },
          judge: (answer) =>
            !answer.taken && answer.status === 401
              ? { verdict: 'pass', subjects: [subject], says: 'was replaced, and is refused now: 401' }
              : {
                  verdict: 'fail',
                  subjects: [subject],
                  says: 'was replaced and still works after 60 s',
                  repair: advise('run again'),
                },
        }
      }
    },
  },
]

const inUse = (subject: string, answer: Taken | Refused): Finding => {
  if (answer.taken) return { verdict: 'pass', subjects: [subject], says: 'is in use' }
  if (answer.status === 401)
    return {
      verdict: 'fail',
      subjects: [subject],
      says: 'is in use and is refused: 401',
      repair: MAKE_NEW_TOKENS,
    }
  const says = `is in use, and was refused for another reason (${answer.message.slice(0, 200)})`
  return { verdict: 'unknown', subjects: [subject], says }
}
