import type { Command } from 'commander'
import type { Program } from './cli.ts'
import { executePlaybook } from './execute.ts'
import { names, positive, selectionOf } from './flags.ts'
import type { Playbook } from './playbook.ts'

interface Own {
  step?: string[]
  prune?: boolean | number
  list?: true
}

/** A playbook as a command. */
export const playbookCommand = (playbook: Playbook): Program<Own> => ({
  name: playbook.name,
  description: playbook.description,
  flags,
  async run({ inventory, flags, reporter, interrupts }) {
    const recap = await executePlaybook(playbook, inventory, {
      mode: flags.list ? 'list' : flags.check ? 'check' : 'apply',
      selection: selectionOf(flags),
      prune: flags.prune ?? false,
      forks: flags.forks,
      timeout: flags.timeout,
      emit: reporter.on.bind(reporter),
      ...interrupts,
    })
    return recap?.exitCode ?? 0
  },
})

const flags = (command: Command): void => {
  command
    .option('--step <numbers>', 'only these steps', names)
    .option(
      '--prune [count]',
      'also delete what users and groups have that the inventory no longer names; --prune=37 when it is many',
      pruneCount,
    )
    .option('--list', 'show steps, hosts and resources, and stop')
}

const pruneCount = (value: string): boolean | number => value === 'true' || positive(value)
