import * as z from 'zod'
import { untrusted } from '../base/printable.ts'
import type { Reviewed } from './check.ts'

/** What a review says. Whatever else it says decides too: conditions make a yes or a no of it only later. */
const status = z.strictObject({
  allowed: z.boolean(),
  denied: z.boolean().optional(),
  reason: z.string().optional(),
  evaluationError: z.string().optional(),
})

/** RBAC goes on past roles that are missing and says so; what it decides is decided all the same. */
const MISSING_ROLE = /(?:cluster)?roles?\.rbac\.authorization\.k8s\.io "[^"]*" not found/g

/** Whether an error in a review leaves what it says as it is. */
export const isDecided = (evaluationError = ''): boolean =>
  evaluationError.replaceAll(MISSING_ROLE, '').replaceAll(/[[\],;\s]/g, '') === ''

/** What the status of a review comes to; a sentence where it is neither yes nor no. */
export const reviewedIn = (answer: unknown): Reviewed | string => {
  const { data } = status.safeParse(answer)
  if (data === undefined) return `is neither yes nor no: ${untrusted(JSON.stringify(answer) ?? '')}`
  const { allowed, denied = false, reason = '', evaluationError = '' } = data
  if (!allowed && !denied && !isDecided(evaluationError))
    return `is neither yes nor no: ${untrusted(evaluationError)}`
  return { allowed, reason: untrusted(reason) }
}
