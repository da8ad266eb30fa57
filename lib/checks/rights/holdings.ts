import type { Given } from '../../audit/rbac.ts'
import type { ApiResource } from '../../connect/connection.ts'
import { identityNamespace } from '../../conventions/names.ts'
import type { Inventory } from '../../inventory/schema.ts'
import type { Subject } from '../../kube/rbac.ts'
import { isDecisive, isNamespaced, type Power, powersIn } from './powers.ts'

/** Where an inventory's people work or are. */
export type Places = Pick<Inventory, 'name'> & { groups: readonly { name: string }[] }

/** Whether a namespace is a group's, or the one of the users' service accounts. */
export const isInGroup = (places: Places, namespace: string | undefined): boolean =>
  namespace === identityNamespace(places) || places.groups.some(({ name }) => name === namespace)

/**
 * What somebody's rights come to for the groups of an inventory: in a namespace of a group everything counts, in the
 * whole cluster what reaches into it or is decisive, elsewhere nothing.
 */
export const powersOver = (places: Places, resources: readonly ApiResource[], given: Given): Power[] => {
  const powers = powersIn(given)
  if (isInGroup(places, given.namespace)) return powers
  if (given.namespace === 'kube-system') return powers.filter(isDecisive)
  if (given.namespace !== undefined) return []
  return powers.filter((power) => isNamespaced(power, resources) || isDecisive(power))
}

const ALL_OF = 'system:serviceaccounts:'

/** The namespace of a service account, or of a group of all that are in one; undefined for anybody else. */
export const accountsNamespace = (subject: Subject): string | undefined => {
  if (subject.kind === 'ServiceAccount') return subject.namespace
  return subject.kind === 'Group' && subject.name.startsWith(ALL_OF)
    ? subject.name.slice(ALL_OF.length)
    : undefined
}
