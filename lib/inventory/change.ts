import { type AutomationError, wrongFlag } from '../base/errors.ts'
import { applied, type Edit, edited } from './edit.ts'
import { diffLines } from './edit-diff.ts'
import { mustBeWritable, replaceText } from './edit-file.ts'
import { readInventory } from './file.ts'
import { checkInventory, inventoryFrom } from './load.ts'
import { child, type Path, type PlacedMistake, placeOf } from './raw.ts'
import type { Inventory } from './schema.ts'
import { readText } from './text.ts'

/** A change to an inventory file that is not written yet. */
export interface InventoryChange {
  /** As it will be. */
  inventory: Inventory
  /** The lines that differ, fit to be shown. */
  diff: readonly string[]
  /** Writes it; fails with `stale-plan` when the file is no longer as it was read. */
  write(): Promise<void>
}

/** A flag that brought a value into an inventory. */
export interface Brought {
  /** With its value. */
  flag: string
  /** What it takes, in words. */
  usage: string
}

/** What brought a value to a place of an inventory; undefined when that is not known. */
export type BroughtBy = (path: Path, value: unknown) => Brought | undefined

/**
 * What edits make of an inventory file; undefined when it already says all that. Fails with `usage` when only the
 * result would have mistakes; with `inventory` when the file has some, may not be written, or cannot be edited safely:
 * it then tells what to write by hand.
 */
export const changeInventory = async (
  file: string,
  edits: readonly Edit[],
  broughtBy: BroughtBy = () => undefined,
): Promise<InventoryChange | undefined> => {
  const { raw, locate } = await readInventory(file)
  const after = applied(raw, edits)
  if (after === raw) return undefined
  const { found } = checkInventory(after)
  if (found.length > 0) {
    await inventoryFrom(file, { raw, locate })
    throw refusedEdit(found, after, broughtBy)
  }
  await mustBeWritable(file)
  const inventory = await inventoryFrom(file, { raw: after, locate })
  const before = await readText(file)
  const text = edited(file, before, edits)
  return {
    inventory,
    diff: diffLines(before, text),
    write: () => replaceText(file, before, text),
  }
}

/** The file says nothing of it, so what brought it is named, and no line. */
const refusedEdit = (
  found: readonly PlacedMistake[],
  after: unknown,
  broughtBy: BroughtBy,
): AutomationError => {
  const told = found.map(({ path, reason, hint }) => {
    const by = broughtBy(path, path.reduce<unknown>(child, after))
    return by === undefined
      ? { subject: placeOf(path, after), message: reason, hint }
      : {
          subject: by.flag,
          message: reason,
          hint: by.usage.includes(hint) ? by.usage : `${hint}; ${by.usage}`,
        }
  })
  const [first, ...more] = told
  const others = more.map(({ subject, message, hint }) => `${subject}: ${message}\n  → ${hint}`)
  return wrongFlag(first!.subject, first!.message, [first!.hint, ...others].join('\n'))
}
