import { AutomationError } from '../base/errors.ts'

/** What is read, or why it could not be: for what is only told. Whoever may not list it can set up all the rest. */
export const orUnread = <T>(read: () => T): T | AutomationError => {
  try {
    return read()
  } catch (error) {
    if (error instanceof AutomationError && ['api', 'observe'].includes(error.code)) return error
    throw error
  }
}
