import pLimit from 'p-limit'
import { whoAsks } from '../audit/who-asks.ts'
import { type AutomationError, asAutomationError } from '../base/errors.ts'
import type { Reach } from '../connect/connection.ts'
import { askCluster, askHost } from '../engine/observe.ts'
import type { Target } from '../resource/type.ts'
import {
  CLUSTER_EXTRAS,
  CLUSTER_KINDS,
  MACHINE_PROBES,
  type Machine,
  machineFrom,
  serviceAccountsIn,
  type World,
} from './world.ts'

/** Where to look. */
export interface LookInput {
  hosts: readonly string[]
  reach: Reach
  /** Machines looked at at once. */
  forks: number
  signal: AbortSignal
}

/**
 * Reads all machines, in one exec each, and the cluster, in one LIST per kind and three requests on what it serves
 * and who asks; or says of each what could not be read.
 */
export const look = async ({
  hosts,
  reach,
  forks,
  signal,
}: LookInput): Promise<World | AutomationError[]> => {
  const limit = pLimit(forks)
  const machineAt = async (name: string): Promise<Machine> => {
    const on: Target = { type: 'host', name }
    return machineFrom(name, await askHost(on, [{ probes: MACHINE_PROBES }], await reach.host(name), signal))
  }
  const clusterAt = async (): Promise<Omit<World, 'machines'>> => {
    const on: Target = { type: 'cluster', name: 'cluster' }
    const connection = await reach.cluster()
    const kinds = [...CLUSTER_KINDS, ...CLUSTER_EXTRAS]
    const [{ items }, resources, admin] = await Promise.all([
      askCluster(on, [{ kinds }], connection, signal),
      connection.discover(signal),
      whoAsks(connection, signal),
    ])
    for (const kind of CLUSTER_KINDS) items(kind)
    return {
      items,
      resources,
      admin,
      serviceAccounts: serviceAccountsIn(items),
      endpoint: connection.endpoint,
    }
  }
  const [cluster, ...machines] = await Promise.all([
    outcome(clusterAt(), 'cluster'),
    ...hosts.map((name) => outcome(limit(machineAt, name), name)),
  ])
  const failures = [cluster, ...machines].filter((one) => one instanceof Error)
  if (failures.length > 0) return failures
  return { ...(cluster as Omit<World, 'machines'>), machines: machines as Machine[] }
}

const outcome = <T>(looking: Promise<T>, subject: string): Promise<T | AutomationError> =>
  looking.catch((error) => asAutomationError(error, subject))
