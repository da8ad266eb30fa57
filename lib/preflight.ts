import type { KubeConnection } from './connect/connection.ts'
import { AutomationError } from './errors.ts'

/** Server-side apply of every field and bound token Secrets as we use them; older servers are not tried. */
const OLDEST_MINOR = 27

/**
 * What must be known about a cluster before a plan means anything: the version is new enough (`refused` otherwise),
 * and Arena has a job kind to submit to. Returns warnings. Two requests.
 */
export const preflight = async (connection: KubeConnection, signal: AbortSignal): Promise<string[]> => {
  const [version, jobs] = await Promise.all([
    connection.read('/version', signal),
    connection.read('/apis/kubeflow.org', signal),
  ])
  const { major, minor } = (version ?? {}) as { major?: string; minor?: string }
  if (major !== '1' || Number.parseInt(minor ?? '', 10) < OLDEST_MINOR)
    throw new AutomationError({
      code: 'refused',
      subject: connection.endpoint.server,
      message: `runs Kubernetes ${major ?? '?'}.${minor ?? '?'}, older than 1.${OLDEST_MINOR}`,
      hint: 'upgrade the cluster',
    })
  return jobs === undefined
    ? [
        'the cluster has no job kind of kubeflow.org: users can log in and see their volumes, but `arena submit` will ' +
          'fail until an operator is installed (training-operator, or the arena-artifacts chart of Arena)',
      ]
    : []
}
