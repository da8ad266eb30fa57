import { randomBytes } from 'node:crypto'
import { alone } from '../../audit/alone.ts'
import type { JobTrialInput } from '../../audit/job-trial.ts'
import type { HostConnection, KubeConnection } from '../../connect/connection.ts'

/** Where jobs are tried: submitted on a machine, watched in the cluster. */
export interface TrialSite extends Omit<JobTrialInput, 'reach'> {
  host: HostConnection
  cluster: KubeConnection
  /** Of this trial, on each of its jobs. */
  run: string
  /** Aborts once another run has taken the lock, and with it `signal`. */
  lost: AbortSignal
}

/** Tries jobs from a machine while no other run of ours is at work in the cluster. */
export const onSite = async <T>(
  machine: string,
  { reach, ...input }: JobTrialInput,
  work: (site: TrialSite) => Promise<T>,
): Promise<T> => {
  const [host, cluster] = await Promise.all([reach.host(machine), reach.cluster()])
  return alone(cluster, input.signal, ({ lost }) => {
    const signal = AbortSignal.any([input.signal, lost])
    return work({ ...input, host, cluster, lost, signal, run: randomBytes(6).toString('hex') })
  })
}
