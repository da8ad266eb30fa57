import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { punctuationMeant } from '../base/chinese-punctuation.ts'
import { isAutomationError } from '../base/errors.ts'
import type { Mistake } from '../base/rules.ts'
import { InventoryError } from './error.ts'
import { plainJson } from './plain-json.ts'
import { isFields } from './raw.ts'
import { type Locate, locateIn, type Source, SyntaxMistake } from './source.ts'
import { displayed, readText, wrongFile } from './text.ts'

/** An inventory as its file has it, not checked yet. */
export interface RawInventory {
  raw: unknown
  /** Finds lines; only worth its price when there is a mistake to show. */
  locate(): Promise<Locate>
}

const LANGUAGES: Record<string, Source['language']> = {
  '.ts': 'module',
  '.mts': 'module',
  '.js': 'module',
  '.mjs': 'module',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
}

/** What a file is written in, by its name; undefined when inventories are not written in it. */
export const sourceLanguageOf = (file: string): Source['language'] | undefined => LANGUAGES[extname(file)]

/** How long a module may take to load, in seconds, unless it is said otherwise. */
const PATIENCE = 180

/**
 * Reads a file by its kind; fails with `inventory` when it is not there, is not UTF-8, cannot be parsed, does not end
 * loading in so many seconds, or holds no inventory.
 */
export const readInventory = async (file: string, seconds = PATIENCE): Promise<RawInventory> => {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${error.code}`
    const hint = 'give the path of an inventory, such as inventory/prod.ts'
    throw wrongFile(file, { reason, hint }, undefined, error)
  })
  if (!info.isFile())
    throw wrongFile(file, { reason: 'is not a file', hint: 'give a file, such as inventory/prod.ts' })
  const language = sourceLanguageOf(file)
  if (language === undefined)
    throw wrongFile(file, {
      reason: 'is of no known kind',
      hint: `an inventory ends in ${Object.keys(LANGUAGES).join(', ')}`,
    })
  const inventory = await (language === 'module' ? loadModule(file, seconds) : loadDocument(file))
  if (!isFields(inventory.raw))
    throw wrongFile(file, {
      reason: `is not an inventory but ${inventory.raw === null ? 'empty' : 'something else'}`,
      hint: 'write an object with name, cluster, hosts, groups and users',
    })
  return inventory
}

const loadModule = async (file: string, seconds: number): Promise<RawInventory> => {
  const { importedFrom } = await import('./imported.ts')
  const raw = await importedFrom(file, seconds * 1000).catch(async (error: unknown) => {
    throw await unloadable(error, file)
  })
  const locate = async (): Promise<Locate> => {
    const { readModule } = await import('./read-typescript.ts')
    const read = readModule(await readText(file))
    return read instanceof SyntaxMistake ? () => undefined : locateIn(read)
  }
  return { raw, locate }
}

const unloadable = async (error: unknown, file: string): Promise<InventoryError> => {
  if (error instanceof InventoryError) return error
  if (isAutomationError(error)) {
    const { reason, hint = 'see the file' } = error
    return wrongFile(file, { reason, hint }, undefined, error)
  }
  const { readModule } = await import('./read-typescript.ts')
  const text = await readText(file)
  const read = readModule(text)
  if (read instanceof SyntaxMistake) return wrongFile(file, invalid(file, read, text), read.line, error)
  const [stack, message] = error instanceof Error ? [error.stack ?? '', error.message] : ['', inspect(error)]
  const place = [pathToFileURL(file).href, file]
    .map((at) => stack.split(`${at}:`)[1])
    .find((rest) => rest !== undefined)
  return wrongFile(
    file,
    {
      reason: `cannot be loaded: ${message
        .split('\n')
        .slice(0, 2)
        .filter((line) => line !== 'Require stack:')
        .join(' ')}`,
      hint: `npx tsx ${displayed(file)} shows where it comes from`,
    },
    Number.parseInt(place ?? '', 10) || undefined,
    error,
  )
}

const loadDocument = async (file: string): Promise<RawInventory> => {
  const text = await readText(file)
  const read = async () => {
    const { readYaml } = await import('./read-yaml.ts')
    const found = readYaml(text)
    if (found instanceof SyntaxMistake) throw wrongFile(file, invalid(file, found, text), found.line)
    return found
  }
  const raw = (plainJson(text) ?? (await read())).value
  return { raw, locate: async () => locateIn((await read()).written()) }
}

const NAMES = { module: 'TypeScript', yaml: 'YAML', json: 'JSON' }

/** A mistake of syntax in words, with the next step as far as its line tells it. */
export const invalid = (file: string, { message, line }: SyntaxMistake, text: string): Mistake => ({
  reason: `is not valid ${NAMES[sourceLanguageOf(file)!]}: ${message}`,
  hint:
    NEXT_STEPS.find(([about]) => about.test(message))?.[1] ??
    punctuationMeant(code(text.split('\n')[(line ?? 0) - 1] ?? '')) ??
    'an editor shows where it goes wrong',
})

const NEXT_STEPS: readonly (readonly [RegExp, string])[] = [
  [/^Tabs are not allowed/, 'indent with spaces'],
  [/^Map keys must be unique/, 'take one of the two away, or correct its name'],
]

/** A line without what stands in quotes or after a comment's sign. */
const code = (line: string): string => line.replaceAll(/'[^']*'|"[^"]*"|(?:#|\/\/).*/g, '')
