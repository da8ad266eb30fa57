import { createHash, randomInt } from 'node:crypto'
import { lstat, open, readFile } from 'node:fs/promises'
import { writeInOneStep } from '../base/beside.ts'
import { type AutomationError, isAutomationError, wrongFlag } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'

/** Without characters that are taken for one another on paper. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** 20 characters are 116 bits. */
const LENGTH = 20

/**
 * A new password, made when it is first fetched and handed over before anybody can use it: to a file of mode 0600
 * that holds nothing else, or to the terminal whatever standard output is. Fails with `usage` when neither can be, or
 * when the file holds anything but a password that was made for the same user. `tell` hears where it went.
 */
export const passwordHandedOver = (
  user: string,
  file?: string,
  tell: (text: string) => void = () => {},
): Secret =>
  new Secret(`new password of ${user}`, async () => {
    const random = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
    const password = random + markOf(user, random)
    if (file === undefined) await toTerminal(user, password)
    else {
      await toFile(file, password, user)
      tell(`New password of ${user} written to ${file}, to be changed at the first login`)
    }
    return password
  })

/** Whom a password was made for, in characters at its end: the same command, run again, may replace it in its file. */
const markOf = (user: string, random: string): string => {
  const digest = createHash('sha256').update(`${user} ${random}`).digest()
  return [...digest.subarray(0, 4)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

const isFor = async (user: string, path: string): Promise<boolean> => {
  const text = await readFile(path, 'utf8')
  const random = text.slice(0, LENGTH)
  return text === `${random}${markOf(user, random)}\n`
}

const toTerminal = async (user: string, password: string): Promise<void> => {
  await using terminal = await open('/dev/tty', 'w').catch((error: NodeJS.ErrnoException) => {
    throw wrongFlag(
      `password of ${user}`,
      `there is no terminal to show it on (${error.code})`,
      'name a file for it: --password-file <path>; or say where it comes from: --password-from env:VARIABLE',
    )
  })
  await terminal.write(`\nNew password of ${user}, to be changed at the first login: ${password}\n\n`)
}

const toFile = async (path: string, password: string, user: string): Promise<void> => {
  try {
    const there = await lstat(path).catch(() => undefined)
    if (there !== undefined && !there.isFile()) throw Object.assign(new Error(), { code: 'no plain file' })
    if (there !== undefined && there.size > 0 && !(await isFor(user, path))) throw inUse(path)
    await writeInOneStep(path, `${password}\n`)
  } catch (error) {
    if (isAutomationError(error)) throw error
    throw wrongFlag(
      `--password-file ${path}`,
      `cannot be written (${(error as NodeJS.ErrnoException).code})`,
      'name a file in a directory that is there and that only you can read',
    )
  }
}

const inUse = (path: string): AutomationError =>
  wrongFlag(
    `--password-file ${path}`,
    'holds something already, such as the password of somebody else',
    'name a file that is not there yet',
  )
