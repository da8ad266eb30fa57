import type { Inventory, User } from '../../inventory/schema.ts'
import { identityOf } from '../check/identity.ts'
import { type QuotaUse, quotaUse } from '../check/standing.ts'
import type { Kind, KubeObject } from '../kube-object.ts'
import { JOBS, PERSISTENT_VOLUME_CLAIM, RESOURCE_QUOTA, ROLE_BINDING, TOKEN_SECRET } from '../kube-object.ts'
import { type Action, isChange, type Plan } from '../plan.ts'
import { sameQuantity } from '../quantity.ts'
import { TOKEN_ACCOUNT } from '../token-secret.ts'
import { type JobCounts, jobsBy } from './jobs.ts'

/** What the document's table has of a group, as it should be or as it is. */
export interface Share {
  users: readonly string[]
  /** undefined: not limited. */
  gpu?: string | undefined
  cpu?: string | undefined
  memory?: string | undefined
  volumes: readonly string[]
}

/** Whether something is as the inventory says; otherwise what is not. */
export interface Drift {
  count: number
  /** The first few, as `linux-user/bob on client01: shell`. */
  fields: readonly string[]
}

export interface GroupStanding {
  name: string
  wanted: Share
  actual: Share
  quotas: readonly QuotaUse[]
  jobs: JobCounts
  drift: Drift
}

export interface UserStanding {
  name: string
  groups: readonly string[]
  jobs: JobCounts
  /** Of the token that he works with, where there is one. */
  token?: {
    /** Days since it was made. */
    age: number
    /** Day of last use; Kubernetes keeps none of tokens that end. */
    lastUsed?: string
    /** Days until it ends; undefined when it never does. */
    left?: number
  }
  drift: Drift
}

/** How every group and user stands. */
export interface TenantsReport {
  inventory: string
  isolation: string
  /** When it was made, in ISO 8601. */
  at: string
  groups: readonly GroupStanding[]
  users: readonly UserStanding[]
  /** 2 when something is not as wanted, 3 when a machine or the cluster was not reached. */
  exitCode: number
}

/** The kinds that the report reads besides what a plan does. */
export const TENANT_KINDS: readonly Kind[] = [
  RESOURCE_QUOTA,
  PERSISTENT_VOLUME_CLAIM,
  ROLE_BINDING,
  TOKEN_SECRET,
  ...JOBS,
]

export interface Seen {
  inventory: Inventory
  /** What setup would change. */
  plan: Plan
  items(kind: Kind): readonly KubeObject[]
  /** When the token in a user's kubeconfig was made and ends, in seconds since 1970, where it says so. */
  tokenTimes(user: User): { made?: number | undefined; ends?: number | undefined } | undefined
  now: Date
  exitCode: number
}

/** Wanted beside actual, for each group and user. */
export const tenantsReport = (seen: Seen): TenantsReport => {
  const { inventory, plan, now, exitCode } = seen
  const jobs = jobsBy(JOBS.flatMap((kind) => seen.items(kind)))
  return {
    inventory: inventory.name,
    isolation: inventory.isolation,
    at: now.toISOString(),
    groups: inventory.groups.map(({ name }) => ({
      name,
      wanted: wantedShare(inventory, name),
      actual: actualShare(seen, name),
      quotas: quotaUse(seen.items(RESOURCE_QUOTA), new Set([name])),
      jobs: jobs.inNamespace(name),
      drift: driftOf(
        plan,
        ({ belongs }) => belongs.user === undefined && belongs.groups?.includes(name) === true,
      ),
    })),
    users: inventory.users.map((user) => {
      const token = tokenOf(seen, user)
      return {
        name: user.name,
        groups: user.groups.map(({ group }) => group),
        jobs: jobs.of(identityOf(inventory, user).username),
        ...(token && { token }),
        drift: driftOf(plan, ({ belongs }) => belongs.user === user.name),
      }
    }),
    exitCode,
  }
}

const wantedShare = ({ groups, users, volumes }: Inventory, name: string): Share => {
  const { gpu, cpu, memory } = groups.find((group) => group.name === name)!.quota
  return {
    users: users.filter((user) => user.groups.some(({ group }) => group === name)).map((user) => user.name),
    gpu: gpu === undefined ? undefined : String(gpu),
    cpu,
    memory,
    volumes: volumes.filter(({ group }) => group === name).map((volume) => volume.name),
  }
}

interface Binding {
  subjects?: readonly { kind?: string; name?: string }[]
}

const actualShare = (seen: Seen, name: string): Share => {
  const inGroup = (kind: Kind): readonly KubeObject[] =>
    seen.items(kind).filter(({ metadata }) => metadata.namespace === name)
  const hard = quotaUse(inGroup(RESOURCE_QUOTA), new Set([name]))
  // Of several quotas the smallest holds; those that the server does not enforce have no use.
  const limit = (key: string): string | undefined =>
    hard
      .filter((use) => use.key === key)
      .toSorted((a, b) => b.share - a.share || a.hard.localeCompare(b.hard))[0]?.hard
  const subjects = inGroup(ROLE_BINDING).flatMap((binding) => (binding as Binding).subjects ?? [])
  return {
    users: [
      ...new Set(subjects.flatMap(({ kind, name: who }) => (kind === 'ServiceAccount' && who ? [who] : []))),
    ],
    gpu: limit('requests.nvidia.com/gpu'),
    cpu: limit('requests.cpu'),
    memory: limit('requests.memory'),
    volumes: inGroup(PERSISTENT_VOLUME_CLAIM)
      .filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Bound')
      .map(({ metadata }) => metadata.name),
  }
}

/** Whether two shares say the same; the order of names means nothing. */
export const sameShare = (one: Share, other: Share): boolean =>
  (['users', 'volumes'] as const).every(
    (list) => one[list].toSorted().join('\n') === other[list].toSorted().join('\n'),
  ) &&
  (['gpu', 'cpu', 'memory'] as const).every(
    (key) => one[key] === other[key] || sameQuantity(one[key], other[key]),
  )

const SHOWN = 3

const driftOf = ({ actions }: Plan, concerns: (action: Action) => boolean): Drift => {
  const odd = actions.filter(
    (action) => concerns(action) && (isChange(action) || action.change.op === 'refuse'),
  )
  return {
    count: odd.length,
    fields: odd.slice(0, SHOWN).map(({ id, on, change: { op, diffs } }) => {
      const [first] = diffs
      return `${id} on ${on.name}: ${op === 'update' && first ? first.field : op}`
    }),
  }
}

const DAY = 86_400_000
const LAST_USED = 'kubernetes.io/legacy-token-last-used'

const tokenOf = ({ inventory, items, tokenTimes, now }: Seen, user: User): UserStanding['token'] => {
  const { namespace } = identityOf(inventory, user)
  const [secret] = items(TOKEN_SECRET)
    .filter(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.annotations?.[TOKEN_ACCOUNT] === user.name,
    )
    .toSorted((a, b) => Date.parse(b.metadata.creationTimestamp!) - Date.parse(a.metadata.creationTimestamp!))
  const days = (from: number, to: number): number => Math.floor((to - from) / DAY)
  if (secret !== undefined) {
    const used = secret.metadata.labels?.[LAST_USED]
    return {
      age: days(Date.parse(secret.metadata.creationTimestamp!), now.getTime()),
      ...(used !== undefined && { lastUsed: used }),
    }
  }
  const times = tokenTimes(user)
  if (times?.made === undefined) return undefined
  return {
    age: days(times.made * 1000, now.getTime()),
    ...(times.ends !== undefined && { left: days(now.getTime(), times.ends * 1000) }),
  }
}
