import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { defined } from '../base/defined.ts'
import type { Mistake } from '../base/rules.ts'
import { InventoryError } from './error.ts'

/** A mistake of a file as a whole, or of a line of it. */
export const wrongFile = (file: string, mistake: Mistake, line?: number, cause?: unknown): InventoryError =>
  new InventoryError([{ file: displayed(file), ...defined({ line }), path: '', ...mistake }], cause)

/** The text of a file; fails with `inventory` when it cannot be read or is not UTF-8. */
export const readText = async (file: string): Promise<string> => {
  const bytes = await readFile(file).catch((error) => {
    const hint = 'give the path of an inventory, such as inventory/prod.ts'
    throw wrongFile(file, { reason: `cannot be read: ${error.code}`, hint })
  })
  return textOf(file, bytes)
}

/** The bytes of a file as text; fails with `inventory` when they are not UTF-8. */
export const textOf = (file: string, bytes: Buffer): string => {
  const text = bytes.toString('utf8')
  const same = Buffer.from(text)
  // Latin letters in UTF-16 are UTF-8 too, with a NUL after each.
  const wrong = same.equals(bytes) ? bytes.indexOf(0) : bytes.findIndex((byte, index) => byte !== same[index])
  if (wrong === -1) return text
  const line = 1 + bytes.subarray(0, wrong).reduce((breaks, byte) => breaks + Number(byte === 10), 0)
  const hint =
    'save it as UTF-8: an editor can, and `iconv -t UTF-8 -f` with the encoding that it has, such as GBK'
  throw wrongFile(file, { reason: 'is not UTF-8', hint }, line)
}

/** The file as messages print it: relative to the current directory where it is below it. */
export const displayed = (file: string): string => {
  const path = relative('', file)
  return path === '' || path.startsWith('..') ? file : path
}
