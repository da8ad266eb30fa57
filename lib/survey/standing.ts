import { defined } from '../base/defined.ts'
import { type AutomationError, worstExit } from '../base/errors.ts'
import type { Traffic } from '../connect/connection.ts'
import type { AccountsFrom } from '../conventions/names.ts'
import type { Plan } from '../engine/plan.ts'
import { identitiesOf, identityOf, serviceAccountIdentity } from '../inventory/identity.ts'
import type { Group, Inventory, User } from '../inventory/schema.ts'
import { displayed } from '../inventory/text.ts'
import {
  DEVICE_CLASS,
  jobsOfKinds,
  type Kind,
  NODE,
  RESOURCE_QUOTA,
  TOKEN_SECRET,
  WARNING_EVENT,
} from '../kube/object.ts'
import { shareName } from '../kube/quota.ts'
import { givenOf } from '../kube/quota-sums.ts'
import { type QuotaUse, quotaUse } from '../kube/quota-use.ts'
import type { Claims } from '../kube/token-claims.ts'
import { type Drift, driftOf } from './drift.ts'
import { type HeldJob, type JobCounts, type Jobs, jobsBy } from './jobs.ts'
import { actualShare, isAsWanted, type ShareRow, type ShareSource, wantedShare } from './share.ts'
import { tokenStanding } from './token-standing.ts'

export interface GroupStanding {
  name: string
  /** Who has the Linux group, where that is not the machines. */
  linuxGroup?: AccountsFrom
  wanted: ShareRow
  /** Without what could not be read. */
  actual: Partial<ShareRow>
  /** Whether these two say the same. */
  same: boolean
  quotas: readonly QuotaUse[]
  /** Absent where they could not be read. */
  jobs?: JobCounts
  drift: Drift
}

export interface UserStanding {
  name: string
  /** Where the account comes from, where that is not the machines. */
  accounts?: AccountsFrom
  groups: readonly string[]
  jobs?: JobCounts
  token: ReturnType<typeof tokenStanding>
  drift: Drift
}

/** What all groups together are given of something, and what worker nodes have of it, where these count it. */
export interface Sum {
  /** As `shareName` says it; what is counted in bytes is in GiB. */
  name: string
  given: number
  offered?: number
  isTooMuch: boolean
}

/** How every group and user stands. */
export interface TenantsReport {
  inventory: string
  /** The file that it came from, as messages print it. */
  file: string
  isolation: string
  /** When it was made, in ISO 8601. */
  at: string
  groups: readonly GroupStanding[]
  users: readonly UserStanding[]
  /** Of what belongs to none of these groups and users. */
  shared: Drift
  /** Absent where nodes could not be read. */
  sums?: readonly Sum[]
  held: readonly HeldJob[]
  /** What could not be read. */
  problems: readonly AutomationError[]
  traffic: Traffic
  /** 2 when something is not as wanted, 3 when a machine or the cluster was not reached. */
  exitCode: number
}

/** The kinds that the report reads besides what a plan does. */
export const tenantKinds = ({ kinds }: Pick<Inventory, 'kinds'>): readonly Kind[] => [
  ...jobsOfKinds(kinds),
  WARNING_EVENT,
]

/** Those that tell what there is to share, which a plan reads only where it looks for devices. */
export const OFFER_KINDS: readonly Kind[] = [NODE, DEVICE_CLASS]

export interface Seen extends ShareSource {
  groups: readonly Group[]
  /** What setup would change. */
  plan: Plan
  /** What the token in a user's kubeconfig says of itself; `unread` when no machine told. */
  claims(user: User): Claims | 'unread' | undefined
  now: Date
  problems: readonly AutomationError[]
  traffic: Traffic
  /** Exit status of the plan. */
  exitCode: number
}

/** Wanted beside actual, for each group and user. */
export const tenantsReport = (seen: Seen): TenantsReport => {
  const { inventory, plan, now, problems, traffic, exitCode } = seen
  const jobs = jobsOf(seen)
  const users = new Set(seen.users.map(({ name }) => name))
  const groups = seen.groups.map(({ name }) => name)
  const standings = seen.groups.map((group) => groupStanding(group, seen, jobs))
  const sums = sumsOf(seen)
  const differ = standings.some(({ same }) => !same)
  return {
    inventory: inventory.name,
    file: displayed(inventory.file),
    isolation: inventory.isolation,
    at: now.toISOString(),
    groups: standings,
    users: seen.users.map((user) => {
      const { namespace } = identityOf(inventory, user)
      return {
        name: user.name,
        ...(user.accounts === 'directory' && { accounts: user.accounts }),
        groups: user.groups.map(({ group }) => group),
        ...(jobs && { jobs: jobs.of(usernamesOf(seen, [user])) }),
        token: tokenStanding(user, {
          namespace,
          secrets: seen.items(TOKEN_SECRET),
          claims: seen.claims(user),
          now,
        }),
        drift: driftOf(plan, ({ belongs }) => belongs.user === user.name),
      }
    }),
    shared: driftOf(plan, ({ belongs }) =>
      belongs.user === undefined
        ? !(belongs.groups ?? []).some((group) => groups.includes(group))
        : !users.has(belongs.user),
    ),
    ...defined({ sums }),
    held: jobs?.held(groups, isPartOf(groups, seen) ? usernamesOf(seen, seen.users) : undefined) ?? [],
    problems,
    traffic,
    exitCode: worstExit([exitCode, differ ? 2 : 0, ...problems.map((problem) => problem.exitCode)]),
  }
}

const sumsOf = ({ inventory, items }: Seen): Sum[] | undefined => {
  const [nodes, deviceClasses] = [items(NODE), items(DEVICE_CLASS)]
  return (
    nodes &&
    deviceClasses &&
    givenOf(inventory.groups, nodes, deviceClasses).map(({ share, ...amounts }) => ({
      name: shareName(share),
      ...amounts,
    }))
  )
}

const groupStanding = ({ name, linuxGroup }: Group, seen: Seen, jobs: Jobs | undefined): GroupStanding => {
  const [wanted, actual] = [wantedShare(seen.inventory, name), actualShare(seen, name)]
  return {
    name,
    ...(linuxGroup === 'directory' && { linuxGroup }),
    wanted,
    actual,
    same: isAsWanted(wanted, actual),
    quotas: quotaUse(seen.items(RESOURCE_QUOTA) ?? [], new Set([name])),
    ...(jobs && { jobs: jobs.inNamespace(name) }),
    drift: driftOf(
      seen.plan,
      ({ belongs }) => belongs.user === undefined && belongs.groups?.includes(name) === true,
    ),
  }
}

/** Whether it is about some members of these groups and not about others. */
const isPartOf = (names: readonly string[], { users, inventory }: Seen): boolean =>
  inventory.users.some(
    (user) => !users.includes(user) && user.groups.some(({ group }) => names.includes(group)),
  )

/**
 * Jobs outlive a change of somebody's first group or of the isolation, and so of the user's identity in the cluster.
 */
const usernamesOf = ({ inventory }: Seen, users: readonly User[]): string[] =>
  users.flatMap((user) =>
    identitiesOf(inventory, user.name).map(
      ({ namespace, name }) => serviceAccountIdentity(namespace, name).username,
    ),
  )

/** Jobs of every kind, or none at all: half of them would be taken for all. */
const jobsOf = ({ inventory, items }: Seen): Jobs | undefined => {
  const lists = jobsOfKinds(inventory.kinds).map(items)
  return lists.includes(undefined)
    ? undefined
    : jobsBy(
        lists.flatMap((list) => list!),
        items(WARNING_EVENT),
        items(RESOURCE_QUOTA),
      )
}
