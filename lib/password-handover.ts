import { randomInt } from 'node:crypto'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { besideOf } from './beside.ts'
import { AutomationError } from './errors.ts'
import { Secret } from './secret.ts'

/** Without characters that are taken for one another on paper. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** 20 characters are 116 bits. */
const LENGTH = 20

/**
 * A new password, made when it is first fetched and handed over before anybody can use it: to a file of mode 0600
 * that holds nothing else, or to the terminal whatever standard output is. Fails with `usage` when neither can be.
 */
export const handedOver = (user: string, file?: string): Secret =>
  new Secret(`new password of ${user}`, async () => {
    const password = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
    await (file === undefined ? toTerminal(user, password) : toFile(file, password))
    return password
  })

const toTerminal = async (user: string, password: string): Promise<void> => {
  const terminal = await open('/dev/tty', 'w').catch((error: NodeJS.ErrnoException) => {
    throw new AutomationError({
      code: 'usage',
      subject: `password of ${user}`,
      message: `there is no terminal to show it on (${error.code})`,
      hint: 'name a file for it: --password-file <path>; or say where it comes from: --password-from env:VARIABLE',
    })
  })
  try {
    await terminal.write(`\nNew password of ${user}, to be changed at the first login: ${password}\n\n`)
  } finally {
    await terminal.close()
  }
}

/** Beside the file and renamed over it, so that no link at its place leads elsewhere and nobody reads half of it. */
const toFile = async (path: string, password: string): Promise<void> => {
  const beside = await besideOf(path)
  try {
    const there = await lstat(path).catch(() => undefined)
    if (there !== undefined && !there.isFile()) throw Object.assign(new Error(), { code: 'no plain file' })
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(`${password}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw new AutomationError({
      code: 'usage',
      subject: `--password-file ${path}`,
      message: `cannot be written (${(error as NodeJS.ErrnoException).code})`,
      hint: 'name a file in a directory that is there and that only you can read',
    })
  }
}
