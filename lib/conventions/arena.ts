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
