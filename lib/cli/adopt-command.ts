import '../base/node-version.ts'
import { homedir } from 'node:os'
import { basename, extname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { type AdoptInput, found } from '../adopt/found.ts'
import { hostFrom } from '../adopt/hosts.ts'
import { look } from '../adopt/look.ts'
import type { AdoptedInventory } from '../adopt/remark.ts'
import { WRITERS, writeAdopted } from '../adopt/write/destination.ts'
import { localPath } from '../base/absolute-path.ts'
import { counted } from '../base/counted.ts'
import { defined } from '../base/defined.ts'
import { AutomationError, worstExit, wrongFlag } from '../base/errors.ts'
import { contextsIn } from '../connect/kube/config.ts'
import { dnsLabel } from '../inventory/names.ts'
import type { Host } from '../inventory/schema.ts'
import { displayed } from '../inventory/text.ts'
import type { BareProgram } from './command.ts'
import { reachOf } from './reach.ts'

interface Own {
  kubeconfig?: string
  context?: string
  host?: string[]
  sshConfig?: string
  out?: string
}

const flags = (command: Command): void => {
  command
    .option('--kubeconfig <file>', "the administrator's kubeconfig")
    .option('--context <name>', 'the context in it, when it has more than one')
    .option(
      '--host <name=address>',
      'a client machine, such as client01=root@10.0.0.97:22; once for each',
      (text: string, before: string[] = []) => [...before, text],
    )
    .option('--ssh-config <file>', 'read instead of ~/.ssh/config and /etc/ssh/ssh_config')
    .option('--out <file>', 'the inventory to write, .ts or .yaml; it is called after the file')
}

const EXAMPLE = '--kubeconfig ~/.kube/config --host client01=root@10.0.0.97 --out inventory/found.ts'

/** Reads a set-up that people made by hand and writes its inventory; changes nothing anywhere else. */
export const adopt: BareProgram<Own> = {
  name: 'adopt',
  description:
    'Writes the inventory of a set-up that was made by hand; changes nothing on machines or in the cluster.',
  example: EXAMPLE,
  kind: 'command',
  flags,
  async run({ flags, reporter, interrupts }) {
    const { asked, out } = await complete(flags, interrupts.abort)
    const emit = reporter.on.bind(reporter)
    const started = performance.now()
    // Nothing is lost when reading is broken off.
    const signal = AbortSignal.any([interrupts.stop, interrupts.abort])
    const cluster = {
      name: 'cluster',
      ...asked.cluster,
      kubeconfig: localPath(asked.cluster.kubeconfig, '/'),
    }
    const hosts = asked.hosts.map(reachable)
    const reach = reachOf({ hosts, cluster }, { flags, reporter }, signal)
    emit({ type: 'start', playbook: 'adopt', inventory: asked.name, mode: flags.check ? 'check' : 'apply' })
    const names = hosts.map(({ name }) => name)
    const looking = look({ hosts: names, reach, forks: flags.forks, signal })
    const world = await looking.finally(() => reach.close())
    if (Array.isArray(world)) {
      for (const error of world) emit({ type: 'error', error })
      return worstExit(world.map(({ exitCode }) => exitCode))
    }
    const seconds = (performance.now() - started) / 1000
    emit({ type: 'observed', targets: hosts.length + 1, seconds })
    const result = found(world, asked)
    if (result.inventory.groups.length === 0) throw nothingFound(result, asked)
    const writing = await writeAdopted(out, WRITERS.get(extname(out))!(result, out), flags.check ?? false)
    emit({ type: 'found', found: result, file: displayed(out), writing })
    return writing === 'planned' ? 2 : 0
  },
}

/** What was asked, complete and without mistakes, before anything is contacted. */
const complete = async (
  { kubeconfig, context, host, sshConfig, out }: Own,
  signal: AbortSignal,
): Promise<{ asked: AdoptInput; out: string }> => {
  if (kubeconfig === undefined || host === undefined || out === undefined) {
    const missing = Object.entries({ kubeconfig, host, out }).filter(([, value]) => value === undefined)
    throw wrongFlag(
      missing.map(([name]) => `--${name}`).join(', '),
      'is missing',
      `such as npx tsx playbooks/adopt.ts ${EXAMPLE}`,
    )
  }
  if (!WRITERS.has(extname(out)))
    throw wrongFlag(`--out ${out}`, 'is of no kind that is written', 'let it end in .ts or .yaml')
  const name = basename(out, extname(out))
  const odd = dnsLabel(26)(name)
  if (odd !== undefined)
    throw wrongFlag(`--out ${out}`, 'cannot give the inventory its name', `${odd.reason}: ${odd.hint}`)
  const hosts = host.map((text) => ({
    ...hostFrom(text),
    ...(sshConfig !== undefined && { sshConfig: portable(sshConfig) }),
  }))
  const twice = hosts.find((one, index) => hosts.findIndex((other) => other.name === one.name) < index)
  if (twice !== undefined)
    throw wrongFlag(`--host ${twice.name}`, 'is there twice', 'give each machine a name of its own')
  const chosen = context ?? (await onlyContext(resolve(kubeconfig), signal))
  return {
    asked: { name, hosts, cluster: { context: chosen, kubeconfig: portable(kubeconfig) } },
    out: resolve(out),
  }
}

/** The wrong cluster is the classic accident: where there is a choice, it is not made here. */
const onlyContext = async (kubeconfig: string, signal: AbortSignal): Promise<string> => {
  const contexts = await contextsIn(kubeconfig, signal)
  if (contexts.length === 1) return contexts[0]!
  throw wrongFlag(
    '--context',
    `is missing, and ${kubeconfig} has ${counted(contexts.length, 'context')}`,
    contexts.length === 0 ? 'name the kubeconfig of an administrator' : `say which: ${contexts.join(', ')}`,
  )
}

/** A path as it holds in an inventory wherever that lies. */
const portable = (path: string): string => {
  const whole = resolve(path)
  return whole.startsWith(`${homedir()}/`) ? join('~', relative(homedir(), whole)) : whole
}

const reachable = ({
  name,
  address = name,
  connection = 'ssh',
  ...host
}: AdoptInput['hosts'][number]): Host => ({
  name,
  address,
  connection,
  ...defined({ user: host.user, port: host.port }),
  ...(host.sshConfig !== undefined && { sshConfig: localPath(host.sshConfig, '/') }),
  ...(host.sudo === true && { sudo: true }),
})

const nothingFound = ({ remarks }: AdoptedInventory, { cluster: { context } }: AdoptInput): AutomationError =>
  new AutomationError({
    code: 'refused',
    subject: `the machines and the cluster of context ${context}`,
    message: [
      'no Linux group has a namespace of its name, so there is nothing to adopt',
      ...remarks.map(({ name, says }) => `${name}: ${says}`),
    ].join('\n'),
    hint:
      'check --context and --host; from scratch, begin with inventory/prod.ts; ' +
      'to write again the inventory to which they belong, name the file after it: --out <inventory>.yaml',
  })
