import type { Finding } from './check.ts'
import { type Grant, RUN_SETUP } from './rbac.ts'

const finding = (
  verdict: Finding['verdict'],
  subject: string,
  says: string,
  thing: string | undefined,
  repair: string | undefined,
): Finding => ({
  verdict,
  subject,
  says,
  ...(thing !== undefined && { thing }),
  ...(repair !== undefined && { repair }),
})

/** It holds. */
export const pass = (subject: string, says: string): Finding =>
  finding('pass', subject, says, undefined, undefined)

/** It does not hold; setup mends it unless said otherwise. */
export const fail = (subject: string, says: string, thing?: string, repair = RUN_SETUP): Finding =>
  finding('fail', subject, says, thing, repair)

/** It does not hold because of what a binding gives; taking that away mends it. */
export const overgranted = (subject: string, says: string, { binding, role, repair }: Grant): Finding => ({
  ...fail(subject, says, undefined, repair),
  cause: { binding, role },
})

/** It is not promised, and not there. */
export const gap = (subject: string, says: string, repair: string, thing?: string): Finding =>
  finding('gap', subject, says, thing, repair)

/** It should have been seen, and was not. */
export const unknown = (subject: string, says: string, repair?: string): Finding =>
  finding('unknown', subject, says, undefined, repair)

/** Only somebody who tries it by hand, or running containers, could tell. */
export const untested = (subject: string, says: string, repair: string): Finding =>
  finding('untested', subject, says, undefined, repair)
