import { existsSync } from 'node:fs'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { defined } from '../../base/defined.ts'
import { type AutomationError, wrongSetting } from '../../base/errors.ts'
import type { Secret } from '../../base/secret.ts'
import type { Host } from '../../inventory/schema.ts'
import { type Asked, expandHome, type Options, readOptions } from './config.ts'

/** One SSH login: everything settled that inventory, ssh_config and ssh's defaults have to say. */
export interface SshEndpoint {
  /** The host's name in the inventory, for a jump host with the jump host. */
  subject: string
  /** What one would give to `ssh`. */
  address: string
  hostName: string
  port: number
  user: string
  /** Private keys to try, first to last; the named ones are meant for this host, the others are just there. */
  identityFiles: readonly { path: string; named: boolean }[]
  identitiesOnly: boolean
  agentSocket: string | undefined
  /** What known_hosts calls this host, and what it may call it besides when it has no line for the first. */
  knownAs: readonly [string, ...string[]]
  knownHosts: readonly string[]
  hostKey: readonly string[] | undefined
  /** Whether ssh_config has a ProxyCommand that leads there. */
  byProxyCommand: boolean
  password: Secret | undefined
}

/** Who reads ssh_config, and whether what then connects runs a ProxyCommand. */
export interface ConfigReader {
  options(asked: Asked, given: string | undefined): Promise<Options>
  runsProxyCommands: boolean
}

/** For node-ssh, which has no ProxyCommand. */
export const OWN_READER: ConfigReader = { options: readOptions, runsProxyCommands: false }

/**
 * The logins that lead to a host, jump hosts first. The inventory wins over ssh_config, ssh_config over defaults.
 * Jump hosts are looked up in ssh_config themselves; the inventory's key and agent are tried on them too.
 */
export const routeTo = async (settings: Host, reader = OWN_READER): Promise<SshEndpoint[]> => {
  const { name, address } = settings
  const options = await reader.options({ address, name, user: settings.user }, settings.sshConfig)
  const target = endpoint(settings, options, name)
  const jumps = await jumpsTo(settings, reader, options, settings.proxyJump)
  return [...jumps, target]
}

/** Ours wins, then the option; ProxyCommand counts only where ssh would use it: when it comes without ProxyJump. */
const jumpsTo = async (
  settings: Host,
  reader: ConfigReader,
  options: Options,
  given: string | undefined,
  seen: readonly string[] = [],
): Promise<SshEndpoint[]> => {
  const list = given ?? options.get('proxyjump')?.join(' ') ?? 'none'
  if (list === 'none') {
    if (given === undefined && hasProxyCommand(options) && !reader.runsProxyCommands)
      throw noProxyCommand(settings, seen[0] ?? settings.address)
    return []
  }
  const jumps = list.split(',').map((text) => parseJump(text.trim(), settings.name))
  const route: SshEndpoint[] = []
  for (const [index, jump] of jumps.entries()) {
    if (seen.includes(jump.address))
      throw wrongSetting(
        settings.name,
        `its ProxyJump leads back to ${jump.address}`,
        'take the jump host out of the pattern that the option stands under',
      )
    const own = await reader.options(jump, settings.sshConfig)
    const { name, agent, knownHosts, identityFile } = settings
    const key = own.has('identityfile') ? undefined : identityFile
    const hop: Host = {
      name,
      connection: 'ssh',
      ...defined({ agent, knownHosts, identityFile: key }),
      ...jump,
    }
    if (index === 0) route.push(...(await jumpsTo(settings, reader, own, undefined, [jump.address, ...seen])))
    route.push(endpoint(hop, own, `${settings.name} (jump host ${jump.address})`))
  }
  return route
}

const hasProxyCommand = (options: Options): boolean =>
  (options.get('proxycommand')?.join(' ') ?? 'none') !== 'none'

const noProxyCommand = ({ name }: Host, address: string): AutomationError =>
  wrongSetting(
    name,
    `ssh_config has a ProxyCommand for ${address}, which node-ssh cannot run`,
    "`connection: 'openssh'` has this machine's own ssh connect; or use ProxyJump there, or `proxyJump` in the " +
      'inventory (`none` connects directly)',
  )

