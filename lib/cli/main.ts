// By its name it would fail under an older Node before that could be told which one is needed.
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Audit } from '../program/audit.ts'
import type { FlagDefinitions } from '../program/flags.ts'
import type { Playbook } from '../program/playbook.ts'
import type { Survey } from '../program/survey.ts'
import type { BareProgram } from './command.ts'

type Definition<F extends FlagDefinitions, G> = Playbook<F> | Audit | Survey | BareProgram<G>

/** Beside the packages: whoever may write there could change the code itself. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/arena-playbooks', import.meta.url))

/** Runs a playbook, an audit, a survey or a command of another form, with the arguments of the command line. */
export const main = async <F extends FlagDefinitions, G>(definition: Definition<F, G>): Promise<void> => {
  // What is loaded from here on is compiled once for all runs, where that can be kept.
  module.enableCompileCache(COMPILED)
  process.exitCode = await run(definition, process.argv.slice(2))
  // An inventory may have left something open that would keep the process for ever.
  setTimeout(() => process.exit(), 1000).unref()
}

const run = async <F extends FlagDefinitions, G>(
  definition: Definition<F, G>,
  argv: readonly string[],
): Promise<number> => {
  const { runCommand } = await import('./command.ts')
  switch (definition.kind) {
    case 'playbook': {
      const { playbookCommand } = await import('./playbook-command.ts')
      return runCommand(playbookCommand(definition), argv)
    }
    case 'audit': {
      const { auditCommand } = await import('./audit-command.ts')
      return runCommand(auditCommand(definition), argv)
    }
    case 'survey': {
      const { surveyCommand } = await import('./survey-command.ts')
      return runCommand(surveyCommand(definition), argv)
    }
    case 'command':
      return runCommand(definition, argv)
  }
}
