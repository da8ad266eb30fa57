import { AutomationError } from '../base/errors.ts'
import type { KubeConnection } from '../connect/connection.ts'
import type { Inventory } from '../inventory/schema.ts'
import { newerThanRead } from '../kube/rights.ts'
import { minorOf, versionIn } from '../kube/version.ts'
import type { Serves } from '../resource/type.ts'

/** How far an inventory keeps users apart. */
export type Isolation = Inventory['isolation']

/** Older servers are not tried; admission policies in CEL are served as v1 from 1.30. */
const OLDEST_MINOR: Record<Isolation, number> = { document: 27, strict: 30 }

/**
 * What must be known about a cluster before a plan means anything: the version is new enough (`refused` otherwise),
 * and Arena has a job kind to submit to. Returns warnings, and what the API serves. Two requests.
 */
export const preflight = async (
  connection: KubeConnection,
  isolation: Isolation,
  signal: AbortSignal,
): Promise<{ warnings: string[]; serves: Serves }> => {
  const oldest = OLDEST_MINOR[isolation]
  const offering = connection.offers(signal)
  // What is no API server offers nothing either, and its version is what tells.
  offering.catch(() => {})
  const version = await connection.read('/version', signal)
  const told = versionIn(version)
  const refused = (message: string, hint: string) =>
    new AutomationError({ code: 'refused', subject: connection.server, message, hint })
  if (told === undefined)
    throw refused(
      version === undefined ? 'answers 404 to /version' : 'answers /version without a version of Kubernetes',
      'there is no API server at this address: see `server` in the kubeconfig, and the path in it',
    )
  if (told.major !== '1' || !(minorOf(told) >= oldest))
    throw refused(
      `runs Kubernetes ${told.major}.${told.minor}, older than 1.${oldest}, which isolation '${isolation}' needs`,
      'upgrade the cluster',
    )
  const offers = await offering
  const newer = newerThanRead(told)
  const warnings = [
    ...(newer === undefined ? [] : [`the cluster ${newer}`]),
    ...(offers.hasGroup('kubeflow.org') ? [] : [NO_JOB_KIND]),
  ]
  return { warnings, serves: offers.serves }
}

const NO_JOB_KIND =
  'the cluster has no job kind of kubeflow.org: users can log in and see their volumes, but `arena submit` will ' +
  'fail until an operator is installed (training-operator, or the arena-artifacts chart of Arena)'
