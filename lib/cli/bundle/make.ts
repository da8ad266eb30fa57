// Bundles a playbook, with what its inventory and its threads load by themselves, for preload.js.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildResult, build, type Plugin } from 'esbuild'

type Built = BuildResult<{ metafile: true }>

/** A playbook in few files. */
export interface PlaybookBundle {
  /** The directory of the checkout that it was made from. */
  checkout: string
  /** What it was made from: a path in the checkout, and when that file was last changed (ctime, in ms). */
  inputs: readonly (readonly [path: string, changedMs: number])[]
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

/** What inventories may import and a thread starts with: the very modules that the playbook has. */
const SHARED = [
  'inventory/schema.ts',
  'lib/index.ts',
  'lib/playbook.ts',
  'lib/task.ts',
  'lib/check.ts',
  'lib/engine/lock-keeper.ts',
]

/** Packages of CommonJS of many files, each made into one. */
const PACKAGES = ['yaml', 'ssh2']

/** Machine code, which ssh2 does without where it was not built. */
const MACHINE_CODE = ['cpu-features', '*.node']

/** Changes with whatever npm installs. */
const INSTALLED = 'node_modules/.package-lock.json'

/**
 * Bundles a playbook, and keeps that as `<cache>/<playbook>.json`. The files of older bundles stay: a run may still
 * load one. Fails when a module cannot be read or the cache not be written.
 */
export const makeBundle = async ({ checkout, cache, playbook }: Place): Promise<PlaybookBundle> => {
  // Whoever may read the checkout may start from it.
  const directory = join(cache, `${playbook}.${randomUUID()}`)
  await mkdir(directory, { recursive: true })
  const entry = `playbooks/${playbook}.ts`
  // Looked at before they are read: what changes meanwhile differs from this at the next start.
  const changed = new Map([[INSTALLED, await changedAt(join(checkout, INSTALLED))]])
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
    plugins: [inPlace(checkout, entry, changed)],
  })
  const packages = await build({
    ...common,
    entryPoints: PACKAGES,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    external: MACHINE_CODE,
  })
  const bundle = {
    checkout,
    inputs: [...changed],
    modules: placesOf(modules, checkout),
    packages: placesOf(packages, checkout),
  }
  await writeFile(join(directory, 'bundle.json'), JSON.stringify(bundle))
  await rename(join(directory, 'bundle.json'), join(cache, `${playbook}.json`))
  return bundle
}

/** Packages of CommonJS ask for Node's own modules by `require`. */
const requireFrom = (checkout: string): string =>
  "import { createRequire as requireFrom } from 'node:module'\n" +
  `const require = requireFrom(${JSON.stringify(checkout)})`

/** Has each module of ours know its own place instead of its bundle's, and notes when it last changed. */
const inPlace = (checkout: string, entry: string, changed: Map<string, number>): Plugin => ({
  name: 'in-place',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes('/node_modules/')) return undefined
      const name = relative(checkout, path)
      changed.set(name, await changedAt(path))
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

const changedAt = async (path: string): Promise<number> => (await stat(path)).ctimeMs

/** What was named, and what is loaded late, beside the file that holds it. */
const placesOf = ({ metafile }: Built, checkout: string): Readonly<Record<string, string>> => {
  const urlOf = (path: string): string => pathToFileURL(join(checkout, path)).href
  return Object.fromEntries(
    Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[urlOf(entryPoint), urlOf(path)]],
    ),
  )
}
