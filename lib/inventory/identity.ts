import { identityNamespace, serviceAccountOf } from '../conventions/names.ts'
import { userNameOf } from '../kube/user-name.ts'
import type { Inventory, User } from './schema.ts'

/** A user as the API server knows them. */
export interface Identity {
  username: string
  groups: readonly string[]
}

/** A service account as the API server knows it, with the groups that it is always in. */
export const serviceAccountIdentity = (namespace: string, name: string): Identity => ({
  username: userNameOf(namespace, name),
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
})

/** A user by what decides who they are in the cluster. */
export type UserInGroups = Pick<User, 'name'> & { groups: readonly { group: string }[] }

/** Who a user is in the cluster. */
export const identityOf = (
  inventory: Pick<Inventory, 'name' | 'isolation'>,
  { name, groups }: UserInGroups,
): Identity & { namespace: string } => {
  const namespace = inventory.isolation === 'strict' ? identityNamespace(inventory) : groups[0]!.group
  return { ...serviceAccountIdentity(namespace, serviceAccountOf(name)), namespace }
}

/**
 * Every service account that somebody of a name has or had in an inventory, whatever groups and isolation they were in.
 */
export const identitiesOf = (inventory: Inventory, name: string): { namespace: string; name: string }[] =>
  [...inventory.groups.map((group) => group.name), identityNamespace(inventory)].map((namespace) => ({
    namespace,
    name: serviceAccountOf(name),
  }))
