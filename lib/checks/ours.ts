// Whose a thing is: the inventory's, or somebody's whom it trusts.
import { isOwnedBy, type KubeObject, type Scene } from '../check.ts'

type Of = Pick<Scene, 'inventory'>

/** Whether an object is one that setup mends. */
export const isOurs = ({ inventory }: Of, { metadata }: KubeObject): boolean =>
  isOwnedBy(metadata, inventory.name)

/** Why a user is meant to be in a group of a machine that gives it away; undefined where nobody says so. */
export const reasonForMembership = (
  { inventory }: Of,
  { name, group, host }: { name: string; group: string; host: string },
): string | undefined =>
  inventory.trusted.find(
    (one) =>
      one.kind === 'Membership' &&
      one.name === name &&
      one.group === group &&
      (one.host === undefined || one.host === host),
  )?.reason

/** Accounts on the machines that others made and are meant. */
export const trustedAccounts = ({ inventory }: Of): string[] =>
  inventory.trusted.flatMap(({ kind, name }) => (kind === 'Account' ? name : []))
