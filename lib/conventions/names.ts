// What our accounts and objects are called.

/** Names that account tools of every distribution take, and no more than they take. */
export const ACCOUNT_NAME = /^[a-z_][a-z0-9_.-]{0,31}$/

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
