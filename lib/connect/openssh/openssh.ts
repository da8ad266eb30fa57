import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { untrusted } from '../../base/printable.ts'
import type { Host } from '../../inventory/schema.ts'
import type { HostConnection } from '../connection.ts'
import { Children } from '../host/children.ts'
import { cancelled, RootHost } from '../host/host.ts'
import type { Ending, Transport } from '../host/transport.ts'
import { noSession } from '../ssh/login-errors.ts'
import { type ConfigReader, routeTo } from '../ssh/route.ts'
import type { ConnectOptions } from '../ssh/ssh.ts'
import { inTries, LOGIN_LIMIT_MS } from '../ssh/tries.ts'
import { aboutStart, findClient, readByClient } from './client.ts'
import { logIn, throughMaster } from './login.ts'
import type { Master } from './master.ts'
import { RemoteStatus } from './remote-status.ts'

/**
 * Logs in to a host by this machine's own ssh, through its jump hosts; promises what `connectSsh` does. Without a
 * reader ssh reads ssh_config itself.
 */
export const connectOpenSsh = async (
  settings: Host,
  { signal, timeoutMs, onRoundTrip }: ConnectOptions,
  reader?: ConfigReader,
): Promise<HostConnection> => {
  const { name, sudo, sshConfig, identityFile } = settings
  const masters: Master[] = []
  try {
    const path = await findClient(name)
    const limitMs = Math.min(timeoutMs, LOGIN_LIMIT_MS)
    const route = await routeTo(settings, reader ?? readByClient(path, name, signal, limitMs))
    const client = { path, sshConfig, identityFile }
    for (const endpoint of route) {
      const through = masters.at(-1)
      const attempt = (stop: AbortSignal) => logIn(client, endpoint, through, stop)
      masters.push(await inTries(attempt, endpoint, signal, limitMs))
    }
    const { user } = route.at(-1)!
    const transport = transportThrough(name, path, masters)
    return new RootHost({ subject: name, user, sudo }, transport, timeoutMs, onRoundTrip)
  } catch (error) {
    await closeAll(masters)
    throw signal.aborted ? cancelled(name, signal) : error
  }
}

/** The last login is the host's own, the others are those of its jump hosts. */
const transportThrough = (subject: string, client: string, masters: readonly Master[]): Transport => {
  const master = masters.at(-1)!
  const about = aboutStart(client, subject)
  // The login sees that it is gone and closes the channel.
  const children = new Children((child) => child.kill('SIGKILL'))
  let count = 0

  const answers = (): Promise<boolean> =>
    promisify(execFile)(client, [...throughMaster(master), '-O', 'check', '--', 'x']).then(
      () => !master.ended,
      () => false,
    )

  /** How a command ended whose shell did not say it: never started, no shell of ours, or the connection is lost. */
  const unsaid = async (code: number | null, log: string): Promise<Ending> => {
    if (code !== null && code !== 255) return { by: 'exit', status: code }
    const said = await readFile(log, 'utf8').catch(() => '')
    const refused = /session request failed: (.*)/.exec(said)?.[1]
    if (!(await answers())) return { by: 'loss' }
    if (refused === undefined) return said === '' ? { by: 'exit', status: 255 } : { by: 'loss' }
    throw noSession(subject, untrusted(refused))
  }

  return {
    async exec(command, { onStderr, ...streams }, signal) {
      signal.throwIfAborted()
      if (master.ended) return { by: 'loss' }
      const remote = new RemoteStatus(onStderr)
      // What ssh says goes there, so that standard error is the remote program's alone.
      const log = join(master.dir, `log-${count++}`)
      const args = [client, ...throughMaster(master), '-E', log, '--', 'x', remote.wrapped(command)] as const
      try {
        const told = { ...streams, onStderr: (chunk: Buffer) => remote.push(chunk) }
        const { status } = await children.run(args, told, signal, about)
        remote.finish()
        return remote.ending ?? (await unsaid(status, log))
      } finally {
        void rm(log, { force: true })
      }
    },
    async close() {
      children.close()
      await closeAll(masters)
    },
  }
}

const closeAll = async (masters: readonly Master[]): Promise<void> => {
  for (const master of masters.toReversed()) await master.close()
}
