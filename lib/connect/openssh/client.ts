import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { AutomationError, unreadable, wrongSetting } from '../../base/errors.ts'
import { notStarted } from '../host/children.ts'
import { type Asked, expandHome, type Options } from '../ssh/config.ts'
import type { ConfigReader } from '../ssh/route.ts'

const run = promisify(execFile)

/** The first that has all we use; it has post-quantum key exchange too. */
const OLDEST = 8.7

/** The path of this machine's own ssh; `unreachable` when there is none, or one that is too old. */
export const findClient = async (subject: string): Promise<string> => {
  const none = (message: string): AutomationError =>
    new AutomationError({
      code: 'unreachable',
      subject,
      message,
      hint:
        `install OpenSSH's client here, ${OLDEST} or newer (Debian: openssh-client), ` +
        "or leave out `connection: 'openssh'`",
    })
  const path = await inPath('ssh')
  if (path === undefined) throw none('this machine, which runs the playbook, has no ssh')
  const version = await versionOf(path, subject)
  if (version === undefined || Number(version) < OLDEST)
    throw none(`the ssh of this machine, ${path}, is ${version === undefined ? 'not OpenSSH' : version}`)
  return path
}

const versions = new Map<string, Promise<{ stderr: string }>>()

/** Asked once, for however many machines. */
const versionOf = async (path: string, subject: string): Promise<string | undefined> => {
  const printed = versions.get(path) ?? run(path, ['-V'])
  versions.set(path, printed)
  try {
    return /^OpenSSH\w*_(\d+\.\d+)/.exec((await printed).stderr)?.[1]
  } catch (error) {
    versions.delete(path)
    if (isNotStarted(error)) throw notStarted(path, error, aboutStart(path, subject))
    return undefined
  }
}

/** Whether it is about a program that did not begin; one that failed has an exit status. */
const isNotStarted = (error: unknown): error is Error =>
  error instanceof Error && `${(error as NodeJS.ErrnoException).syscall}`.startsWith('spawn')

/** Of an ssh that this machine cannot start: for which host, and what to do. */
export const aboutStart = (path: string, subject: string): { subject: string; hint: string } => ({
  subject,
  hint: `try it: ${path} -V; where it starts, fewer hosts at once (--forks) may help`,
})

const inPath = async (name: string): Promise<string | undefined> => {
  for (const place of (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(place, name)
    if (await access(path, constants.X_OK).then(...YES_NO)) return path
  }
  return undefined
}

const YES_NO = [() => true, () => false] as const

/** ssh_config as ssh itself reads it, `Match exec` and the like included, which get as long as a login. */
export const readByClient = (
  client: string,
  subject: string,
  signal: AbortSignal,
  limitMs: number,
): ConfigReader => ({
  runsProxyCommands: true,
  options: async (asked: Asked, given: string | undefined): Promise<Options> => {
    const args = [...configArgs(given), '-G', ...(asked.user === undefined ? [] : ['-l', asked.user])]
    if (given !== undefined && given !== 'none') await mustBeReadable(expandHome(given))
    try {
      const { stdout } = await run(client, [...args, '--', asked.address], { signal, timeout: limitMs })
      return parseAnswer(stdout)
    } catch (error) {
      signal.throwIfAborted()
      if (isNotStarted(error)) throw notStarted(client, error, aboutStart(client, subject))
      if ((error as { killed?: unknown }).killed) throw tooLong(subject, asked.address, limitMs)
      throw wrongSetting(
        subject,
        `ssh cannot read its configuration for ${asked.address}: ${wordsIn(error)}`,
        `\`ssh -G ${asked.address}\` shows the same`,
        error,
      )
    }
  },
})

const wordsIn = (error: unknown): string => String((error as { stderr?: unknown }).stderr).trim()

const tooLong = (subject: string, address: string, limitMs: number): AutomationError =>
  new AutomationError({
    code: 'unreachable',
    subject,
    message: `${address}: no login within ${limitMs / 1000} s: ssh was still at its configuration`,
    hint: `\`ssh -G ${address}\` shows whether a \`Match exec\` hangs`,
    retryable: true,
  })

/** Which ssh_config ssh is to read. */
export const configArgs = (given: string | undefined): string[] =>
  given === undefined ? [] : ['-F', given === 'none' ? given : expandHome(given)]

const mustBeReadable = (path: string): Promise<void> =>
  access(path, constants.R_OK).catch((error) => {
    throw unreadable(path, error, 'check the path; `sshConfig: none` reads no such file')
  })

/** `ssh -G`: keyword and value on each line, defaults too; where nobody names a key, all usual ones are there. */
export const parseAnswer = (text: string): Options => {
  const options = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [keyword = '', ...words] = line.split(' ')
    if (words.length === 0) continue
    const values = keyword.endsWith('knownhostsfile') ? words : [words.join(' ')]
    options.set(keyword, [...(options.get(keyword) ?? []), ...values])
  }
  const identities = options.get('identityfile') ?? []
  if (['~/.ssh/id_rsa', '~/.ssh/id_ed25519'].every((path) => identities.includes(path)))
    options.delete('identityfile')
  return options
}
