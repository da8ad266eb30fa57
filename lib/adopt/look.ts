import { whoAsks } from '../audit/who-asks.ts'
import { type AutomationError, asAutomationError, orUndefined } from '../base/errors.ts'
import { heldBack } from '../base/held-back.ts'
import { type Ask, askAll, type Reaching } from '../engine/ask.ts'
import type { Answers, Target } from '../resource/type.ts'
import {
  askedOfDirectory,
  CLUSTER_EXTRAS,
  CLUSTER_KINDS,
  type Machine,
  machineFrom,
  machineProbes,
  serviceAccountsIn,
  type World,
} from './world.ts'

/** Where to look. */
export interface LookInput extends Reaching {
  hosts: readonly string[]
}

const CLUSTER: Target = { type: 'cluster', name: 'cluster' }

/**
 * Reads the cluster, in one LIST per kind and three requests on what it serves and who asks, and then all machines, in
 * one exec each; or says of each what could not be read.
 */
export const look = async ({ hosts, ...options }: LookInput): Promise<World | AutomationError[]> => {
  const { reach, signal } = options
  const kinds = [...CLUSTER_KINDS, ...CLUSTER_EXTRAS]
  const connected = reach.cluster()
  const [[inCluster, heard], connection, resources, admin] = await Promise.all([
    askAll([{ on: CLUSTER, questions: [{ kinds }] }], options).then(async (asked) => {
      const { answers } = asked.get(CLUSTER.name)!
      return [answers, await askAll(hosts.map(asks(answers)), options)] as const
    }),
    heldBack(connected, CLUSTER.name),
    heldBack(connected.then((cluster) => cluster.discover(signal))),
    heldBack(connected.then((cluster) => whoAsks(cluster, signal))),
  ])
  const clusterFrom = (): Omit<World, 'machines'> => {
    const { endpoint } = connection()
    const { items } = inCluster
    for (const kind of CLUSTER_KINDS) items(kind)
    return {
      items,
      resources: resources(),
      admin: admin(),
      serviceAccounts: serviceAccountsIn(items),
      endpoint,
    }
  }
  const cluster = orFailure(clusterFrom, CLUSTER.name)
  const read = hosts.map((name) => orFailure(() => machineFrom(name, heard.get(name)!.answers), name))
  const failures = [cluster, ...read].filter((one) => one instanceof Error)
  if (failures.length > 0) return failures
  return { ...(cluster as Omit<World, 'machines'>), machines: read as Machine[] }
}

/** The cluster says whom a directory may have; where it could not be read, only files are. */
const asks = ({ items }: Answers): ((host: string) => Ask) => {
  const probes = machineProbes(orUndefined(() => askedOfDirectory(items)) ?? { users: [], groups: [] })
  return (name) => ({ on: { type: 'host', name }, questions: [{ probes }] })
}

const orFailure = <T>(read: () => T, subject: string): T | AutomationError => {
  try {
    return read()
  } catch (error) {
    return asAutomationError(error, subject)
  }
}
