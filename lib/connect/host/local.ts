import { userInfo } from 'node:os'
import type { Host } from '../../inventory/schema.ts'
import type { HostConnection, OnRoundTrip } from '../connection.ts'
import { Children } from './children.ts'
import { RootHost } from './host.ts'
import type { Transport } from './transport.ts'

/** This machine, as root or through sudo; `timeoutMs` limits how long nothing may be heard. */
export const connectLocal = async (
  { name, sudo }: Host,
  { timeoutMs, onRoundTrip }: { timeoutMs: number; onRoundTrip?: OnRoundTrip },
): Promise<HostConnection> => {
  const { uid, username } = userInfo()
  // Uid 0 is root, whatever the name.
  const login = { subject: name, user: uid === 0 ? 'root' : username, sudo }
  return new RootHost(login, transportHere(name), timeoutMs, onRoundTrip)
}

const transportHere = (subject: string): Transport => {
  const about = { subject, hint: '`connection: local` needs a POSIX shell at /bin/sh' }
  const children = new Children(({ pid, exitCode }) => {
    try {
      if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM')
    } catch {
      // Gone already, or root's by sudo: it ends when it next prints.
    }
  })
  return {
    async exec(command, streams, signal) {
      const shell = ['/bin/sh', '-c', `exec ${command}`] as const
      const { status, killer } = await children.run(shell, streams, signal, about)
      return status === null ? { by: 'signal', signal: String(killer) } : { by: 'exit', status }
    },
    close: async () => children.close(),
  }
}
