import { defined } from '../base/defined.ts'
import { asAutomationError } from '../base/errors.ts'
import type { Finding } from './check.ts'
import type { Scene } from './facts.ts'
import type { Grant } from './rbac.ts'
import { advise, type Repair, RUN_SETUP } from './repair.ts'

/** One subject, or several alike. */
type About = string | readonly string[]

const finding = (
  verdict: Finding['verdict'],
  about: About,
  says: string,
  thing: string | undefined,
  repair: Repair | undefined,
): Finding => ({
  verdict,
  subjects: [about].flat(),
  says,
  ...defined({ thing, repair }),
})

/** It holds. */
export const pass = (about: About, says: string): Finding =>
  finding('pass', about, says, undefined, undefined)

/** What was found, or that it holds where nothing was. */
export const orPass = (found: Iterable<Finding>, about: About, says: string): readonly Finding[] => {
  const all = [...found]
  return all.length === 0 ? [pass(about, says)] : all
}

/** It does not hold; setup mends it unless said otherwise. */
export const fail = (about: About, says: string, thing?: string, repair: Repair = RUN_SETUP): Finding =>
  finding('fail', about, says, thing, repair)

/** It does not hold, and it takes a person to mend it. */
export const broken = (about: About, says: string, advice: string): Finding =>
  fail(about, says, undefined, advise(advice))

/** It does not hold because of what a binding gives; taking that away mends it. */
export const overgranted = (about: About, says: string, { binding, role, repair }: Grant): Finding => ({
  ...fail(about, says, undefined, repair),
  cause: { binding, role },
})

/** It is not promised, and not there. */
export const gap = (about: About, says: string, repair: Repair, thing?: string): Finding =>
  finding('gap', about, says, thing, repair)

/** It should have been seen, and was not. */
export const unknown = (about: About, says: string, repair?: Repair): Finding =>
  finding('unknown', about, says, undefined, repair)

/** Only somebody who tries it by hand, or running containers, could tell. */
export const untested = (about: About, says: string, repair: Repair): Finding =>
  finding('untested', about, says, undefined, repair)

/** What an error comes to: it should have been seen, and was not. */
export const cannotTell = (subject: string, error: unknown): Finding => {
  const { code, subject: about, reason, hint } = asAutomationError(error)
  return {
    verdict: 'unknown',
    subjects: [subject || about || 'everything'],
    says: reason,
    ...(hint !== undefined && { repair: advise(hint) }),
    ...(code === 'bug' && { bug: true }),
  }
}

/** How something is judged that only `strict` promises to stop: a failure there, a known gap elsewhere. */
export const promisedByStrict = ({
  inventory,
}: Scene): Required<Pick<Finding, 'verdict' | 'repair'>> & Pick<Finding, 'closedBy'> =>
  inventory.isolation === 'strict'
    ? { verdict: 'fail', repair: RUN_SETUP }
    : {
        verdict: 'gap',
        closedBy: 'strict',
        repair: advise("isolation: 'strict' in the inventory closes it; then run setup"),
      }
