import { randomUUID } from 'node:crypto'
import { access, constants, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Whether the path is there and, when a mode of `fs.constants` is given, open to us in that way. */
export const exists = (path: string, mode: number = constants.F_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

/** Replaces a file in one step, so that a reader sees the old or the new one. */
export const replaceFile = async (path: string, content: string, mode = 0o600): Promise<void> => {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
  await writeFile(beside, content, { mode })
  await rename(beside, path)
}
