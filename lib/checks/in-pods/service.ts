import { isIP } from 'node:net'
import * as z from 'zod'
import { asAutomationError } from '../../base/errors.ts'
import type { KubeConnection } from '../../connect/connection.ts'
import { SERVICE } from '../../kube/object.ts'
import { TRIAL_LABEL } from '../step-six/submitted-job.ts'
import { PORT, type Pod } from './jobs.ts'

/** An address that leads to a pod, or why there is none. */
export type Served =
  | { kind: 'served'; address: string }
  | { kind: 'failed'; failed: string; hint?: string | undefined }

/**
 * Puts a service with an address of its own before a pod: jobs have headless ones, and what comes by an address may
 * pass where the pod's own is closed. It goes with the pod's job.
 */
export const serve = async (
  pod: Pod,
  { run, cluster, signal }: { run: string; cluster: KubeConnection; signal: AbortSignal },
): Promise<Served> => {
  const { job: name, namespace, labels, owners } = pod
  if (owners.length === 0) return { kind: 'failed', failed: 'no service was made: its pod belongs to no job' }
  const metadata = { name, namespace, labels: { [TRIAL_LABEL]: run }, ownerReferences: owners }
  const spec = { selector: labels, ports: [{ port: PORT }] }
  const { apiVersion, kind } = SERVICE
  try {
    const made = await cluster.create(SERVICE, { apiVersion, kind, metadata, spec }, { signal })
    const clusterIP = service.safeParse(made).data?.spec.clusterIP ?? ''
    return isIP(clusterIP) === 0
      ? { kind: 'failed', failed: 'its service was given no address' }
      : { kind: 'served', address: clusterIP }
  } catch (error) {
    if (signal.aborted) throw error
    const { reason, hint, status } = asAutomationError(error)
    const theirs = `it is not of a trial: if nobody needs it, kubectl delete service ${name} -n ${namespace}`
    return {
      kind: 'failed',
      failed: `no service could be made: ${reason}`,
      hint: status === TAKEN ? theirs : hint,
    }
  }
}

const service = z.object({ spec: z.object({ clusterIP: z.string() }) })

/** HTTP status where a name is somebody's. */
const TAKEN = 409
