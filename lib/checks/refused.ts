// Refusals that tell nothing of what was tried.
import { advise, type Judgement, type Refused } from '../check.ts'

/** A quota that is full refuses every pod. */
export const USED_UP: Judgement = {
  verdict: 'untested',
  says: 'the quota is used up, so no pod could be tried',
  repair: advise('run verify again when jobs have ended'),
}

/** Something else was in the way of what was tried. */
export const refusedOtherwise = (what: string, { message }: Refused): Judgement => ({
  verdict: 'unknown',
  says: `${what} was refused for another reason (${message.slice(0, 200)})`,
})
