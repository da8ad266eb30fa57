// Bundles a playbook, with what its inventory imports, for preload.js.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildResult, build, type Plugin, stop } from 'esbuild'
import { precompile } from '../../base/template.ts'

type Built = BuildResult<{ metafile: true }>

/** A file as it was: its size in bytes, and when it was last changed (ctime, in ms). */
export type FileAsItWas = readonly [path: string, size: number, changedMs: number]

/** A playbook in few files. */
export interface PlaybookBundle {
  /** The directory of the checkout that it was made from. */
  checkout: string
  /** What it was made from, and the files that it is made of, as they were then: paths in the checkout. */
  files: readonly FileAsItWas[]
  /** URL of a module of ours → URL of the file that is loaded in its place. */
  modules: Readonly<Record<string, string>>
  /** URL of a package's main file → URL of the file that our modules get in its place. */
  packages: Readonly<Record<string, string>>
}

interface Place {
  checkout: string
  /** What is here is run: nobody may write here who may not write the checkout. */
  cache: string
  /** `playbooks/<playbook>.ts` of the checkout. */
  playbook: string
}

/** What inventories import: the very modules that the playbook has. */
const SHARED = [
  'inventory/schema.ts',
  'lib/index.ts',
  'lib/playbook.ts',
  'lib/task.ts',
  'lib/check.ts',
  'lib/base/errors.ts',
]

/** Packages of CommonJS of many files, each made into one. */
const PACKAGES = ['yaml', 'ssh2']

/** Machine code, which ssh2 does without where it was not built. */
const MACHINE_CODE = ['cpu-features', '*.node']

/** Beside modules: what bundles, and what changes with whatever npm installs. */
const MAKERS = [
  'lib/cli/bundle/make.ts',
  'lib/cli/bundle/preload.js',
  'package.json',
  'node_modules/.package-lock.json',
]

/** The module that has templates as functions in a bundle. */
const PRECOMPILED = 'lib/base/precompiled.ts'

/** Templates that every run fills in, by name; pages are rare. */
const TEMPLATES = ['arena', 'arena-kubectl', 'kubeconfig.yaml']

/** A file system's clock may stand still for so long: a file may be changed once more and look as it did. */
const TICK_MS = 50

/**
 * Bundles a playbook, and keeps that as `<cache>/<playbook>.json` unless a module was changed just before. The files of
 * older bundles stay: a run may still load one. Fails when a module cannot be read or the cache not be written.
 */
export const makeBundle = async (place: Place): Promise<PlaybookBundle> => {
  const { cache, playbook } = place
  // Whoever may read the checkout may start from it.
  const directory = join(cache, `${playbook}.${randomUUID()}`)
  await mkdir(directory, { recursive: true })
  try {
    return await madeIn(directory, place)
  } catch (error) {
    await rm(directory, { recursive: true })
    throw error
  } finally {
    await stop()
  }
}

const madeIn = async (directory: string, { checkout, cache, playbook }: Place): Promise<PlaybookBundle> => {
  const asItIs = async (path: string): Promise<FileAsItWas> => {
    const { size, ctimeMs } = await stat(join(checkout, path))
    return [path, size, ctimeMs]
  }
  const [, , begunMs] = await asItIs(relative(checkout, directory))
  const entry = `playbooks/${playbook}.ts`
  // Each is looked at before it is read: what changes meanwhile differs from that at the next start.
  const from = await Promise.all(MAKERS.map(asItIs))
  const common = {
    absWorkingDir: checkout,
    outdir: directory,
    entryNames: '[name]-[hash]',
    bundle: true,
    platform: 'node',
    target: `node${process.versions.node}`,
    tsconfigRaw: {},
    logLevel: 'silent',
    metafile: true,
  } as const
  const modules = await build({
    ...common,
    entryPoints: [entry, ...SHARED],
    // Node looks through a file of any other name for whether it is a module.
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    splitting: true,
    external: PACKAGES,
    banner: { js: requireFrom(checkout) },
    plugins: [inPlace(checkout, entry, async (path) => void from.push(await asItIs(path)))],
  })
  const packages = await build({
    ...common,
    entryPoints: PACKAGES,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    external: MACHINE_CODE,
  })
  const made = [modules, packages].flatMap(({ metafile }) => Object.keys(metafile.outputs))
  const bundle = {
    checkout,
    files: [...from, ...(await Promise.all(made.map(asItIs)))],
    modules: placesOf(modules, checkout, (path) => !path.includes('node_modules/')),
    packages: placesOf(packages, checkout),
  }
  if (from.every(([, , changedMs]) => changedMs < begunMs - TICK_MS)) {
    await writeFile(join(directory, 'bundle.json'), JSON.stringify(bundle))
    await rename(join(directory, 'bundle.json'), join(cache, `${playbook}.json`))
  }
  return bundle
}

/** Packages of CommonJS ask for Node's own modules by `require`. */
const requireFrom = (checkout: string): string =>
  "import { createRequire as requireFrom } from 'node:module'\n" +
  `const require = requireFrom(${JSON.stringify(checkout)})`

/** Has each module of ours know its own place instead of its bundle's, and notes it before it is read. */
const inPlace = (checkout: string, entry: string, note: (path: string) => Promise<void>): Plugin => ({
  name: 'in-place',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes('/node_modules/')) return undefined
      const name = relative(checkout, path)
      await note(name)
      if (name === PRECOMPILED) return { contents: await precompiled(note), loader: 'js' }
      const known: Record<string, unknown> = {
        url: pathToFileURL(path).href,
        filename: path,
        dirname: dirname(path),
        ...(name !== entry && { main: false }),
      }
      const text = await readFile(path, 'utf8')
      const contents = text.replace(/\bimport\.meta\.(\w+)\b/g, (whole, part: string) =>
        part in known ? JSON.stringify(known[part]) : whole,
      )
      return { contents, loader: 'ts' }
    }),
})

const precompiled = async (note: (path: string) => Promise<void>): Promise<string> => {
  for (const name of TEMPLATES) await note(`templates/${name}.hbs`)
  const entries = TEMPLATES.map((name) => `${JSON.stringify(name)}: ${precompile(name)}`)
  return `export const PRECOMPILED = { ${entries.join(',\n')} }`
}

/** What was named, and what is loaded late, beside the file that holds it. */
const placesOf = (
  { metafile }: Built,
  checkout: string,
  isMeant = (_: string): boolean => true,
): Readonly<Record<string, string>> => {
  const urlOf = (path: string): string => pathToFileURL(join(checkout, path)).href
  return Object.fromEntries(
    Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint !== undefined && isMeant(entryPoint) ? [[urlOf(entryPoint), urlOf(path)]] : [],
    ),
  )
}
