import { constants } from 'node:fs'
import { access, open, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { unwritable, wrongFlag } from '../base/errors.ts'
import type { Reporter } from '../reporters/events.ts'

/** Where a page goes. */
interface PagePlace {
  /** Writes it, and tells where it is. */
  write(page: string, reporter: Reporter): Promise<void>
}

/**
 * Where the page goes that a flag asks for, if it was given; fails with `usage` when it cannot be written there, before
 * the work that it is to tell of, and when something else than a page is there.
 */
export const placeOfPage = async (flag: string, file: string | undefined): Promise<PagePlace | undefined> => {
  if (file === undefined) return undefined
  const refuse = (error: NodeJS.ErrnoException): never => {
    throw unwritable(`${flag} ${file}`, error)
  }
  const start = await startOf(file).catch(refuse)
  if (!/^(<!doctype html|$)/i.test(start))
    throw wrongFlag(`${flag} ${file}`, 'is there already and is no page', 'name another file')
  return {
    async write(page, reporter) {
      await writeFile(file, page).catch(refuse)
      reporter.on({ type: 'page', file })
    },
  }
}

/** The first characters of a file that may be written; none where none is there, but could be, or of a device. */
const startOf = async (file: string): Promise<string> => {
  try {
    await access(file, constants.W_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await access(dirname(file), constants.W_OK)
    return ''
  }
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const info = await handle.stat()
    if (info.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    if (!info.isFile()) return ''
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(32), 0, 32, 0)
    return buffer.toString('utf8', 0, bytesRead).trimStart()
  } finally {
    await handle.close()
  }
}
