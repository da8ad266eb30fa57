// Whose a thing is: the inventory's, or somebody's whom it trusts.
import { isOwnedBy, type KubeObject, type Scene } from '../check.ts'

type Of = Pick<Scene, 'inventory'>

/** Whether an object is one that setup mends. */
export const isOurs = ({ inventory }: Of, { metadata }: KubeObject): boolean =>
  isOwnedBy(metadata, inventory.name)

/** Accounts on the machines that others made and are meant. */
export const trustedAccounts = ({ inventory }: Of): string[] =>
  inventory.trusted.flatMap(({ kind, name }) => (kind === 'Account' ? name : []))
