import { AutomationError } from '../base/errors.ts'

/** What is wrong with a flag of a playbook, and what to give instead. */
export const wrongFlag = (flag: string, message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'usage', subject: flag, message, hint })

/** What cannot be known without machines that were not reached. */
export const unreached = (hosts: readonly string[], message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'unreachable', subject: hosts.join(', '), message, hint, retryable: true })
