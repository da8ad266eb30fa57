// What Arena writes on objects, and reads from them (pkg/apis/config, v0.15.5).
import { createHash } from 'node:crypto'

/** Label of a job: who submitted it, by the MD5 of the user name. */
export const ARENA_UID = 'arena.kubeflow.org/uid'
/** Annotation of a job: the user name of whoever submitted it. */
export const ARENA_USERNAME = 'arena.kubeflow.org/username'
/** Label of a namespace: Arena shows users only their own jobs there; kubectl does not know it. */
export const ARENA_ISOLATION = 'arena.kubeflow.org/isolate-user'

/** The value of `ARENA_UID` for a user name. */
export const arenaUid = (username: string): string => createHash('md5').update(username).digest('hex')

/**
 * Of what its charts make of a job, the kinds as kubectl names them. Secrets, of which one chart that members have no
 * right to makes one, are not among them: whoever deletes a colleague's job would delete the Secret that it lists.
 */
const KINDS_OF_JOBS =
  'configmap|cron|deployment|destinationrule|gateway|horizontalpodautoscaler|inferenceservice|ingress|job|' +
  'leaderworkerset|mpijob|poddisruptionbudget|pytorchjob|rayjob|scalein|scaleout|seldondeployment|service|' +
  'servicemonitor|sparkapplication|statefulset|tfjob|trainingjob|virtualservice'

/** A line of the list that Arena keeps of a job, for grep -E and for Go. */
export const ARENA_LISTED = `(${KINDS_OF_JOBS})([.][a-z0-9.-]+)?/[a-z0-9][a-z0-9.-]*`
