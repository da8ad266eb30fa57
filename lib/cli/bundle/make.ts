// Bundles a playbook, with what its inventory and its threads load by themselves, for preload.js.
import { mkdir, mkdtemp, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
 * Bundles a playbook, and keeps that as `<cache>/<playbook>.json` unless a module was changed meanwhile. The files of
 * older bundles stay: a run may still load one. Fails when a module cannot be read or the cache not be written.
 */
export const makeBundle = async ({ checkout, cache, playbook }: Place): Promise<PlaybookBundle> => {
  const startedMs = Date.now()
  await mkdir(cache, { recursive: true })
  const prefix = join(cache, `${playbook}.`)
  const directory = await mkdtemp(prefix)
  const entry = `playbooks/${playbook}.ts`
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
    plugins: [inPlace(join(checkout, entry))],
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
    inputs: await inputsOf(modules, checkout),
    modules: placesOf(modules, checkout),
    packages: placesOf(packages, checkout),
  }
  if (bundle.inputs.every(([, changedMs]) => changedMs < startedMs)) {
    await writeFile(join(directory, 'bundle.json'), JSON.stringify(bundle))
    await rename(join(directory, 'bundle.json'), `${prefix}json`)
  }
  return bundle
}

/** Packages of CommonJS ask for Node's own modules by `require`. */
const requireFrom = (checkout: string): string =>
  "import { createRequire as requireFrom } from 'node:module'\n" +
  `const require = requireFrom(${JSON.stringify(checkout)})`

/** Has each module of ours know its own place instead of its bundle's, where it finds the files beside it. */
const inPlace = (entry: string): Plugin => ({
  name: 'in-place',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes('/node_modules/')) return undefined
      const known: Record<string, unknown> = {
        url: pathToFileURL(path).href,
        filename: path,
        dirname: dirname(path),
        ...(path !== entry && { main: false }),
      }
      const text = await readFile(path, 'utf8')
      const contents = text.replace(/\bimport\.meta\.(\w+)\b/g, (whole, name: string) =>
        name in known ? JSON.stringify(known[name]) : whole,
      )
      return { contents, loader: 'ts' }
    }),
})

const inputsOf = async ({ metafile }: Built, checkout: string): Promise<PlaybookBundle['inputs']> => {
  const modules = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/'))
  return Promise.all(
    [...modules, INSTALLED].map(async (path) => [path, (await stat(join(checkout, path))).ctimeMs] as const),
  )
}

/** What was named, and what is loaded late, beside the file that holds it. */
const placesOf = ({ metafile }: Built, checkout: string): Readonly<Record<string, string>> => {
  const urlOf = (path: string): string => pathToFileURL(join(checkout, path)).href
  return Object.fromEntries(
    Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[urlOf(entryPoint), urlOf(path)]],
    ),
  )
}
