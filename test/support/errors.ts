import * as assert from 'uvu/assert'
import { type AutomationError, type ErrorCode, isAutomationError } from '../../lib/base/errors.ts'
import { rejects } from './suite.ts'

/** Fails unless the promise rejects with an error of ours of that code, which holds these names, in whatever words. */
export const failsWith = async (
  promise: Promise<unknown>,
  code: ErrorCode,
  ...names: readonly string[]
): Promise<AutomationError> => {
  const error = await rejects(promise)
  assert.ok(isAutomationError(error), error.stack)
  assert.is(error.code, code, error.message)
  for (const name of names) assert.match(error.message, name)
  return error
}
