import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { AutomationError } from '../errors.ts'
import { redact, type Secret } from '../secret.ts'
import { quote } from '../shell.ts'
import { Sections } from './sections.ts'
import type { Ending, Transport } from './transport.ts'

/** Who the command is run for, and how it becomes root. */
export interface Login {
  /** The host's name in the inventory. */
  subject: string
  user: string
  sudo?: true | { password: Secret } | undefined
}

export interface Program {
  /** One line of shell, which finds `input` on its standard input. It is not shown in the process list. */
  line: string
  input: AsyncIterable<string | Buffer> | Iterable<string | Buffer>
  onStdout(chunk: Buffer): void
  onStderr(chunk: Buffer): void
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Exit status of a shell that nothing was said to. */
export const UNHEARD = 97

/** A text that nobody can guess, for marker lines. */
export const newNonce = (): string => randomBytes(16).toString('hex')

/**
 * The shell text that stands in the process list: it says the nonce and its uid, discards standard input up to a
 * line of the nonce, so that a password which sudo did not want is neither run nor shown, and evaluates the line
 * that follows. It holds no quote, backslash or newline, so every login shell takes it as one word.
 */
export const loader = (nonce: string): string =>
  [
    `PATH=${PATH} LC_ALL=C`,
    'export PATH LC_ALL',
    'umask 077',
    'u=$(id -u)',
    'echo',
    `echo "${nonce} $u"`,
    '[ "$u" = 0 ] || exit 98',
    `while IFS= read -r l; do if [ "$l" = ${nonce} ]; then IFS= read -r l && eval "$l"; exit; fi; done`,
    `exit ${UNHEARD}`,
  ].join('; ')

const commandOf = ({ user, sudo }: Login, text: string, prompt: string): string => {
  const shell = `/bin/sh -c ${quote(text)}`
  if (user === 'root' || sudo === undefined) return `exec ${shell}`
  return `exec env LC_ALL=C sudo ${sudo === true ? '-n' : `-S -p ${quote(prompt)}`} -- ${shell}`
}

/**
 * Runs a program as root in one exec. Rejects with `auth` when sudo refuses or the user is not root; a refused
 * password is offered once.
 */
export const launch = async (
  login: Login,
  program: Program,
  transport: Transport,
  signal: AbortSignal,
): Promise<Ending> => {
  const nonce = newNonce()
  const prompt = `[sudo ${newNonce()}]`
  const begin = new Sections(nonce)
  const begun = Promise.withResolvers<boolean>()
  let uid: string | undefined
  let talk = ''
  const onStdout = (chunk: Buffer): void => {
    if (uid === undefined) {
      talk = (talk + chunk.toString('latin1')).slice(-4096)
      uid = begin.push(chunk)[0]?.words[0]
      if (uid !== undefined) begun.resolve(true)
    }
    program.onStdout(chunk)
  }
  const onStderr = (chunk: Buffer): void => {
    if (uid === undefined) {
      talk = (talk + chunk.toString('latin1')).slice(-4096)
      // Asked a second time: the password was refused, and what follows must not be taken for another try.
      if (talk.split(prompt).length > 2) begun.resolve(false)
    }
    program.onStderr(chunk)
  }
  const password = await passwordOf(login)
  const feed = async function* () {
    if (password !== undefined) {
      yield `${password}\n`
      if (!(await begun.promise)) return
    }
    yield `${nonce}\n${program.line}\n`
    yield* program.input
  }
  const stdin = Readable.from(feed(), { highWaterMark: 2 })
  try {
    const command = commandOf(login, loader(nonce), prompt)
    const ending = await transport.exec(command, { stdin, onStdout, onStderr }, signal)
    if (ending.by === 'loss' || uid === '0') return ending
    throw uid === undefined ? notStarted(login, ending, talk.replaceAll(prompt, '')) : notRoot(login, uid)
  } finally {
    begun.resolve(false)
    stdin.destroy()
  }
}

const passwordOf = async ({ subject, user, sudo }: Login): Promise<string | undefined> => {
  if (user === 'root' || typeof sudo !== 'object') return undefined
  const password = await sudo.password.reveal()
  if (!/[\n\0]/.test(password)) return password
  throw new AutomationError({
    code: 'secret',
    subject,
    message: `the sudo password ${sudo.password} holds a line break or a NUL byte`,
  })
}

const notRoot = ({ subject, user }: Login, uid: string): AutomationError =>
  new AutomationError({
    code: 'auth',
    subject,
    message: `logged in as ${user}, who is not root (uid ${uid})`,
    hint: 'set `sudo` for this host, or log in with `user: root`',
  })

const REFUSALS: readonly [said: RegExp, message: (user: string) => string, hint: string][] = [
  [
    /a password is required/,
    () => 'sudo asks for a password',
    'give it in the inventory (sudo: { password: … }), or allow the user NOPASSWD in sudoers',
  ],
  [
    /incorrect password|no password was provided|try again/,
    () => 'sudo refused the password',
    'check the password that the inventory names; it was tried once only, so that no account gets locked',
  ],
  [
    /not in the sudoers|not allowed to|may not run/,
    (user) => `${user} may not become root by sudo`,
    'add the user to sudoers, or log in with `user: root`',
  ],
  [
    /must have a tty/,
    () => 'sudo wants a terminal',
    'take `requiretty` away for this user: `Defaults:<user> !requiretty` in sudoers',
  ],
  [/not found|No such file/, () => 'there is no sudo', 'install sudo there, or log in with `user: root`'],
]

const notStarted = ({ subject, user, sudo }: Login, ending: Ending, talk: string): AutomationError => {
  const status = ending.by === 'exit' ? `exit status ${ending.status}` : 'killed'
  const said = redact(talk).trim().split('\n').at(-1)!
  const detail = `(${status}${said === '' ? '' : `: ${said}`})`
  if (user === 'root' || sudo === undefined)
    return new AutomationError({
      code: 'auth',
      subject,
      message: `the login of ${user} runs no commands ${detail}`,
      hint: 'the user needs a shell and an account without a forced command',
    })
  const refusal = REFUSALS.find(([pattern]) => pattern.test(talk))
  return new AutomationError({
    code: 'auth',
    subject,
    message: `${refusal === undefined ? 'sudo failed' : refusal[1](user)} ${detail}`,
    hint: refusal?.[2] ?? 'try `sudo id` there as this user',
  })
}
