import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/**
 * A new name beside a file, to write what is then renamed over it; what killed runs left under such names is taken
 * away.
 */
export const besideOf = async (file: string): Promise<string> => {
  const directory = dirname(file)
  const prefix = `.${basename(file)}.`
  const left = (await readdir(directory).catch(() => [])).filter(
    (name) => name.startsWith(prefix) && UUID.test(name.slice(prefix.length)),
  )
  for (const name of left) await rm(join(directory, name), { force: true }).catch(() => {})
  return join(directory, `${prefix}${randomUUID()}`)
}
