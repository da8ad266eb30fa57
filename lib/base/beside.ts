import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/**
 * Replaces a file in one step, or makes it, by a new one of mode 0600 beside it that holds the text, or what is written
 * into it: no link at its place leads elsewhere, and nobody reads half of it. Whatever fails is thrown, and the file is
 * as it was.
 */
export const writeInOneStep = async (
  file: string,
  content: string | ((beside: FileHandle) => Promise<void>),
): Promise<void> => {
  const beside = await besideOf(file)
  try {
    const handle = await open(beside, 'wx', 0o600)
    try {
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

/** A new name beside a file; what killed runs left under such names is taken away. */
const besideOf = async (file: string): Promise<string> => {
  const directory = dirname(file)
  const prefix = `.${basename(file)}.`
  const left = (await readdir(directory).catch(() => [])).filter(
    (name) => name.startsWith(prefix) && UUID.test(name.slice(prefix.length)),
  )
  for (const name of left) await rm(join(directory, name), { force: true }).catch(() => {})
  return join(directory, `${prefix}${randomUUID()}`)
}
