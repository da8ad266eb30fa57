import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Config, NodeSSH } from 'node-ssh'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { abortable } from '../../base/abortable.ts'
import { type AutomationError, isAutomationError } from '../../base/errors.ts'
import type { Host } from '../../inventory/schema.ts'
import type { HostConnection, OnRoundTrip } from '../connection.ts'
import { cancelled, RootHost } from '../host/host.ts'
import type { Transport } from '../host/transport.ts'
import { keysFor } from './keys.ts'
import { hostKeyAlgorithms, knownOf, refuseKey } from './known-hosts.ts'
import { noConnection, noForwarding, noLogin, noSession } from './login-errors.ts'
import { loginMethods } from './login-methods.ts'
import { routeTo, type SshEndpoint } from './route.ts'
import { inTries, KEEPALIVE_MS, LOGIN_LIMIT_MS } from './tries.ts'

export interface ConnectOptions {
  signal: AbortSignal
  /** How long nothing may be heard from the host; a login gets at most 20 s of it. */
  timeoutMs: number
  /** Told of each exec. */
  onRoundTrip?: OnRoundTrip
}

/** An SSH connection and what it runs over. */
interface Session {
  ssh: NodeSSH
  socket: Duplex
}

/**
 * Logs in to a host, through its jump hosts. Rejects with `unreachable`, `auth` or `host-key`, which say what to do,
 * with `inventory` when the settings cannot work, and with `cancelled` as soon as the signal aborts.
 */
export const connectSsh = async (
  settings: Host,
  { signal, timeoutMs, onRoundTrip }: ConnectOptions,
): Promise<HostConnection> => {
  const { name, sudo } = settings
  const sessions: Session[] = []
  try {
    const route = await routeTo(settings)
    const limitMs = Math.min(timeoutMs, LOGIN_LIMIT_MS)
    for (const endpoint of route) sessions.push(await reach(endpoint, sessions.at(-1), signal, limitMs))
    const { user } = route.at(-1)!
    const transport = transportOver(name, sessions)
    return new RootHost({ subject: name, user, sudo }, transport, timeoutMs, onRoundTrip)
  } catch (error) {
    closeAll(sessions)
    throw signal.aborted ? cancelled(name, signal) : error
  }
}

const reach = async (
  endpoint: SshEndpoint,
  through: Session | undefined,
  signal: AbortSignal,
  limitMs: number,
): Promise<Session> => {
  const login = await prepareLogin(endpoint)
  const dialled = (stop: AbortSignal): Promise<Duplex> =>
    through === undefined ? dial(endpoint, stop) : forward(endpoint, through, stop)
  return inTries(async (stop) => login(await dialled(stop), stop), endpoint, signal, limitMs)
}

/** A TCP connection of our own: what goes wrong before SSH is told apart, and no packet waits for another. */
const dial = (endpoint: SshEndpoint, signal: AbortSignal): Promise<Socket> => {
  const socket = connect({ host: endpoint.hostName, port: endpoint.port, noDelay: true })
  const connected = new Promise<Socket>((resolve, reject) => {
    socket.on('error', (error) => reject(noConnection(endpoint, error)))
    socket.once('connect', () => resolve(socket))
  })
  return abortable(connected, signal).catch((error) => {
    socket.destroy()
    throw error
  })
}

const forward = async (endpoint: SshEndpoint, { ssh }: Session, signal: AbortSignal): Promise<Duplex> => {
  try {
    return await abortable(ssh.forwardOut('127.0.0.1', 0, endpoint.hostName, endpoint.port), signal)
  } catch (error) {
    throw noForwarding(endpoint, error as Error)
  }
}

/** Reads keys, secrets and known hosts first, so that nothing is waited for once a server is talking. */
const prepareLogin = async (
  endpoint: SshEndpoint,
): Promise<(socket: Duplex, signal: AbortSignal) => Promise<Session>> => {
  const { hostName, user } = endpoint
  const [keys, known, password] = await Promise.all([
    keysFor(endpoint),
    knownOf(endpoint),
    endpoint.password?.reveal(),
  ])
  return async (socket, signal) => {
    const ssh = new NodeSSH()
    const methods = loginMethods(user, keys, password)
    let verdict: AutomationError | 'trusted' | undefined
    const config: Config = {
      host: hostName,
      sock: socket as Socket,
      username: user,
      readyTimeout: 0,
      keepaliveInterval: KEEPALIVE_MS,
      algorithms: { serverHostKey: hostKeyAlgorithms(known.keys) as ServerHostKeyAlgorithm[] },
      hostVerifier: (key: Buffer) => {
        verdict = refuseKey(key, known, endpoint) ?? 'trusted'
        return verdict === 'trusted'
      },
      authHandler: methods.next,
    }
    try {
      await abortable(ssh.connect(config), signal)
      // node-ssh takes its own listener away here, and a reset between two commands would end the process.
      ssh.connection!.on('error', () => {})
      return { ssh, socket }
    } catch (error) {
      ssh.connection?.on('error', () => {})
      socket.destroy()
      throw isAutomationError(verdict)
        ? verdict
        : noLogin(endpoint, error as Error, methods, keys, verdict === 'trusted')
    }
  }
}

/** The last session is the host's own, the others are those of its jump hosts. */
const transportOver = (subject: string, sessions: readonly Session[]): Transport => ({
  async exec(command, { stdin, onStdout, onStderr }, signal) {
    signal.throwIfAborted()
    const { ssh } = sessions.at(-1)!
    if (!ssh.isConnected()) return { by: 'loss' }
    const broken = Promise.withResolvers<never>()
    stdin.once('error', broken.reject)
    let closeChannel = (): void => {}
    const running = ssh.execCommand(`exec ${command}`, {
      stdin,
      onStdout,
      onStderr,
      noTrim: true,
      encoding: 'latin1',
      onChannel: (channel) => {
        // A write may meet a channel that the host has just closed; how it ended says enough.
        channel.on('error', () => {})
        // node-ssh would keep all of it as text until the end, beside what it has handed over.
        queueMicrotask(() => {
          channel.removeAllListeners('data').on('data', onStdout)
          channel.stderr.removeAllListeners('data').on('data', onStderr)
        })
        closeChannel = () => channel.close()
        if (signal.aborted) closeChannel()
      },
    })
    try {
      const { code, signal: killer } = await abortable(Promise.race([running, broken.promise]), signal)
      if (code !== null) return { by: 'exit', status: code }
      return killer === null ? { by: 'loss' } : { by: 'signal', signal: killer }
    } catch (error) {
      closeChannel()
      if (signal.aborted || error === stdin.errored) throw error
      if (!ssh.isConnected()) return { by: 'loss' }
      throw noSession(subject, (error as Error).message, error)
    }
  },
  close: async () => closeAll(sessions),
})

/** Says goodbye without waiting for an answer, so that a host that is gone cannot keep the process. */
const closeAll = (sessions: readonly Session[]): void => {
  for (const { ssh, socket } of sessions.toReversed()) {
    ssh.dispose()
    if (socket instanceof Socket) socket.destroySoon()
  }
}
