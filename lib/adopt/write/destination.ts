import { readFile, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { unwritable, wrongFlag } from '../../base/errors.ts'
import { displayed } from '../../inventory/text.ts'
import type { AdoptedInventory } from '../remark.ts'
import { asTypeScript } from './typescript.ts'
import { asYaml } from './yaml.ts'

/** What became of the file: it was written, was there already with the same text, or would be written. */
export type Writing = 'written' | 'same' | 'planned'

const SCHEMA = resolve(import.meta.dirname, '../../../inventory/schema.ts')

/** How an inventory is written, by the end of the file's name. */
export const WRITERS = new Map<string, (found: AdoptedInventory, out: string) => string>([
  ['.ts', (found, out) => asTypeScript(found, displayed(out), schemaFrom(out))],
  ['.yaml', (found, out) => asYaml(found, displayed(out))],
  ['.yml', (found, out) => asYaml(found, displayed(out))],
])

/** Relative within the checkout, which may move as a whole. */
const schemaFrom = (out: string): string => {
  const path = relative(dirname(out), SCHEMA)
  const inside = !relative(dirname(dirname(SCHEMA)), out).startsWith('..')
  return inside ? (path.startsWith('.') ? path : `./${path}`) : SCHEMA
}

/** What people may have filled in is never written over. */
export const writeAdopted = async (out: string, text: string, check: boolean): Promise<Writing> => {
  const before = await readFile(out, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unwritable(`--out ${displayed(out)}`, error)
  })
  if (before === text) return 'same'
  if (before !== undefined)
    throw wrongFlag(
      `--out ${displayed(out)}`,
      'is there already and says something else',
      'name another file and compare the two, or move this one away',
    )
  if (check) return 'planned'
  await writeFile(out, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw unwritable(`--out ${displayed(out)}`, error)
  })
  return 'written'
}
