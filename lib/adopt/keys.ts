import { type AccountsFrom, markerOf } from '../conventions/names.ts'
import {
  authorizedKeysObstacle,
  isHidden,
  keysIn,
  linesOfKeys,
  notText,
  partsOf,
} from '../linux/authorized-keys.ts'
import type { Candidate } from './identity.ts'
import type { Say } from './remark.ts'
import type { AccountOnMachine } from './world.ts'

/** The keys that setup keeps for a user: what is in its block of `~/.ssh/authorized_keys` on any machine. */
export const managedKeysOf = (owner: string, { from, places }: Candidate, say: Say): string[] => {
  const blocks = places.map((place) => ({
    machine: place.machine.name,
    keys: blockOf(owner, from, place, say),
  }))
  const all = [...new Set(blocks.flatMap(({ keys = [] }) => keys))]
  const without = blocks
    .filter(({ keys }) => keys !== undefined && all.some((key) => !keys.includes(key)))
    .map(({ machine }) => machine)
  if (without.length > 0)
    say(
      `has fewer keys of setup on ${without.join(', ')} than on other machines`,
      'setup writes all of them everywhere: take out of sshKeys what is not meant',
    )
  return all
}

/** What is in the block on one machine; undefined where that cannot be told, which counts where setup has been. */
const blockOf = (
  owner: string,
  accounts: AccountsFrom,
  { machine, account: { name: user, uid, home } }: AccountOnMachine,
  say: Say,
): string[] | undefined => {
  const untold = (reason = 'it could not be looked at', hint = 'see what is there'): undefined => {
    if (machine.accounts.groupsOf(user).includes(markerOf(owner)))
      say(
        `which keys setup keeps in ~/.ssh/authorized_keys on ${machine.name} cannot be told: ${reason}`,
        `${hint}; then run adopt again, or write them as sshKeys of ${user}`,
      )
  }
  try {
    const seen = machine.keysAt(home)
    const obstacle = authorizedKeysObstacle({ name: user, uid, home, accounts }, seen)
    if (obstacle !== undefined) return untold(obstacle.reason, obstacle.hint)
    if (isHidden(seen.file, uid)) return []
    const text = linesOfKeys(seen)
    if (text !== undefined) return keysIn(partsOf(text, owner).block ?? [])
    const { reason, hint } = notText(user)
    return untold(reason, hint)
  } catch {
    return untold()
  }
}