/** `[user@]host[:port]` or `ssh://…`, as `ssh -J` takes it. */
export const parseJump = (
  text: string,
  subject: string,
): { address: string; user?: string; port?: number } => {
  const match = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s/-][^:@\s/]*))(?::(\d+))?\/?$/.exec(
    text,
  )
  const [, user, bracketed, plain, port] = match ?? []
  const address = bracketed ?? plain
  if (address === undefined)
    throw wrongSetting(
      subject,
      `${JSON.stringify(text)} is not a jump host`,
      'it reads user@host:port; several are separated by commas',
    )
  return { address, ...defined({ user, port: port === undefined ? undefined : Number(port) }) }
}

const endpoint = (settings: Host, options: Options, subject: string): SshEndpoint => {
  const first = (keyword: string): string | undefined => options.get(keyword)?.[0]
  const { address } = settings
  const hostName = replaceTokens(first('hostname') ?? address, { h: address }, subject)
  const port = settings.port ?? Number(first('port') ?? 22)
  const user = settings.user ?? first('user') ?? userInfo().username
  const alias = first('hostkeyalias')
  const tokens = {
    d: homedir(),
    h: hostName,
    i: String(userInfo().uid),
    k: alias ?? address,
    L: hostname().split('.')[0]!,
    l: hostname(),
    n: address,
    p: String(port),
    r: user,
    u: userInfo().username,
  }
  const pathOf = (text: string): string => expandHome(replaceTokens(text, tokens, subject))
  return {
    subject,
    address,
    hostName,
    port,
    user,
    identityFiles: identityFiles(settings.identityFile, options.get('identityfile'), pathOf),
    identitiesOnly: first('identitiesonly') === 'yes',
    agentSocket: agentSocket(settings.agent, first('identityagent'), pathOf),
    knownAs: alias === undefined ? knownHostsNames(hostName, port) : [alias.toLowerCase()],
    knownHosts: knownHosts(settings.knownHosts, options, pathOf),
    hostKey: settings.hostKey,
    byProxyCommand: settings.proxyJump === undefined && hasProxyCommand(options),
    password: settings.password,
  }
}

/** How a host is called in known_hosts: `[name]:port` unless the port is 22; the name alone stands for every port. */
export const knownHostsNames = (name: string, port: number): [string, ...string[]] =>
  port === 22 ? [name.toLowerCase()] : [`[${name.toLowerCase()}]:${port}`, name.toLowerCase()]

const DEFAULT_IDENTITIES = ['id_ed25519', 'id_ecdsa', 'id_rsa']

const identityFiles = (
  given: string | undefined,
  configured: readonly string[] | undefined,
  pathOf: (text: string) => string,
): SshEndpoint['identityFiles'] => {
  const named = given === undefined ? configured : [given]
  if (named !== undefined)
    return named.filter((path) => path !== 'none').map((path) => ({ path: pathOf(path), named: true }))
  return DEFAULT_IDENTITIES.map((name) => join(homedir(), '.ssh', name))
    .filter(existsSync)
    .map((path) => ({ path, named: false }))
}

const agentSocket = (
  wanted: boolean | undefined,
  option: string | undefined,
  pathOf: (text: string) => string,
): string | undefined => {
  if (wanted === false || option === 'none') return undefined
  const standard = option === undefined || option === 'SSH_AUTH_SOCK'
  const variable = standard ? 'SSH_AUTH_SOCK' : /^\$(\w+)$/.exec(option)?.[1]
  return (variable === undefined ? pathOf(option!) : process.env[variable]) || undefined
}

const knownHosts = (
  given: string | undefined,
  options: Options,
  pathOf: (text: string) => string,
): string[] => {
  if (given !== undefined) return [pathOf(given)]
  const user = options.get('userknownhostsfile') ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
  const system = options.get('globalknownhostsfile') ?? [
    '/etc/ssh/ssh_known_hosts',
    '/etc/ssh/ssh_known_hosts2',
  ]
  return [...user, ...system].filter((path) => path !== 'none').map(pathOf)
}

/** Replaces `%x` and `${VAR}`; one that is not known is an error, as in ssh. */
const replaceTokens = (text: string, tokens: Readonly<Record<string, string>>, subject: string): string =>
  text.replaceAll(/%(.)|\$\{(\w+)\}/g, (token, letter: string | undefined, variable: string | undefined) => {
    if (token === '%%') return '%'
    const value = letter === undefined ? process.env[variable!] : tokens[letter]
    if (value !== undefined) return value
    throw wrongSetting(
      subject,
      `${token} in ${JSON.stringify(text)} cannot be replaced`,
      'ssh_config tokens %d %h %i %k %L %l %n %p %r %u and set environment variables are understood',
    )
  })
