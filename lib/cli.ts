import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { AutomationError, asAutomationError } from './errors.ts'
import type { Reporter } from './events.ts'
import { executePlaybook } from './execute.ts'
import type { Playbook } from './playbook.ts'
import type { Selection } from './select.ts'
import { onInterrupt } from './signals.ts'

const OUTPUTS = ['pretty', 'lines', 'json', 'junit'] as const
type Output = (typeof OUTPUTS)[number]

interface Flags {
  check?: true
  diff?: boolean
  limit?: string[]
  group?: string[]
  user?: string[]
  step?: string[]
  prune?: boolean | number
  output?: Output
  forks: number
  timeout: number
  verbose?: boolean
  list?: true
}

/** Runs a playbook with command-line arguments; resolves with the exit status and never throws. */
export const runCommand = async (playbook: Playbook, argv: readonly string[]): Promise<number> => {
  process.stdout.on('error', ignoreBrokenPipe)
  let reporter: Reporter | undefined
  let verbose = false
  try {
    const { file, flags } = parse(playbook, argv)
    verbose = flags.verbose ?? false
    reporter = await reporterFor(flags)
    return await execute(playbook, file, flags, reporter)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64
    const failure = asAutomationError(error)
    if (reporter === undefined) process.stderr.write(`${failure.message}\n`)
    else reporter.on({ type: 'error', error: failure })
    if (verbose && failure.code === 'bug') process.stderr.write(`${failure.stack}\n`)
    return failure.exitCode
  } finally {
    await reporter?.close?.()
  }
}

const names = (value: string): string[] => value.split(',').filter((name) => name !== '')

const positive = (value: string): number => {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('it takes a whole number from 1.')
  return number
}

const pruneCount = (value: string): boolean | number => value === 'true' || positive(value)

const parse = ({ name, description }: Playbook, argv: readonly string[]): { file: string; flags: Flags } => {
  const command = new Command(`npx tsx playbooks/${name}.ts`)
    .description(description)
    .argument('<inventory>', 'an inventory file, .ts or .yaml')
    .option('--check', 'plan only: exit 2 when something would change')
    .option('--diff', 'show every field that changes, before → after')
    .option('--limit <names>', 'only these hosts, or the cluster', names)
    .option('--group <names>', 'only what belongs to these groups', names)
    .option('--user <names>', 'only what belongs to these users', names)
    .option('--step <numbers>', 'only these steps', names)
    .option(
      '--prune [count]',
      'also delete what users and groups have that the inventory no longer names; --prune=37 when it is many',
      pruneCount,
    )
    .option(
      '--output <form>',
      `one of ${OUTPUTS.join(', ')} (default: pretty on a terminal, else lines)`,
      oneOf,
    )
    .option('--forks <count>', 'hosts worked on at once', positive, 20)
    .option('--timeout <seconds>', 'limit of one operation', positive, 180)
    .option('--verbose', 'say more')
    .option('--list', 'show steps, hosts and resources, and stop')
    .exitOverride()
  // Only `--prune=37` gives a number: in `--prune inventory.ts` the next word is the inventory.
  command.parse(
    argv.map((word) => (word === '--prune' ? '--prune=true' : word)),
    { from: 'user' },
  )
  return { file: command.args[0]!, flags: command.opts<Flags>() }
}

const oneOf = (value: string): Output => {
  const output = OUTPUTS.find((known) => known === value)
  if (output === undefined) throw new InvalidArgumentError(`it is one of ${OUTPUTS.join(', ')}.`)
  return output
}

const reporterFor = async ({ output, diff = false, verbose = false }: Flags): Promise<Reporter> => {
  const options = { diff, verbose }
  switch (output ?? (process.stdout.isTTY ? 'pretty' : 'lines')) {
    case 'pretty':
      return (await import('./reporters/pretty.ts')).prettyReporter(options)
    case 'json':
      return (await import('./reporters/json.ts')).jsonReporter()
    case 'junit':
      return (await import('./reporters/junit.ts')).junitReporter()
    default:
      return (await import('./reporters/lines.ts')).linesReporter(options)
  }
}

const execute = async (
  playbook: Playbook,
  file: string,
  flags: Flags,
  reporter: Reporter,
): Promise<number> => {
  const { loadInventory } = await import('./inventory/load.ts')
  const inventory = await loadInventory(file)
  const interrupts = onInterrupt()
  try {
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
  } finally {
    interrupts.close()
  }
}

const selectionOf = ({ limit, group, user, step }: Flags): Selection => ({
  ...(limit && { limit }),
  ...(group && { groups: group }),
  ...(user && { users: user }),
  ...(step && { steps: step }),
})

/** `| head` closes the pipe: that is not our failure. */
const ignoreBrokenPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw new AutomationError({ code: 'bug', message: error.message, cause: error })
}
