import type { Host } from '../inventory/schema.ts'
import type { HostConnection } from './connection.ts'
import { NoCommonAlgorithm } from './ssh/login-errors.ts'
import { OWN_READER } from './ssh/route.ts'
import { type ConnectOptions, connectSsh } from './ssh/ssh.ts'

/**
 * Logs in by node-ssh, and by this machine's own ssh where a server takes none of node-ssh's algorithms; that is told.
 * Both read ssh_config alike.
 */
export const connectEither = async (
  settings: Host,
  options: ConnectOptions,
  onOther: () => void,
): Promise<HostConnection> => {
  try {
    return await connectSsh(settings, options)
  } catch (error) {
    if (!(error instanceof NoCommonAlgorithm)) throw error
    const [{ connectOpenSsh }, { findClient }] = await Promise.all([
      import('./openssh/openssh.ts'),
      import('./openssh/client.ts'),
    ])
    await findClient(settings.name).catch(() => {
      // What is missing is on this machine; the first error says so and what else there is to do.
      throw error
    })
    const connection = await connectOpenSsh(settings, options, OWN_READER)
    onOther()
    return connection
  }
}
