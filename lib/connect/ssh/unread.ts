import { readFile } from 'node:fs/promises'
import { quote } from '../../base/shell.ts'

/** A file that was not read, and why, by the code of the system. */
export interface Unread {
  path: string
  code: string
}

/** The text of a file, or why it was not read. */
export const textOrUnread = async (path: string): Promise<string | Unread> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return { path, code }
  }
}

export const isAbsent = ({ code }: Unread): boolean => code === 'ENOENT' || code === 'ENOTDIR'

/** The next step where files are there and cannot be read. */
export const lookAt = (files: readonly Unread[]): string =>
  `\`ls -ld ${files.map(({ path }) => quote(path)).join(' ')}\`: let it be a file that you can read`
