import type { Inventory } from '../../inventory/schema.ts'
import { AutomationError } from '../errors.ts'
import type { Reach } from '../observe.ts'
import type { HostConnection, KubeConnection } from './connection.ts'

export interface ReachOptions {
  signal: AbortSignal
  /** Limit of one operation, in seconds. */
  timeout: number
}

/** Connects to each target of the inventory when first asked for it, once; closing ends them all. */
export class InventoryReach implements Reach {
  readonly #inventory: Inventory
  readonly #options: ReachOptions
  readonly #hosts = new Map<string, Promise<HostConnection>>()
  #cluster: Promise<KubeConnection> | undefined

  constructor(inventory: Inventory, options: ReachOptions) {
    this.#inventory = inventory
    this.#options = options
  }

  readonly host = (name: string): Promise<HostConnection> => {
    let connection = this.#hosts.get(name)
    if (connection === undefined) {
      connection = this.#connectHost(name)
      connection.catch(() => {})
      this.#hosts.set(name, connection)
    }
    return connection
  }

  readonly cluster = (): Promise<KubeConnection> => {
    this.#cluster ??= this.#connectCluster()
    this.#cluster.catch(() => {})
    return this.#cluster
  }

  /** SSH execs and API requests made so far. */
  async counts(): Promise<{ execs: number; requests: number }> {
    const hosts = await Promise.allSettled(this.#hosts.values())
    const [cluster] = await Promise.allSettled([this.#cluster])
    return {
      execs: hosts.reduce((sum, host) => sum + (host.status === 'fulfilled' ? host.value.execs : 0), 0),
      requests: cluster?.status === 'fulfilled' ? (cluster.value?.requests ?? 0) : 0,
    }
  }

  async close(): Promise<void> {
    const open = [...this.#hosts.values(), ...(this.#cluster === undefined ? [] : [this.#cluster])]
    await Promise.allSettled(open.map(async (connection) => (await connection).close()))
  }

  async #connectHost(name: string): Promise<HostConnection> {
    const settings = this.#inventory.hosts.find((host) => host.name === name)
    if (settings === undefined)
      throw new AutomationError({ code: 'bug', subject: name, message: 'is not a host of the inventory' })
    const options = { signal: this.#options.signal, timeoutMs: this.#options.timeout * 1000 }
    if (settings.connection === 'local') return (await import('./local.ts')).connectLocal(settings, options)
    return (await import('./ssh.ts')).connectSsh(settings, options)
  }

  async #connectCluster(): Promise<KubeConnection> {
    const { connectKube } = await import('./kube.ts')
    return connectKube(this.#inventory.cluster, {
      signal: this.#options.signal,
      timeoutMs: this.#options.timeout * 1000,
    })
  }
}
