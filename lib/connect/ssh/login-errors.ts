import { AutomationError } from '../../base/errors.ts'
import type { Keys } from './keys.ts'
import { hostKeyAlgorithms } from './known-hosts.ts'
import type { LoginMethods } from './login-methods.ts'
import { offerIn } from './offered.ts'
import type { SshEndpoint } from './route.ts'
import { isAbsent, lookAt } from './unread.ts'

/** What ssh2 and the socket reject with. */
type LoginError = Error & { level?: string; code?: unknown }

const TROUBLES: Record<string, [message: string, hint: string]> = {
  ENOTFOUND: ['the name cannot be resolved', 'check `address` in the inventory, and the DNS'],
  EAI_AGAIN: ['the name cannot be resolved at the moment', 'check the DNS'],
  ECONNREFUSED: ['connection refused', 'does sshd run there, and on this port?'],
  EHOSTUNREACH: ['no route to it', 'check the address, the network and the VPN'],
  ENETUNREACH: ['no route to it', 'check the address, the network and the VPN'],
  ETIMEDOUT: ['no answer', 'check the address, the VPN and the firewall'],
}

const at = ({ hostName, port }: SshEndpoint): string => `${hostName}:${port}`

const unreachable = (
  { subject }: Pick<SshEndpoint, 'subject'>,
  message: string,
  hint: string,
  { cause, retryable = true }: { cause?: unknown; retryable?: boolean } = {},
): AutomationError => new AutomationError({ code: 'unreachable', subject, message, hint, retryable, cause })

/** A TCP connection that did not come about. */
export const noConnection = (endpoint: SshEndpoint, cause: LoginError): AutomationError => {
  const [message, hint] = TROUBLES[String(cause.code)] ?? [cause.message, 'check the address and the network']
  return unreachable(endpoint, `${at(endpoint)}: ${message}`, hint, {
    cause,
    retryable: cause.code !== 'ENOTFOUND',
  })
}

/** A jump host that would not or could not connect us further. */
export const noForwarding = (endpoint: SshEndpoint, cause: LoginError): AutomationError =>
  unreachable(
    endpoint,
    `the jump host cannot reach ${at(endpoint)} (${cause.message.replace(/^\(SSH\) /, '')})`,
    'check address and port as seen from there, and AllowTcpForwarding in its sshd_config',
    { cause },
  )

/** No login within the limit, wherever it hung. */
export const noLoginInTime = (endpoint: SshEndpoint, limitMs: number): AutomationError =>
  unreachable(endpoint, `${at(endpoint)}: no login within ${limitMs / 1000} s`, TROUBLES['ETIMEDOUT']![1])

/** A login through which no command can be started. */
export const noSession = (subject: string, why: string, cause?: unknown): AutomationError =>
  unreachable(
    { subject },
    `no command could be started (${why})`,
    'MaxSessions in sshd_config there may be too low',
    { cause, retryable: false },
  )

/** A login that failed after the TCP connection; `verified` tells whether the host key had been accepted. */
export const noLogin = (
  endpoint: SshEndpoint,
  cause: LoginError,
  methods: LoginMethods,
  keys: Keys,
  verified: boolean,
): AutomationError => {
  const { user } = endpoint
  if (cause.level === 'handshake') return noCommonWay(endpoint, cause)
  const tooMany = /too many authentication failures/i.test(cause.message)
  if (cause.level === 'client-authentication' || cause.level === 'agent' || tooMany)
    return refused(endpoint, cause, methods, keys, tooMany)
  return verified
    ? unreachable(
        endpoint,
        `${at(endpoint)} closed the connection during the login of ${user} (${cause.message})`,
        'the log of sshd there says why (AllowUsers, PAM, LoginGraceTime)',
        // Some servers hang up on a wrong password: showing it again could lock the account.
        { cause, retryable: methods.tried.length === 0 },
      )
    : unreachable(
        endpoint,
        `${at(endpoint)} closed the connection before the login (${cause.message})`,
        'a firewall or MaxStartups of sshd drops it: try again, or fewer hosts at once (--forks)',
        { cause },
      )
}

