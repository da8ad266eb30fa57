import { abortable } from '../../base/abortable.ts'
import { quote } from '../../base/shell.ts'
import { passwordLine } from '../host/become-root.ts'
import { notStarted } from '../host/children.ts'
import { pinnedKeys } from '../ssh/known-hosts.ts'
import type { SshEndpoint } from '../ssh/route.ts'
import { KEEPALIVE_MS } from '../ssh/tries.ts'
import { aboutStart, configArgs } from './client.ts'
import { Master } from './master.ts'
import { notLoggedIn } from './not-logged-in.ts'

/** How to call ssh: its path, which ssh_config it reads, and the key that the inventory names for these logins. */
export interface Client {
  path: string
  sshConfig: string | undefined
  identityFile: string | undefined
}

/** Logs in by ssh, through the login of a jump host if there is one; rejects in the words of a login by node-ssh. */
export const logIn = async (
  client: Client,
  endpoint: SshEndpoint,
  through: Master | undefined,
  signal: AbortSignal,
): Promise<Master> => {
  const { subject, password: secret } = endpoint
  const password = secret && (await passwordLine(secret, subject, 'password'))
  const pins = endpoint.hostKey && pinnedKeys(endpoint.hostKey, endpoint.subject)
  const master = await Master.start(
    (dir) => [client.path, ...masterArgs(client, endpoint, through, dir)],
    // The file is this login's own, so whatever ssh calls the machine there is it.
    pins?.map(({ type, key }) => `* ${type} ${key}\n`).join(''),
    password,
  ).catch((error) => {
    const isOfTheSystem = typeof (error as NodeJS.ErrnoException).errno === 'number'
    throw isOfTheSystem ? notStarted(client.path, error, aboutStart(client.path, subject)) : error
  })
  try {
    if (await abortable(master.ready, signal)) return master
    throw await notLoggedIn(endpoint, master, through)
  } catch (error) {
    await master.close()
    throw error
  }
}

/** What a second ssh is given to send something through a login that is there, and never to log in itself. */
export const throughMaster = ({ socket }: Master): string[] => [
  ...['-F', 'none', '-S', socket, '-T'],
  ...options({ ControlMaster: 'no', ProxyCommand: 'false', BatchMode: 'yes', LogLevel: 'ERROR' }),
]

const masterArgs = (
  client: Client,
  endpoint: SshEndpoint,
  through: Master | undefined,
  dir: string,
): string[] => [
  ...configArgs(client.sshConfig),
  ...['-v', '-N', '-T'],
  ...options({
    ...ALWAYS,
    ...hostKeyOptions(endpoint, dir),
    ...loginOptions(endpoint, client),
    ...wayOptions(client, endpoint, through),
  }),
  ...['--', endpoint.address],
]

/** What ssh_config may say for somebody at a terminal, and what would leave something behind or let something in. */
const ALWAYS = {
  ControlMaster: 'yes',
  ControlPersist: 'no',
  ForkAfterAuthentication: 'no',
  ServerAliveInterval: String(KEEPALIVE_MS / 1000),
  ServerAliveCountMax: '3',
  RemoteCommand: 'none',
  ClearAllForwardings: 'yes',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  Tunnel: 'no',
}

/** As strict as with node-ssh: an unknown key is refused, nothing is learned, the key shown is kept for the error. */
const hostKeyOptions = ({ knownHosts, hostKey }: SshEndpoint, dir: string): Options => ({
  StrictHostKeyChecking: 'yes',
  UpdateHostKeys: 'no',
  VerifyHostKeyDNS: 'no',
  NoHostAuthenticationForLocalhost: 'no',
  CheckHostIP: 'no',
  UserKnownHostsFile:
    hostKey === undefined ? knownHosts.map(fileName).join(' ') || '/dev/null' : fileName(`${dir}/pins`),
  GlobalKnownHostsFile: '/dev/null',
  KnownHostsCommand: `/bin/sh -c 'echo "$1 $2" > "$0/shown"' ${fileName(dir)} %t %K`,
})

const loginOptions = (endpoint: SshEndpoint, { identityFile }: Client): Options => {
  const { user, port, password, agentSocket, identityFiles, identitiesOnly } = endpoint
  const named = identityFiles.filter((identity) => identity.named)
  // With a password only keys that are named, so that no attempt is wasted.
  const only = identitiesOnly || identityFile !== undefined || password !== undefined
  return {
    User: user,
    Port: String(port),
    BatchMode: password === undefined ? 'yes' : 'no',
    NumberOfPasswordPrompts: '1',
    IdentityAgent: agentSocket === undefined ? 'none' : fileName(agentSocket),
    ...(named.length > 0 && { IdentityFile: named.map(({ path }) => fileName(path)) }),
    ...(only && { IdentitiesOnly: 'yes' }),
    ...(password !== undefined && named.length === 0 && { PubkeyAuthentication: 'no' }),
  }
}

/** Each jump host is a login of its own, with its own host key checked; what is not said here ssh_config says. */
const wayOptions = (
  { path }: Client,
  { byProxyCommand }: SshEndpoint,
  through: Master | undefined,
): Options => {
  if (through === undefined) return byProxyCommand ? {} : { ProxyCommand: 'none' }
  const words = [path, ...throughMaster(through), '-W'].map(quote).join(' ').replaceAll('%', '%%')
  return { ProxyCommand: `${words} [%h]:%p x` }
}

type Options = Readonly<Record<string, string | readonly string[]>>

const options = (all: Options): string[] =>
  Object.entries(all).flatMap(([keyword, values]) =>
    [values].flat().flatMap((value) => ['-o', `${keyword}=${value}`]),
  )

/** A path as a word of ssh_config. */
const fileName = (path: string): string => `"${path.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`
