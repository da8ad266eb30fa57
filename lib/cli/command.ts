import { Command, CommanderError } from 'commander'
import { defined } from '../base/defined.ts'
import { asAutomationError } from '../base/errors.ts'
import type { Inventory } from '../inventory/schema.ts'
import type { Described } from '../program/described.ts'
import type { Reporter } from '../reporters/events.ts'
import { type CommonFlags, commonFlags, type Flags, inventoryFlags, oneValueEach } from './flags.ts'
import { withHelp } from './help.ts'
import { type Interrupts, onInterrupt } from './interrupts.ts'
import { outlivingOutput } from './output.ts'

interface Flagged extends Described {
  /** Adds its own flags to those that all take. */
  flags(command: Command): void
}

/** A command on an inventory: what it is called, the flags that it alone takes, and what it does. */
export interface Program<F = unknown> extends Flagged {
  kind: 'inventory-command'
  /** Resolves with the exit status. */
  run(invocation: Invocation<F>): Promise<number>
}

/** A command that takes no inventory, and none of the flags that choose from one. */
export interface BareProgram<F = unknown> extends Flagged {
  kind: 'command'
  /** Resolves with the exit status. */
  run(invocation: BareInvocation<F>): Promise<number>
}

/** What a command without an inventory is run with. */
export interface BareInvocation<F> {
  flags: CommonFlags & F
  reporter: Reporter
  interrupts: Omit<Interrupts, 'close'>
}

export interface Invocation<F> extends BareInvocation<F> {
  /** Path of the inventory, as given. */
  file: string
  inventory: Inventory
  flags: Flags & F
}

type Any<F> = Program<F> | BareProgram<F>

/** Runs a command with its arguments; resolves with the exit status and never throws. */
export const runCommand = async <F>(program: Any<F>, argv: readonly string[]): Promise<number> => {
  const output = outlivingOutput()
  return output.exitStatus(await attempted(program, argv))
}

const attempted = async <F>(program: Any<F>, argv: readonly string[]): Promise<number> => {
  let reporter: Reporter | undefined
  let verbose = false
  try {
    const { file, flags } = parse(program, argv)
    verbose = flags.verbose ?? false
    reporter = await reporterFor(flags)
    return await start(program, file, flags, reporter)
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

/** What parses the arguments of a command, and knows its --help. */
export const parserOf = <F>(program: Any<F>): Command => {
  const command = new Command(`npx tsx playbooks/${program.name}.ts`).description(program.description)
  const takesInventory = program.kind === 'inventory-command'
  if (takesInventory) command.argument('<inventory>', 'an inventory file, .ts or .yaml')
  program.flags(command)
  if (takesInventory) inventoryFlags(command)
  oneValueEach(commonFlags(command)).exitOverride()
  return withHelp(command, program.example ?? 'inventory/prod.ts --check --diff')
}

const parse = <F>(program: Any<F>, argv: readonly string[]): { file: string; flags: Flags & F } => {
  const command = parserOf(program)
  // Only `--prune=37` gives a number: in `--prune inventory.ts` the next word is the inventory.
  command.parse(
    argv.map((word) => (word === '--prune' ? '--prune=true' : word)),
    { from: 'user' },
  )
  return { file: command.args[0] ?? '', flags: command.opts<Flags & F>() }
}

const reporterFor = async ({ output, diff = false, verbose = false, lang }: Flags): Promise<Reporter> => {
  const options = { diff, verbose, ...defined({ language: lang }) }
  if (output === 'json') return (await import('../reporters/json.ts')).jsonReporter()
  if (output === 'junit') return (await import('../reporters/junit.ts')).junitReporter()
  // A live list has no room for what --verbose tells.
  const isPretty = !verbose && (output ?? (process.stdout.isTTY ? 'pretty' : 'lines')) === 'pretty'
  return isPretty
    ? (await import('../reporters/pretty.ts')).prettyReporter(options)
    : (await import('../reporters/lines.ts')).linesReporter(options)
}

const start = async <F>(
  program: Any<F>,
  file: string,
  flags: Flags & F,
  reporter: Reporter,
): Promise<number> => {
  if (program.kind === 'command')
    return interruptible(reporter, (told, interrupts) => program.run({ flags, reporter: told, interrupts }))
  const { loadInventory } = await import('../inventory/load.ts')
  const inventory = await loadInventory(file, flags.timeout)
  return interruptible(reporter, (told, interrupts) =>
    program.run({ file, inventory, flags, reporter: told, interrupts }),
  )
}

/** Tells at once that a run was asked to end, and what it is still at. */
const interruptible = async (
  reporter: Reporter,
  run: (reporter: Reporter, interrupts: Omit<Interrupts, 'close'>) => Promise<number>,
): Promise<number> => {
  const { close, ...interrupts } = onInterrupt()
  const running = new Set<string>()
  const counting: Reporter = {
    on(event) {
      if (event.type === 'change:start') running.add(event.action.key)
      if (event.type === 'change:end') running.delete(event.action.key)
      return reporter.on(event)
    },
  }
  interrupts.stop.addEventListener('abort', () => reporter.on({ type: 'stopping', running: running.size }))
  try {
    return await run(counting, interrupts)
  } finally {
    close()
  }
}
