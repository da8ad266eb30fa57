import { access, constants, open, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeInOneStep } from '../base/beside.ts'
import { AutomationError, isAutomationError } from '../base/errors.ts'
import type { InventoryError } from './error.ts'
import { displayed, readText, wrongFile } from './text.ts'

/**
 * Fails with `inventory` unless the file may be replaced: a mode that lets nobody write means that, for root too.
 */
export const mustBeWritable = async (file: string): Promise<void> => {
  const target = await realpath(file)
  const { mode } = await stat(target)
  if ((mode & 0o222) === 0)
    throw wrongFile(file, {
      reason: `is read-only (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`,
      hint:
        `if it may be edited, \`chmod u+w ${displayed(file)}\`; if it comes from elsewhere, change it ` +
        'there and run setup',
    })
  for (const path of [target, dirname(target)])
    await access(path, constants.W_OK).catch((error) => {
      throw unwritable(file, error)
    })
}

/**
 * Replaces the text of an inventory file in one step, through links, with its mode and owner kept. Fails with
 * `stale-plan` when the file holds something else than the text that was edited, with `inventory` when it cannot be
 * written; it is whole and as it was then.
 */
export const replaceText = async (file: string, before: string, after: string): Promise<void> => {
  const target = await realpath(file).catch(() => {
    throw changed(file)
  })
  try {
    await writeInOneStep(target, async (beside) => {
      const { mode, uid, gid } = await stat(target)
      const made = await beside.stat()
      if (made.uid !== uid || made.gid !== gid) await beside.chown(uid, gid)
      await beside.chmod(mode & 0o7777)
      await beside.writeFile(after)
      await beside.sync()
      if ((await readText(target)) !== before) throw changed(file)
    })
    await using directory = await open(dirname(target))
    await directory.sync()
  } catch (error) {
    if (isAutomationError(error)) throw error
    throw unwritable(file, error as NodeJS.ErrnoException)
  }
}

const changed = (file: string): AutomationError =>
  new AutomationError({
    code: 'stale-plan',
    subject: displayed(file),
    message: 'was changed by somebody else since it was read',
    hint: 'run the same command again',
    retryable: true,
  })

const unwritable = (file: string, { code, message }: NodeJS.ErrnoException): InventoryError =>
  wrongFile(file, {
    reason: `cannot be written: ${code ?? message}`,
    hint: `run as the owner of the file, or make it and ${displayed(dirname(file))} writable`,
  })
