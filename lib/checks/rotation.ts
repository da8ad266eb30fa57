// Proof that tokens which no kubeconfig holds any more are dead.
import {
  type Answer,
  type AttemptTrial,
  broken,
  type Check,
  dotKubeProbesFor,
  type Finding,
  fail,
  MAKE_NEW_TOKENS,
  pass,
  type Secret,
  tokensOn,
} from '../check.ts'
import { refusedOtherwise } from './refused.ts'

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
              ? pass(subject, 'was replaced, and is refused now: 401')
              : broken(subject, 'was replaced and still works after 60 s', 'run again'),
        }
      }
    },
  },
]

const inUse = (subject: string, answer: Answer): Finding => {
  if (answer.taken) return pass(subject, 'is in use')
  if (answer.status === 401) return fail(subject, 'is in use and is refused: 401', undefined, MAKE_NEW_TOKENS)
  return { ...refusedOtherwise('is in use, and', answer), subjects: [subject] }
}
