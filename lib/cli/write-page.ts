import { writeFile } from 'node:fs/promises'
import { AutomationError } from '../base/errors.ts'
import type { Reporter } from '../reporters/events.ts'

/** Writes the page that a flag asks for, if it was given, and tells where it is; fails with `usage` when it cannot. */
export const writePage = async (
  flag: string,
  file: string | undefined,
  page: () => Promise<string>,
  reporter: Reporter,
): Promise<void> => {
  if (file === undefined) return
  const text = await page()
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new AutomationError({
      code: 'usage',
      subject: `${flag} ${file}`,
      message: `cannot be written (${(error as NodeJS.ErrnoException).code})`,
      hint: 'name a file in a directory that is there and that you may write to',
    })
  }
  reporter.on({ type: 'page', file })
}
