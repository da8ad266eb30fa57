import { constants } from 'node:fs'
import { cp, mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { AutomationError } from '../lib/base/errors.ts'
import { runProcess } from './command.ts'
import { exists } from './files.ts'
import { exclusive } from './lock.ts'
import { withSeccomp } from './seccomp.ts'
import { moduleOf, TOOLS, type Tool, type ToolName, toolVersion } from './tool-list.ts'
import type { Variant } from './variant.ts'

/** Called with one line for a person to read whenever something long begins or ends. */
export type Progress = (line: string) => void

/** Where built and downloaded things are kept between sandboxes. */
export const cacheDirectory = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'arena-playbooks')

/** One thing to find or to make: a binary, or a file of the module. */
interface Piece {
  tool: ToolName
  version: string
  name: string
  source: string
  binary: boolean
}

const cached = ({ tool, version, name }: Piece): string => join(cacheDirectory(), `${tool}-${version}`, name)

const find = async (piece: Piece): Promise<string | undefined> => {
  const given = process.env.ARENA_SANDBOX_BIN
  for (const path of [...(given ? [join(given, piece.name)] : []), cached(piece)])
    if (await exists(path, piece.binary ? constants.X_OK : constants.R_OK)) return path
  return undefined
}

/** What the tools of a variant are made of; its own stand in place of the usual ones of the same name. */
const pieces = async (variant: Variant): Promise<Piece[]> => {
  const isOurs = ({ only = {} }: Tool): boolean =>
    Object.entries(only).every(([part, value]) => variant[part as keyof Variant] === value)
  const names = (Object.keys(TOOLS) as ToolName[]).filter((tool) => isOurs(TOOLS[tool]))
  const all = await piecesOf(
    names.toSorted((a, b) => Number('only' in TOOLS[a]) - Number('only' in TOOLS[b])),
  )
  return [...new Map(all.map((piece) => [piece.name, piece])).values()]
}

const piecesOf = async (names: readonly ToolName[]): Promise<Piece[]> => {
  const lists = names.map(async (tool) => {
    const version = await toolVersion(tool)
    const { binaries, files = {} }: Tool = TOOLS[tool]
    return [
      ...Object.entries(binaries).map(([name, source]) => ({ tool, version, name, source, binary: true })),
      ...Object.entries(files).map(([name, source]) => ({ tool, version, name, source, binary: false })),
    ]
  })
  return (await Promise.all(lists)).flat()
}

const requireGo = async (missing: readonly Piece[]): Promise<void> => {
  if (await $({ nothrow: true, quiet: true })`go version`.then(({ ok }) => ok)) return
  const directories = [...new Set(missing.map((piece) => join(cached(piece), '..')))]
  throw new AutomationError({
    code: 'command',
    subject: 'go',
    message: `there is no Go toolchain to build ${missing.map(({ name }) => name).join(', ')}`,
    hint:
      'install Go 1.26 or newer and put it in PATH; or put these into one directory and name it in ' +
      `ARENA_SANDBOX_BIN, or copy from another machine: ${directories.join(' ')}`,
  })
}

const inModule = ({ tool, name, version }: Piece, more: Record<string, string> = {}) =>
  runProcess(`${name} ${version}`, {
    cwd: moduleOf(tool),
    env: {
      ...process.env,
      CGO_ENABLED: '0',
      GOFLAGS: '-mod=readonly -buildvcs=false',
      GOWORK: 'off',
      ...more,
    },
  })

const make = async (piece: Piece): Promise<void> => {
  const { tool, version, source } = piece
  const { module, stamp, tags = '', cgo }: Tool = TOOLS[tool]
  const target = cached(piece)
  const partial = `${target}.partial-${process.pid}`
  const go = inModule(piece, cgo && (await withSeccomp(cacheDirectory())))
  await runProcess(target)`rm -rf ${target}.partial-*`
  if (piece.binary) {
    const stamps = stamp?.variables.map((variable) => `-X ${variable}=${stamp.prefix}${version}`) ?? []
    const linked = ['-s', '-w', ...(cgo ? ['-extldflags=-static'] : []), ...stamps].join(' ')
    await go`go build -trimpath -tags ${tags} -ldflags ${linked} -o ${partial} ${source}`
  } else {
    await go`go mod download ${module}`
    const directory = await go`go list -m -f ${'{{.Dir}}'} ${module}`
    await cp(join(directory.trim(), source), partial, { recursive: true })
    await runProcess(partial)`chmod -R u+w ${partial}`
  }
  await rename(partial, target)
}

/** Builds what a tool lacks, while nobody else builds that tool. */
const build = async (
  lacking: readonly Piece[],
  label: (piece: Piece) => string,
  progress: Progress,
): Promise<void> => {
  for (const piece of lacking) {
    await mkdir(join(cached(piece), '..'), { recursive: true })
    const begun = Date.now()
    const seconds = () => `${Math.round((Date.now() - begun) / 1000)} s`
    const reminder = setInterval(() => progress(`${label(piece)}: still building (${seconds()})`), 30_000)
    if (piece.binary) progress(`${label(piece)}: building, once`)
    try {
      await make(piece)
    } finally {
      clearInterval(reminder)
    }
    if (piece.binary) progress(`${label(piece)}: built in ${seconds()}`)
  }
}

/** The path of a binary, or of a file that came with a tool. */
export type Tools = (name: string) => string

const missingOf = async (pieces: readonly Piece[]): Promise<Piece[]> => {
  const found = await Promise.all(pieces.map(find))
  return pieces.filter((_, index) => found[index] === undefined)
}

/**
 * Finds every tool in ARENA_SANDBOX_BIN or in the cache and builds the rest with Go; several runs at once build
 * each only once, and wait for one another only where they need the same one. A build that was interrupted leaves
 * nothing that would be taken for whole.
 */
export const prepareTools = async (progress: Progress, variant: Variant = {}): Promise<Tools> => {
  const all = await pieces(variant)
  const missing = await missingOf(all)
  if (missing.length > 0) await requireGo(missing)
  const binaries = missing.filter(({ binary }) => binary)
  const label = (piece: Piece): string =>
    piece.binary
      ? `[${binaries.indexOf(piece) + 1}/${binaries.length}] ${piece.name} ${piece.version}`
      : `${piece.name} of ${piece.tool} ${piece.version}`
  for (const [tool, lacking] of Map.groupBy(missing, (piece) => piece.tool))
    await exclusive(
      `${cacheDirectory()} ${tool}-${lacking[0]!.version}`,
      async () => build(await missingOf(lacking), label, progress),
      () => progress(`waiting for another run that builds ${tool}`),
    )
  const paths = new Map(await Promise.all(all.map(async (piece) => [piece.name, await find(piece)] as const)))
  return (name) => {
    const path = paths.get(name)
    if (path === undefined) throw new TypeError(`${name} is not one of the tools`)
    return path
  }
}
