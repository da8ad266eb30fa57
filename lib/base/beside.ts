import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasEnded, pidWorld } from './pid-world.ts'

/** What is between the name of a file and the end of a new one's beside it: who writes, where that can be told. */
const WRITER = /^(?:(\d+)-([\da-f]{8}-\d+)\.)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** Nobody writes for so long: what is older was left by a killed run, of another machine or boot too. */
const LEFT_AFTER_MS = 60 * 60 * 1000

/**
 * Replaces a file in one step, or makes it, by a new one of mode 0600 beside it that holds the text, or what is written
 * into it: no link at its place leads elsewhere, and nobody reads half of it. Whatever fails is thrown, and the file is
 * as it was. What killed runs left beside it is taken away; what another run is writing there is not.
 */
export const writeInOneStep = async (
  file: string,
  content: string | ((beside: FileHandle) => Promise<void>),
): Promise<void> => {
  const world = pidWorld()
  const writer = world === undefined ? '' : `${process.pid}-${world}.`
  const beside = join(dirname(file), `${prefixOf(file)}${writer}${randomUUID()}`)
  try {
    const handle = await open(beside, 'wx', 0o600)
    try {
      await takeAwayLeft(file, (await handle.stat()).mtimeMs)
      await (typeof content === 'string' ? handle.writeFile(content) : content(handle))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

const prefixOf = (file: string): string => `.${basename(file)}.`

/** The time is by the clock of the file system, which another machine may keep. */
const takeAwayLeft = async (file: string, now: number): Promise<void> => {
  const [directory, prefix] = [dirname(file), prefixOf(file)]
  for (const name of await readdir(directory).catch(() => [])) {
    const writer = name.startsWith(prefix) ? WRITER.exec(name.slice(prefix.length)) : null
    if (writer === null) continue
    const [, pid, world] = writer
    const left = join(directory, name)
    const isLeft = async (): Promise<boolean> => now - (await stat(left)).mtimeMs > LEFT_AFTER_MS
    if ((pid !== undefined && hasEnded(Number(pid), world!)) || (await isLeft().catch(() => false)))
      await rm(left, { force: true }).catch(() => {})
  }
}
