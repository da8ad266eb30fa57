// Proof that tokens which no kubeconfig holds any more are dead.
import {
  type AttemptTrial,
  type Check,
  dotKubeProbesFor,
  type Finding,
  type Secret,
  tokensOn,
} from '../../lib/check.ts'

/** Of the tokens that kubeconfigs held before, each is in use still or refused. */
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
          yield { verdict: 'pass', subject, says: 'is in use' }
          continue
        }
        yield {
          attempt: { as: { token }, read: '/apis', until: 401 },
          judge: (answer) =>
            !answer.taken && answer.status === 401
              ? { verdict: 'pass', subject, says: 'was replaced, and is refused now: 401' }
              : {
                  verdict: 'fail',
                  subject,
                  says: 'was replaced and still works after 60 s',
                  repair: 'run again',
                },
        }
      }
    },
  },
]
