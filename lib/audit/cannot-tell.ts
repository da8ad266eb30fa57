import { asAutomationError } from '../base/errors.ts'
import type { Finding } from './check.ts'
import { advise } from './repair.ts'

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
