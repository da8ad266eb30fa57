import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { abortable } from '../../base/abortable.ts'
import { AutomationError } from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'
import type { HostConnection } from '../connection.ts'
import { cancelled, RootHost } from '../host/host.ts'
import type { Ending, Streams, Transport } from '../host/transport.ts'
import { type ConfigReader, routeTo } from '../ssh/route.ts'
import type { HostSettings } from '../ssh/settings.ts'
import type { ConnectOptions } from '../ssh/ssh.ts'
import { inTries, LOGIN_LIMIT_MS } from '../ssh/tries.ts'
import { findClient, readByClient } from './client.ts'
import { logIn, throughMaster } from './login.ts'
import type { Master } from './master.ts'
import { RemoteStatus } from './remote-status.ts'

/**
 * Logs in to a host by this machine's own ssh, through its jump hosts; promises what `connectSsh` does. Without a
 * reader ssh reads ssh_config itself.
 */
export const connectOpenSsh = async (
  settings: HostSettings,
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
    const transport = new OpenSshTransport(name, path, masters)
    return new RootHost({ subject: name, user, sudo }, transport, timeoutMs, onRoundTrip)
  } catch (error) {
    await closeAll(masters)
    throw signal.aborted ? cancelled(name, signal) : error
  }
}

class OpenSshTransport implements Transport {
  readonly #subject: string
  readonly #client: string
  readonly #masters: readonly Master[]
  readonly #children = new Set<ChildProcess>()
  #count = 0

  /** The last login is the host's own, the others are those of its jump hosts. */
  constructor(subject: string, client: string, masters: readonly Master[]) {
    this.#subject = subject
    this.#client = client
    this.#masters = masters
  }

  get #master(): Master {
    return this.#masters.at(-1)!
  }

  async exec(command: string, { stdin, onStdout, onStderr }: Streams, signal: AbortSignal): Promise<Ending> {
    signal.throwIfAborted()
    if (this.#master.ended) return { by: 'loss' }
    const status = new RemoteStatus(onStderr)
    // What ssh says goes there, so that standard error is the remote program's alone.
    const log = join(this.#master.dir, `log-${this.#count++}`)
    const args = [...throughMaster(this.#master), '-E', log, '--', 'x', status.wrapped(command)]
    const { PATH, HOME } = process.env
    const child = spawn(this.#client, args, { detached: true, env: { PATH, HOME } })
    this.#children.add(child)
    const ended = new Promise<number | null>((resolve, reject) => {
      stdin.once('error', reject)
      child.once('error', reject)
      child.once('close', resolve)
    })
    void ended.finally(() => this.#children.delete(child)).catch(() => {})
    child.stdout.on('data', onStdout)
    child.stderr.on('data', (chunk: Buffer) => status.push(chunk))
    // It may end without reading everything.
    child.stdin.on('error', () => {})
    stdin.pipe(child.stdin)
    try {
      const code = await abortable(ended, signal)
      status.finish()
      return status.ending ?? (await this.#unsaid(code, log))
    } catch (error) {
      stop(child)
      throw error
    } finally {
      void rm(log, { force: true })
    }
  }

  /** How a command ended whose shell did not say it: never started, no shell of ours, or the connection is lost. */
  async #unsaid(code: number | null, log: string): Promise<Ending> {
    if (code !== null && code !== 255) return { by: 'exit', status: code }
    const said = await readFile(log, 'utf8').catch(() => '')
    const refused = /session request failed: (.*)/.exec(said)?.[1]
    if (!(await this.#answers())) return { by: 'loss' }
    if (refused === undefined) return said === '' ? { by: 'exit', status: 255 } : { by: 'loss' }
    throw new AutomationError({
      code: 'unreachable',
      subject: this.#subject,
      message: `no command could be started (${untrusted(refused)})`,
      hint: 'MaxSessions in sshd_config there may be too low',
    })
  }

  async #answers(): Promise<boolean> {
    const args = [...throughMaster(this.#master), '-O', 'check', '--', 'x']
    return promisify(execFile)(this.#client, args).then(
      () => !this.#master.ended,
      () => false,
    )
  }

  async close(): Promise<void> {
    for (const child of this.#children) stop(child)
    await closeAll(this.#masters)
  }
}

/** The login sees that it is gone and closes the channel. */
const stop = (child: ChildProcess): void => {
  child.kill('SIGKILL')
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
  child.unref()
}

const closeAll = async (masters: readonly Master[]): Promise<void> => {
  for (const master of masters.toReversed()) await master.close()
}
