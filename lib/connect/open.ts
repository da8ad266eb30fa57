import { defined } from '../base/defined.ts'
import { AutomationError } from '../base/errors.ts'
import type { Inventory } from '../inventory/schema.ts'
import { STATIC_MANIFESTS } from '../inventory/static-manifests.ts'
import type { HostConnection, KubeConnection, OnRoundTrip, Reach, Traffic } from './connection.ts'

export interface ReachOptions {
  signal: AbortSignal
  /** Limit of one operation, in seconds. */
  timeout: number
  /** Told of each round trip as it is made. */
  onRoundTrip?: OnRoundTrip
  /** Called once the cluster can be asked: what connects is loaded then. */
  onConnected?: () => void
  /** Told, once, what was done otherwise than the inventory says. */
  onNote?: (text: string) => void
}

/** Connects to each target of the inventory when first asked for it, once; closing ends them all. */
export class InventoryReach implements Reach {
  readonly #inventory: Pick<Inventory, 'hosts' | 'cluster'>
  readonly #options: ReachOptions
  readonly #hosts = new Map<string, Promise<HostConnection>>()
  readonly #opened = { hosts: [] as HostConnection[], clusters: [] as KubeConnection[] }
  #cluster: Promise<KubeConnection> | undefined
  #noted = false

  constructor(inventory: Pick<Inventory, 'hosts' | 'cluster'>, options: ReachOptions) {
    this.#inventory = inventory
    this.#options = options
  }

  readonly host = (name: string): Promise<HostConnection> => {
    let connection = this.#hosts.get(name)
    if (connection === undefined) {
      connection = keptIn(this.#opened.hosts, this.#connectHost(name))
      this.#hosts.set(name, connection)
    }
    return connection
  }

  readonly cluster = (): Promise<KubeConnection> => {
    this.#cluster ??= keptIn(this.#opened.clusters, this.#connectCluster())
    return this.#cluster
  }

  traffic(): Traffic {
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
    return {
      execs: sum(this.#opened.hosts.map(({ execs }) => execs)),
      requests: sum(this.#opened.clusters.map(({ requests }) => requests)),
    }
  }

  async close(): Promise<void> {
    const pending = [...this.#hosts.values(), ...(this.#cluster === undefined ? [] : [this.#cluster])]
    await Promise.allSettled(pending.map(async (connection) => (await connection).close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #connectHost(name: string): Promise<HostConnection> {
    if (name === STATIC_MANIFESTS) return this.#connectHere(name)
    const settings = this.#inventory.hosts.find((host) => host.name === name)
    if (settings === undefined)
      throw new AutomationError({ code: 'bug', subject: name, message: 'is not a host of the inventory' })
    const options = this.#forConnecting()
    if (settings.connection === 'local')
      return (await import('./host/local.ts')).connectLocal(settings, options)
    if (settings.connection === 'openssh')
      return (await import('./openssh/openssh.ts')).connectOpenSsh(settings, options)
    const { connectEither } = await import('./either.ts')
    return connectEither(settings, options, () => this.#note(name))
  }

  #note(name: string): void {
    if (!this.#noted)
      this.#options.onNote?.(
        `${name}: reached by this machine's own ssh, since its server takes no algorithm of node-ssh; ` +
          "`connection: 'openssh'` in the inventory does so at once. Others like it are not told of",
      )
    this.#noted = true
  }

  /** This machine itself: whoever is not root there goes through sudo. */
  async #connectHere(name: string): Promise<HostConnection> {
    const { connectLocal } = await import('./host/local.ts')
    const isRoot = process.getuid?.() === 0
    return connectLocal(
      { name, address: name, connection: 'local', ...(!isRoot && { sudo: true }) },
      this.#forConnecting(),
    )
  }

  async #connectCluster(): Promise<KubeConnection> {
    const { connectKube } = await import('./kube/api.ts')
    const connection = await connectKube(this.#inventory.cluster, this.#forConnecting())
    this.#options.onConnected?.()
    return connection
  }

  #forConnecting() {
    const { signal, timeout, onRoundTrip } = this.#options
    return { signal, timeoutMs: timeout * 1000, ...defined({ onRoundTrip }) }
  }
}

/** Keeps what is opened; a failure belongs to whoever waits for the connection, not to the process. */
const keptIn = <C>(opened: C[], connecting: Promise<C>): Promise<C> => {
  connecting.then(
    (connection) => opened.push(connection),
    () => {},
  )
  return connecting
}
