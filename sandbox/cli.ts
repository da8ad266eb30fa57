import '../lib/base/node-version.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { relative } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { AutomationError, asAutomationError } from '../lib/base/errors.ts'
import { inventoryOf } from './inventory.ts'
import {
  down,
  readState,
  requireRoot,
  type SandboxProcess,
  type SandboxState,
  status,
  up,
} from './sandbox.ts'
import type { Variant } from './variant.ts'

const count = (text: string): number => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 99)
    throw new InvalidArgumentError('it takes a whole number from 1 to 99.')
  return number
}

const here = (path: string): string => {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

const summary = (state: SandboxState): string => {
  const { server, kubeconfig, sshConfig, clients, arena } = state
  return [
    `cluster   ${server}  KUBECONFIG=${here(kubeconfig)}`,
    ...clients.map(
      ({ name, address, port }) => `${name}  ${address}:${port}  ssh -F ${here(sshConfig)} ${name}`,
    ),
    `arena     ${here(arena.archive)}  sha256:${arena.sha256}`,
    `inventory ${here(inventoryOf(state))}`,
  ].join('\n')
}

const row = ({ name, up, pid, address }: SandboxProcess): string =>
  `${name.padEnd(24)} ${(up ? 'up' : 'down').padEnd(5)} ${String(pid ?? '-').padEnd(8)} ${address ?? '-'}`

const shell = async (name: string): Promise<number> => {
  requireRoot()
  const { clients, sshConfig } = readState()
  if (!clients.some((client) => client.name === name))
    throw new AutomationError({
      code: 'usage',
      subject: name,
      message: 'there is no client machine of this name',
      hint: `there is ${clients.map((client) => client.name).join(', ')}`,
    })
  const [code] = await once(spawn('ssh', ['-F', sshConfig, name], { stdio: 'inherit' }), 'exit')
  return code ?? 1
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`

const main = async (argv: readonly string[]): Promise<number> => {
  let exit = 0
  const begun = Date.now()
  const program = new Command('npm run sandbox --')
    .description('A cluster and client machines of its own on this machine, all of real parts.')
    .exitOverride()
  program
    .command('up')
    .description('start what is missing of it')
    .option(
      '--clients <number>',
      'client machines: client01, client02, … (default: as many as there are, or 1)',
      count,
    )
    .option(
      '--release <name>',
      "the client machines' Debian release, such as trixie (default: as this machine)",
    )
    .addOption(
      new Option('--tools <kind>', "the client machines' tools: as Ubuntu has them since 25.10").choices([
        'uutils',
        'uutils-0.12',
      ]),
    )
    .addOption(
      new Option('--kubernetes <minor>', "the control plane's version (default: 1.37)").choices([
        '1.34',
        '1.30',
      ]),
    )
    .option('--worker', 'a node beside those that kwok plays, which runs pods (builds more, once)')
    .action(async (options: Variant & { clients?: number }) => {
      const state = await up({ ...options, onProgress: console.log })
      console.log(`${summary(state)}\nup in ${seconds(begun)}`)
    })
  program
    .command('down')
    .description('end it and delete its files')
    .action(async () => {
      await down()
      console.log(`down in ${seconds(begun)}`)
    })
  program
    .command('status')
    .description('its parts; exit 0 when all of them work, 1 otherwise')
    .action(async () => {
      const parts = await status()
      console.log(parts.map(row).join('\n'))
      exit = parts.every(({ up }) => up) ? 0 : 1
    })
  program
    .command('shell')
    .description('a shell as root on a client machine')
    .argument('<client>', 'its name, such as client01')
    .action(async (name: string) => {
      exit = await shell(name)
    })
  await program.parseAsync(argv, { from: 'user' })
  return exit
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64
  const failure = asAutomationError(error)
  console.error(failure.message)
  return failure.exitCode
})
