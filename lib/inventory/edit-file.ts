import { type FileHandle, open, readFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { besideOf } from '../beside.ts'
import { AutomationError, isAutomationError } from '../errors.ts'
import { InventoryError } from './error.ts'
import { displayed } from './file.ts'

/** The text of an inventory file, to be edited; fails with `inventory` when it cannot be read or is not UTF-8. */
export const readText = async (file: string): Promise<string> => {
  const bytes = await readFile(file).catch((error) => {
    throw unusable(
      file,
      `cannot be read: ${error.code}`,
      'give the path of an inventory, such as inventory/prod.ts',
    )
  })
  const text = bytes.toString('utf8')
  if (Buffer.from(text).equals(bytes)) return text
  throw unusable(file, 'is not UTF-8', 'save it as UTF-8 first, so that an edit loses nothing')
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
  const beside = await besideOf(target)
  try {
    await writeLike(target, beside, after)
    if ((await readText(target)) !== before) throw changed(file)
    await rename(beside, target)
    await withHandle(dirname(target), 'r', (directory) => directory.sync())
  } catch (error) {
    await rm(beside, { force: true })
    if (isAutomationError(error)) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const hint = `run as the owner of the file, or make ${displayed(dirname(target))} writable`
    throw unusable(file, `cannot be written: ${code ?? message}`, hint)
  }
}

/** A new file with the mode and owner of another. */
const writeLike = async (model: string, file: string, text: string): Promise<void> => {
  const { mode, uid, gid } = await withHandle(model, 'r', (handle) => handle.stat())
  await withHandle(file, 'wx', async (handle) => {
    const made = await handle.stat()
    if (made.uid !== uid || made.gid !== gid) await handle.chown(uid, gid)
    await handle.chmod(mode & 0o7777)
    await handle.writeFile(text)
    await handle.sync()
  })
}

const withHandle = async <T>(
  file: string,
  flags: string,
  work: (handle: FileHandle) => Promise<T>,
): Promise<T> => {
  const handle = await open(file, flags, 0o600)
  try {
    return await work(handle)
  } finally {
    await handle.close()
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

const unusable = (file: string, reason: string, hint: string): InventoryError =>
  new InventoryError([{ file: displayed(file), path: '', reason, hint }])