/** A server may be hardened or newer as well as old: only its own lists tell. */
const noCommonWay = (endpoint: SshEndpoint, cause: LoginError): AutomationError => {
  const offer = offerIn(cause.message, hostKeyAlgorithms([]))
  return offer === undefined
    ? unreachable(
        endpoint,
        `${at(endpoint)} does not speak SSH as we do (${cause.message})`,
        'is it an SSH server? `ssh -v` shows what it answers',
        { cause, retryable: false },
      )
    : new NoCommonAlgorithm({
        code: 'unreachable',
        subject: endpoint.subject,
        message: `${at(endpoint)} takes no ${offer.what} algorithm that node-ssh offers`,
        hint:
          "install OpenSSH's client on this machine, which then connects; or add one of these to " +
          `${offer.option} in its sshd_config: ${offer.algorithms.join(', ')}; \`sshd -T\` there shows what it takes`,
        cause,
      })
}

/** A server that takes nothing of what this machine's own ssh offers. */
export const noCommonAlgorithm = (endpoint: SshEndpoint, what: string, taken: string): AutomationError =>
  unreachable(
    endpoint,
    `${at(endpoint)} takes no ${what} algorithm that the ssh of this machine offers; it takes ${taken}`,
    'update OpenSSH on the older side; `ssh -Q kex`, `-Q cipher` and `-Q mac` here, and `sshd -T` there, show ' +
      'what each knows',
    { retryable: false },
  )

/** A server that is hardened, newer or older than who asks: another client may get in. */
export class NoCommonAlgorithm extends AutomationError {}

const refused = (
  { subject, user }: SshEndpoint,
  cause: LoginError,
  methods: LoginMethods,
  { encrypted, unread }: Keys,
  tooMany: boolean,
): AutomationError => {
  const { tried, accepted, taken } = methods
  const closed = unread.filter((one) => !isAbsent(one))
  const facts = [
    tried.length === 0 ? 'there was no key and no password to try' : `tried ${tried.join(', ')}`,
    ...(taken.length === 0 ? [] : [`the server takes ${taken.join(', ')}`]),
    ...(accepted.length === 0 ? [] : [`it accepted ${accepted.join(', ')}, which alone is not enough`]),
    ...encrypted.map((path) => `${path} is encrypted and no agent holds it`),
    ...unread.map((one) =>
      isAbsent(one) ? `${one.path} does not exist` : `${one.path} cannot be read (${one.code})`,
    ),
    ...(tooMany ? ['too many attempts'] : []),
    ...(cause.level === 'agent' ? [`the agent did not sign: ${cause.message}`] : []),
  ]
  return new AutomationError({
    code: 'auth',
    subject,
    message: `the login of ${user} was refused: ${facts.join('; ')}`,
    hint:
      encrypted.length > 0
        ? `run \`ssh-add ${encrypted[0]}\` first`
        : closed.length > 0
          ? lookAt(closed.slice(0, 1))
          : nextStep(user, methods),
    cause,
  })
}

const nextStep = (user: string, { tried, accepted, taken, hasPassword }: LoginMethods): string => {
  const asksPassword = taken.includes('password') || taken.includes('keyboard-interactive')
  const tookKeys = accepted.length > 0 || !taken.includes('publickey')
  if (tookKeys && asksPassword && !hasPassword)
    return 'give the `password` of this host in the inventory: secret.env, secret.file or secret.command'
  if (accepted.length > 0)
    return asksPassword
      ? 'check the `password` of this host; a one-time code cannot be given'
      : 'name a second key as well: ssh_config may have several IdentityFile'
  if (tried.length > 0 && tried.every((what) => what.startsWith('password')))
    return 'check the user and the `password` of this host in the inventory'
  return (
    'check the user and ~/.ssh/authorized_keys there, or name the right key with identityFile; ' +
    `sshd may also refuse ${user} by ${user === 'root' ? 'PermitRootLogin or ' : ''}AllowUsers: its log says so`
  )
}
