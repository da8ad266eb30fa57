import { readFileSync } from 'node:fs'
import { type LoadHookSync, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { AutomationError } from '../base/errors.ts'
import type { InventoryError } from './error.ts'
import { textOf, wrongFile } from './text.ts'

/**
 * What an inventory that is a module exports; a promise is waited for. Fails with `inventory` when it exports nothing,
 * does not end loading within the limit, or when a file that it imports is not UTF-8; what it throws is passed on.
 */
export const importedFrom = async (file: string, limitMs: number): Promise<unknown> => {
  const { promise: stuck, reject } = Promise.withResolvers<never>()
  const hooks = registerHooks({ load: onlyUtf8 })
  const limit = setTimeout(() => reject(endless(`within ${limitMs / 1000} s`)), limitMs).unref()
  const onIdle = (): void => reject(endless('at all: nothing is left that it could wait for'))
  const onExit = (): void => {
    process.stderr.write(`${ended(file).message}\n`)
    process.exitCode = ended(file).exitCode
  }
  process.once('beforeExit', onIdle)
  process.once('exit', onExit)
  try {
    return await Promise.race([exportOf(file), stuck])
  } finally {
    hooks.deregister()
    clearTimeout(limit)
    process.off('beforeExit', onIdle)
    process.off('exit', onExit)
  }
}

const exportOf = async (file: string): Promise<unknown> => {
  const loaded = await import(pathToFileURL(file).href)
  if ('default' in loaded) return loaded.default
  throw unusable('exports no inventory', 'write export default defineInventory({ … })')
}

/** Looks at what the inventory consists of; node would read each wrong byte as the same odd character. */
const onlyUtf8: LoadHookSync = (url, context, next) => {
  if (url.startsWith('file:') && !url.includes('/node_modules/')) {
    const file = fileURLToPath(url)
    textOf(file, readFileSync(file))
  }
  return next(url, context)
}

const endless = (when: string): AutomationError =>
  unusable(`does not end loading ${when}`, 'see what it awaits; --timeout sets how long to wait')

/** Nobody is left to catch it. */
const ended = (file: string): InventoryError =>
  wrongFile(file, {
    reason: 'ends the process while it is loaded',
    hint: 'take process.exit out of it and of what it imports, and await what may fail; to refuse, throw an Error',
  })

const unusable = (message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'inventory', message, hint })
