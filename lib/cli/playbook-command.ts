import type { FlagDefinitions, FlagValues } from '../program/flags.ts'
import type { Playbook } from '../program/playbook.ts'
import type { Program } from './command.ts'
import { names, positive } from './flags.ts'
import { addFlags } from './playbook-flags.ts'
import type { Own } from './run-playbook.ts'

/** A playbook as a command. */
export const playbookCommand = <F extends FlagDefinitions>(
  playbook: Playbook<F>,
): Program<Own & FlagValues<F>> => ({
  ...playbook,
  kind: 'inventory-command',
  flags(command) {
    if (playbook.flags !== undefined) addFlags(command, playbook.flags)
    command
      .option('-D, --diff', 'show every field that changes, before → after')
      .option('--step <numbers>', 'only these steps', names)
      .option(
        '--prune [count]',
        'also delete what users and groups have that the inventory no longer names; --prune=37 when it is many',
        pruneCount,
      )
      .option('--list', 'show steps, hosts and resources, and stop')
      .option('--out <file>', 'with --check: save the plan')
      .option(
        '--plan <file>',
        'carry out a saved plan, or less of it; exit 4 when anything else would be changed',
      )
  },
  async run(invocation) {
    const { runPlaybook } = await import('./run-playbook.ts')
    return runPlaybook(playbook, invocation)
  },
})

const pruneCount = (value: string): boolean | number => value === 'true' || positive(value)
