// `node --import arena-playbooks/bundled playbooks/<name>.ts …` starts a playbook from the few files that its modules
// and packages were bundled into, and bundles them anew when one of them was changed. JavaScript, so that a start does
// not load what takes the types out of TypeScript.
import { readFileSync, realpathSync, statSync } from 'node:fs'
import module from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'

/** @import { PlaybookBundle, FileAsItWas } from './make.ts' */

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url))
/** Beside the packages: whoever may write there could change the code itself. */
const CACHE = join(CHECKOUT, 'node_modules/.cache/arena-playbooks')
const LIB = pathToFileURL(join(CHECKOUT, 'lib/')).href
const BUNDLES = pathToFileURL(join(CACHE, '/')).href

/**
 * @param {string | undefined} started
 * @returns {string | undefined} the name of the playbook of this checkout that was started
 */
const playbookIn = (started) => {
  if (started === undefined) return undefined
  try {
    return /^([\w-]+)\.ts$/.exec(relative(join(CHECKOUT, 'playbooks'), realpathSync(started)))?.[1]
  } catch {
    return undefined
  }
}

/**
 * @param {string} playbook
 * @returns {PlaybookBundle | undefined} its bundle, when nothing that it was made from has changed since
 */
const freshBundle = (playbook) => {
  try {
    /** @type {PlaybookBundle} */
    const bundle = JSON.parse(readFileSync(join(CACHE, `${playbook}.json`), 'utf8'))
    return bundle.checkout === CHECKOUT && bundle.files.every(isUnchanged) ? bundle : undefined
  } catch {
    return undefined
  }
}

/** @param {FileAsItWas} file */
const isUnchanged = ([path, bytes, changedMs]) => {
  const { size, ctimeMs } = statSync(join(CHECKOUT, path))
  return size === bytes && ctimeMs === changedMs
}

/** @param {string} playbook */
const newBundle = async (playbook) => {
  try {
    const { makeBundle } = await import('./make.ts')
    return await makeBundle({ checkout: CHECKOUT, cache: CACHE, playbook })
  } catch (/** @type {any} */ error) {
    const reason = error.errors?.[0]?.text ?? error.message.split('\n')[0]
    process.stderr.write(`not bundled, so started from its modules, which takes longer: ${reason}\n`)
    return undefined
  }
}

/** @param {string | undefined} url */
const isOurs = (url) => url?.startsWith(LIB) || url?.startsWith(BUNDLES)

/**
 * @param {string} specifier
 * @param {string | undefined} parent
 * @returns what a file of a bundle imports from its own directory or from Node: it was written so that it needs no search
 */
const besideIn = (specifier, parent) => {
  if (!parent?.startsWith(BUNDLES)) return undefined
  if (specifier.startsWith('node:')) return { url: specifier, format: 'builtin', shortCircuit: true }
  if (!/^\.\/.*\.mjs$/.test(specifier)) return undefined
  return { url: new URL(specifier, parent).href, format: 'module', shortCircuit: true }
}

/** @param {PlaybookBundle} bundle */
const startFrom = ({ modules, packages }) =>
  module.registerHooks({
    resolve: (specifier, context, next) => {
      const near = besideIn(specifier, context.parentURL)
      if (near !== undefined) return near
      const found = next(specifier, context)
      const ours = modules[found.url]
      if (ours !== undefined) return { ...found, url: ours, format: 'module' }
      const theirs = isOurs(context.parentURL) ? packages[found.url] : undefined
      return theirs === undefined ? found : { ...found, url: theirs, format: 'commonjs' }
    },
  })

/** @param {string} playbook */
const preload = async (playbook) => {
  if (module.registerHooks === undefined) {
    process.stderr.write(
      `playbooks need a newer Node than ${process.version}\n  → start them by ./node_modules/.bin/node\n`,
    )
    process.exit(64)
  }
  module.enableCompileCache(CACHE)
  const bundle = freshBundle(playbook) ?? (await newBundle(playbook))
  if (bundle !== undefined) startFrom(bundle)
}

const playbook = isMainThread ? playbookIn(process.argv[1]) : undefined
if (playbook !== undefined) await preload(playbook)
