import { AutomationError } from '../base/errors.ts'
import { freeId } from '../inventory/free-id.ts'
import type { Inventory } from '../inventory/schema.ts'
import type { Peek } from './before.ts'

/**
 * The next free id after those of the inventory; a uid is also the gid of the user's private group, and the same on
 * every machine. Fails with `unreachable` while one was not reached.
 */
export const nextId = (
  kind: 'uid' | 'gid',
  { users, groups, retired, hosts }: Inventory,
  accounts: Peek['accounts'],
): number => {
  const missing = hosts.map(({ name }) => name).filter((name) => !accounts.has(name))
  if (missing.length > 0)
    throw new AutomationError({
      code: 'unreachable',
      subject: missing.join(', '),
      message: `was not reached, so which ${kind}s are free is not known`,
      hint: `run again, or say --${kind}`,
      retryable: true,
    })
  const known = { uid: users.map(({ uid }) => uid), gid: groups.map(({ gid }) => gid) }
  const there = [...accounts.values()].flatMap(({ ids }) => ids)
  const taken = [...there, ...known.uid, ...known.gid, ...retired.map(({ uid }) => uid)]
  return freeId(taken, undefined, known[kind])
}
