import type { Inventory, User } from '../../inventory/schema.ts'
import type { Identity } from './question.ts'

/** A service account as the API server knows it, with the groups that it is always in. */
export const serviceAccountIdentity = (namespace: string, name: string): Identity => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
})

/** Who a user is in the cluster. */
export const identityOf = (_: Inventory, { name, groups }: User): Identity & { namespace: string } => {
  const namespace = groups[0]!.group
  return { ...serviceAccountIdentity(namespace, name), namespace }
}

/** Every service account that somebody of a name has or had in an inventory, whatever groups he was in. */
export const identitiesOf = ({ groups }: Inventory, name: string): { namespace: string; name: string }[] =>
  groups.map((group) => ({ namespace: group.name, name }))
