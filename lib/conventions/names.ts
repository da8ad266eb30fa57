// What our accounts and objects are called.
import { createHash } from 'node:crypto'

/** Names that account tools of every distribution take, and no more than they take. */
export const ACCOUNT_NAME = /^[a-z_][a-z0-9_.-]{0,31}$/

/**
 * Names that a directory (LDAP, AD) may give its accounts and groups, too: with capitals and a domain, beginning and
 * ending with a letter or digit.
 */
export const DIRECTORY_NAME =
  /^(?=.{1,62}$)(?!\d+$|.*\.\.)[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?(@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)?$/

/** Who says which accounts there are on a machine: its own files, or a directory that it asks. */
export type AccountsFrom = 'local' | 'directory'

/** Any name of somebody's account. */
export const LOGIN_NAME = new RegExp(`${ACCOUNT_NAME.source}|${DIRECTORY_NAME.source}`)

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/**
 * The service account of whoever has this account: the same name, where Kubernetes takes it. Of another, what is left
 * of it, and six digits that no other name has with it: `zhang_san` is `zhang-san.` and `Zhang` is `zhang.` with six.
 */
export const serviceAccountOf = (account: string): string => {
  if (SUBDOMAIN.test(account)) return account
  const legible = account
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/-*\.[-.]*/g, '.')
    .replace(/^[-.]+|[-.]+$/g, '')
  const digits = createHash('sha256').update(account).digest('hex').slice(0, 6)
  return [legible, digits].filter(Boolean).join('.')
}

/** A user in the name of a job, which has no dots. */
export const jobWordOf = (account: string): string => serviceAccountOf(account).replaceAll('.', '-')

/** What names of an inventory's own accounts and objects begin with; no user and no group may be called so. */
export const OWN_PREFIX = 'arena-'

/** The Linux group whose members belong to an inventory. */
export const markerOf = (inventory: string): string => `${OWN_PREFIX}${inventory}`

/** Where the service accounts of all users are when isolation is strict. */
export const identityNamespace = ({ name }: { name: string }): string => `${OWN_PREFIX}${name}`

/** What an inventory has in the whole cluster: policies, the role `start`, and each user's binding to that role. */
export const clusterWideName = (inventory: string, what: string): string =>
  `${OWN_PREFIX}${inventory}-${what}`

/** The binding that gives a user a role in a group. */
export const roleBindingName = (user: string, role: string): string => `${user}-${role}`

/** A quota of a group: what the inventory says it may use, if not named otherwise. */
export const quotaName = (group: string, what: string = GROUP_QUOTA): string => `${group}-${what}`

/** The last part of the name of a group's own quota. */
export const GROUP_QUOTA = 'compute-resources'

/** What a group's containers get that state nothing. */
export const limitRangeName = (group: string): string => `${group}-container-defaults`

/** What keeps the pods of a group to themselves. */
export const networkPolicyName = (group: string): string => `${group}-own-namespace`

/** The n-th Secret that a token of a service account is in, or is bound to. */
export const tokenName = (serviceAccount: string, n: number): string => `${serviceAccount}-token-${n}`

/** Such a name in its parts; 0 for what somebody named otherwise. */
export const tokenNameParts = (name: string): { serviceAccount: string; number: number } => {
  const [, serviceAccount = name, number = '0'] = /^(.+)-token-(\d{1,9})$/.exec(name) ?? []
  return { serviceAccount, number: Number(number) }
}

/** n, where a name is that of a service account's n-th token. */
export const tokenNumberOf = (serviceAccount: string, name: string): number | undefined => {
  const start = `${serviceAccount}-token-`
  const rest = name.startsWith(start) ? name.slice(start.length) : ''
  return /^\d{1,9}$/.test(rest) ? Number(rest) : undefined
}
