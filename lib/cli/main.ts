import type { Audit } from '../program/audit.ts'
import type { FlagDefinitions } from '../program/flags.ts'
import type { Playbook } from '../program/playbook.ts'
import type { Survey } from '../program/survey.ts'
import type { BareProgram } from './command.ts'

/**
 * Runs a playbook, an audit, a survey or a command of another form: arguments from the command line, exit status of
 * design §4.
 */
export const main = async <F extends FlagDefinitions, G>(
  definition: Playbook<F> | Audit | Survey | BareProgram<G>,
): Promise<void> => {
  const { runCommand } = await import('./command.ts')
  const argv = process.argv.slice(2)
  if ('takes' in definition) process.exitCode = await runCommand(definition, argv)
  else if ('checks' in definition) {
    const { auditCommand } = await import('./audit-command.ts')
    process.exitCode = await runCommand(auditCommand(definition), argv)
  } else if ('of' in definition) {
    const { surveyCommand } = await import('./survey-command.ts')
    process.exitCode = await runCommand(surveyCommand(definition), argv)
  } else {
    const { playbookCommand } = await import('./playbook-command.ts')
    process.exitCode = await runCommand(playbookCommand(definition), argv)
  }
  // An inventory may have left something open that would keep the process for ever.
  setTimeout(() => process.exit(), 1000).unref()
}
