import { applied, type Edit, edited } from './edit.ts'
import { diffLines } from './edit-diff.ts'
import { mustBeWritable, replaceText } from './edit-file.ts'
import { readInventory } from './file.ts'
import { inventoryFrom } from './load.ts'
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

/**
 * What edits make of an inventory file; undefined when it already says all that. Fails with `inventory` when the
 * result would have mistakes, the file may not be written, or it cannot be edited safely; it then tells what to write
 * by hand.
 */
export const changeInventory = async (
  file: string,
  edits: readonly Edit[],
): Promise<InventoryChange | undefined> => {
  const { raw, locate } = await readInventory(file)
  const after = applied(raw, edits)
  if (after === raw) return undefined
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
