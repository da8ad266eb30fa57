import { readFile } from 'node:fs/promises'
import type { SandboxState } from '../../sandbox/state.ts'

export interface Audited {
  verb: string
  requestURI: string
  user: { username: string; groups?: readonly string[] }
  objectRef?: { resource?: string; namespace?: string; name?: string }
}

/** Every request that the API server logs while something runs. */
export const requests = async (state: SandboxState, during: () => Promise<unknown>): Promise<Audited[]> => {
  const before = (await readFile(state.auditLog)).length
  await during()
  const lines = (await readFile(state.auditLog)).subarray(before).toString('utf8').trim().split('\n')
  return lines.filter(Boolean).map((line) => JSON.parse(line))
}

/** Those of the user that our kubeconfig names, and not of the cluster's own parts. */
export const audited = async (state: SandboxState, during: () => Promise<unknown>): Promise<Audited[]> =>
  (await requests(state, during)).filter(({ user: { username } }) => !username.startsWith('system:'))

const READS = new Set(['get', 'list', 'watch'])

/** Questions that the API takes as objects to create, and never stores. */
const REVIEWS = /^\/apis\/auth(entication|orization)\.k8s\.io\/v\d\/\w+reviews$/

/** The requests that could change something, dry-run included. */
export const writes = (all: readonly Audited[]): Audited[] =>
  all.filter(({ verb, requestURI }) => !READS.has(verb) && !REVIEWS.test(requestURI))
