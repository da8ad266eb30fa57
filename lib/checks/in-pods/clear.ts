// Clears away what trials in pods have submitted.
import { AutomationError } from '../../base/errors.ts'
import type { KubeConnection } from '../../connect/connection.ts'
import { TRIAL_KINDS } from '../../conventions/job-kinds.ts'
import { type KubeObject, kindOfJob, objectId, POD, SERVICE } from '../../kube/object.ts'
import { clearJobs, comesBack, goes, type JobRef, TRIAL_LABEL } from '../step-six/submitted-job.ts'
import { trialObjects } from './jobs.ts'

/**
 * Deletes jobs of ours and waits until they, their pods and services are gone: those that are known and those that
 * other runs left, or only what one run has. It waits for a cluster that is away. What stays is an error.
 */
export const clearOurs = async (
  known: readonly JobRef[],
  cluster: KubeConnection,
  signal: AbortSignal,
  run?: string,
): Promise<void> => {
  const all = [...known, ...(await comesBack(signal, () => ours(cluster, signal, run)))]
  const unique = [...new Map(all.map((job) => [`${job.kind} ${job.namespace}/${job.name}`, job])).values()]
  await clearJobs(unique, cluster, signal, run)
  let left: readonly KubeObject[] = []
  const gone = await goes(PODS_GONE, signal, async () => {
    const of = [POD, SERVICE].map((kind) => trialObjects(kind, cluster, signal, run))
    left = (await Promise.all(of)).flat()
    return left.length > 0
  })
  if (!gone) throw notGone(left)
}

const ours = async (
  cluster: KubeConnection,
  signal: AbortSignal,
  run: string | undefined,
): Promise<JobRef[]> => {
  const lists = TRIAL_KINDS.map(async (kind): Promise<JobRef[]> => {
    const objects = await trialObjects(kindOfJob(kind), cluster, signal, run)
    return objects.map(({ metadata: { name, namespace } }) => ({ kind, name, namespace: namespace! }))
  })
  return (await Promise.all(lists)).flat()
}

/** Seconds: a pod is given 30 to end. */
const PODS_GONE = 60

const notGone = (left: readonly KubeObject[]): AutomationError =>
  new AutomationError({
    code: 'not-converged',
    subject: left.map(({ metadata }) => objectId(metadata)).join(', '),
    message: `${left.length === 1 ? 'is' : 'are'} still there after the job was deleted`,
    hint:
      `see what holds them: kubectl get pods,services -A -l ${TRIAL_LABEL} -o yaml tells finalizers and nodes; ` +
      'pods of a node that is gone for good: kubectl delete pod NAME -n NAMESPACE --force',
  })
