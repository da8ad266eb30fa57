import { wrongFlag } from '../base/errors.ts'
import { checkInventory } from '../inventory/load.ts'
import { type PlacedMistake as Mistake, placeOf } from '../inventory/raw.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { entryKeyOf, type InventoryPart, isPart, type Note } from './remark.ts'

type Entry = Record<string, unknown> & { name: string }

/** Fields without which an entry is still what it was. */
const DISPENSABLE = ['gecos', 'shell', 'description', 'owner', 'containerDefaults', 'pods']

/** The checksum is nobody's to find out from outside, nor is what somebody's rights are for. */
const isExpected = ({ path }: Mistake): boolean =>
  /^arena\.(archives\.\w+\.)?sha256$/.test(path.join('.')) || (path[0] === 'trusted' && path[2] === 'reason')

/**
 * Leaves out what no inventory may say, and remarks on it, until nothing is wrong with the rest: the rules that load an
 * inventory decide, so that what was found on hosts and in the cluster obeys them too.
 */
export const judged = (inventory: InventoryInput, noteOn: (part: InventoryPart) => Note): InventoryInput => {
  const kept = structuredClone(inventory)
  for (;;) {
    const mistakes = checkInventory(kept).found.filter((mistake) => !isExpected(mistake))
    if (mistakes.length === 0) return kept
    const gone = new Map<InventoryPart, Set<number>>()
    const seen = new Set<Entry>()
    for (const mistake of mistakes) {
      const [part, index] = mistake.path as [InventoryPart, number]
      const entries = entriesOf(kept, part)
      const entry = entries?.[index]
      if (entry === undefined) throw wrongFlag(placeOf(mistake.path, kept), mistake.reason, mistake.hint)
      // Another mistake in it may have gone with the first one.
      if (seen.has(entry)) continue
      seen.add(entry)
      const { says, whole } = withdraw(entry, mistake)
      if (whole) gone.set(part, (gone.get(part) ?? new Set()).add(index))
      noteOn(part)(entryKeyOf(entry), says, mistake.hint)
    }
    for (const [part, indexes] of gone) {
      const left = entriesOf(kept, part)!.filter((_, index) => !indexes.has(index))
      Object.assign(kept, { [part]: left })
    }
  }
}

const entriesOf = (inventory: InventoryInput, part: string): Entry[] | undefined =>
  isPart(part) ? (inventory[part] as Entry[]) : undefined

/** Takes the field out where the entry can do without it; the first group is where jobs run, so a user cannot. */
const withdraw = (entry: Entry, { path, reason }: Mistake): { says: string; whole: boolean } => {
  const [, , field, index] = path
  if (typeof field === 'string' && DISPENSABLE.includes(field) && field in entry) {
    delete entry[field]
    return { says: `${field} is left out: it ${reason}`, whole: false }
  }
  if (field === 'groups' && typeof index === 'number' && index > 0) {
    const groups = entry['groups'] as unknown[]
    groups.splice(index, 1)
    return { says: `a group is left out: ${reason}`, whole: false }
  }
  if (field === 'sshKeys' && typeof index === 'number') {
    const keys = entry[field] as unknown[]
    keys.splice(index, 1)
    return { says: `a key is left out: it ${reason}`, whole: false }
  }
  return {
    says: `is left out: ${[field, reason].filter((word) => word !== undefined).join(' ')}`,
    whole: true,
  }
}
