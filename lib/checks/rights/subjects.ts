import type { Holding } from '../../audit/rbac.ts'
import { identityNamespace, serviceAccountOf } from '../../conventions/names.ts'
import { type Identity, identityOf, type UserInGroups } from '../../inventory/identity.ts'
import type { Inventory } from '../../inventory/schema.ts'
import { isFor, type Subject } from '../../kube/rbac.ts'
import { isBaseline } from './baseline.ts'
import { isClusterOwn } from './cluster-own.ts'
import { accountsNamespace, isInGroup, type Places } from './holdings.ts'

/**
 * What a subject of a binding is to an inventory. `tenant`: one of its users, or a service account that pods of a group
 * can run as. `everybody`: whoever is logged in, or is not. `known`: the cluster's own, the admin who asks, or trusted.
 * `elsewhere`: a service account of a namespace in which no group runs anything. `stranger`: nobody of these.
 */
export type Standing = 'tenant' | 'everybody' | 'known' | 'elsewhere' | 'stranger'

/** Whom an inventory names, and where. */
export type People = Places & Pick<Inventory, 'isolation' | 'trusted'> & { users: readonly UserInGroups[] }

/** What the subject of a grant is to an inventory; `admin` is who asks, as far as the API server told. */
export const standingOf = (inventory: People, admin: Identity | undefined, grant: Holding): Standing => {
  const { subject } = grant
  const names = new Set(inventory.groups.map(({ name }) => name))
  if (isEverybody(subject)) return 'everybody'
  if (admin !== undefined && isFor(subject, admin)) return 'known'
  if (isClusterOwn(grant) || isTrusted(inventory, subject)) return 'known'
  const space = accountsNamespace(subject)
  if (space === undefined) return 'stranger'
  if (names.has(space)) return subject.kind === 'Group' ? 'everybody' : 'tenant'
  if (space !== identityNamespace(inventory)) return 'elsewhere'
  if (subject.kind === 'Group') return 'everybody'
  return inventory.users.some(
    (user) => serviceAccountOf(user.name) === subject.name && identityOf(inventory, user).namespace === space,
  )
    ? 'tenant'
    : 'stranger'
}

/** Whether a binding may keep a subject: whoever is known, add-ons out of groups, what Kubernetes gives everybody. */
export const mayStay = (inventory: Inventory, admin: Identity | undefined, grant: Holding): boolean => {
  const standing = standingOf(inventory, admin, grant)
  if (standing === 'elsewhere') return !isInGroup(inventory, grant.namespace)
  return standing === 'everybody' ? isBaseline(grant) : standing === 'known'
}

/** A subject as a person names it. */
export const subjectInWords = (subject: Subject): string =>
  subject.kind === 'ServiceAccount'
    ? `service account ${subject.namespace}/${subject.name}`
    : `${subject.kind.toLowerCase()} ${subject.name}`

const EVERYBODY = [
  'system:authenticated',
  'system:unauthenticated',
  'system:serviceaccounts',
  'system:anonymous',
]

const isEverybody = ({ kind, name }: Subject): boolean =>
  kind !== 'ServiceAccount' && EVERYBODY.includes(name)

const isTrusted = ({ trusted }: Pick<Inventory, 'trusted'>, subject: Subject): boolean =>
  trusted.some((one) => {
    if (one.kind === 'ServiceAccount')
      return (
        one.namespace === accountsNamespace(subject) && (one.name === undefined || one.name === subject.name)
      )
    return one.kind === subject.kind && one.name === subject.name
  })
