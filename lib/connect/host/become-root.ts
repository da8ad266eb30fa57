import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { AutomationError } from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'
import type { Secret } from '../../base/secret.ts'
import { quote } from '../../base/shell.ts'
import { Sections } from './sections.ts'
import type { Ending, Transport } from './transport.ts'

/** Who the command is run for, and how it becomes root. */
export interface Login {
  /** The host's name in the inventory. */
  subject: string
  user: string
  sudo?: true | { password: Secret } | undefined
}

export interface RootProgram {
  /** One line of shell, which finds `input` on its standard input. It is not shown in the process list. */
  line: string
  input: AsyncIterable<string | Buffer> | Iterable<string | Buffer>
  onStdout(chunk: Buffer): void
  onStderr(chunk: Buffer): void
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Exit status of a shell that nothing was said to. */
export const UNHEARD = 97

/** What would change the words or the form of what programs print, or what they do. */
const UNSET = 'LANGUAGE QUOTING_STYLE POSIXLY_CORRECT TAR_OPTIONS GZIP'

/** A text that nobody can guess, for marker lines. */
export const newNonce = (): string => randomBytes(16).toString('hex')

/**
 * The shell text that stands in the process list: it says the nonce and its uid, discards standard input up to a
 * line of the nonce, so that a password which sudo did not want is neither run nor shown, and evaluates the line
 * that follows. It holds no quote, backslash or newline, so every login shell takes it as one word.
 */
export const loader = (nonce: string): string =>
  [
    `PATH=${PATH} LC_ALL=C LANG=C`,
    'export PATH LC_ALL LANG',
    `unset ${UNSET}`,
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
  if (user === 'root' || sudo === undefined) return shell
  return `env LC_ALL=C LANG=C sudo ${sudo === true ? '-n' : `-S -p ${quote(prompt)}`} -- ${shell}`
}

/**
 * Runs a program as root in one exec. Rejects with `auth` when sudo refuses or the user is not root; a refused
 * password is offered once.
 */
export const launch = async (
  login: Login,
  program: RootProgram,
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
  const { subject, user, sudo } = login
  const password =
    user !== 'root' && typeof sudo === 'object'
      ? await passwordLine(sudo.password, subject, 'sudo password')
      : undefined
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
    if (uid !== undefined) throw notRoot(login, uid)
    const [said = '', ...prompted] = talk.split(prompt)
    throw notStarted(login, ending, [said, ...prompted].join(''), prompted.length)
  } finally {
    begun.resolve(false)
    stdin.destroy()
  }
}

/** A password that a program reads as one line; fails with `secret` when it is none. */
export const passwordLine = async (password: Secret, subject: string, what: string): Promise<string> => {
  const text = await password.reveal()
  if (!/[\n\0]/.test(text)) return text
  throw new AutomationError({
    code: 'secret',
    subject,
    message: `the ${what} ${password} holds a line break or a NUL byte`,
  })
}

const notRoot = ({ subject, user, sudo }: Login, uid: string): AutomationError => {
  const auth = (message: string, hint: string) =>
    new AutomationError({ code: 'auth', subject, message, hint })
  if (uid !== '')
    return auth(
      `logged in as ${user}, who is not root (uid ${uid})`,
      'set `sudo` for this host, or log in with `user: root`',
    )
  return user === 'root' || sudo === undefined
    ? auth(`the shell of ${user} can start no program`, `try \`id\` there as this user, with PATH=${PATH}`)
    : auth(
        'the shell that sudo starts can start no program',
        `take \`noexec\` away for this user: \`Defaults:${user} !noexec\` in sudoers, and no NOEXEC in the rule`,
      )
}

/**
 * Tells apart by statuses, and by how often sudo asked; its words differ from one sudo to the next and are only shown.
 */
const notStarted = (
  { subject, user, sudo }: Login,
  ending: Ending,
  talk: string,
  prompts: number,
): AutomationError => {
  const status = ending.by === 'exit' ? `exit status ${ending.status}` : 'killed'
  const said = untrusted(talk.trim().split('\n').at(-1)!)
  const auth = (message: string, hint: string) =>
    new AutomationError({
      code: 'auth',
      subject,
      message: `${message} (${status}${said === '' ? '' : `: ${said}`})`,
      hint,
    })
  if (user === 'root' || sudo === undefined)
    return auth(
      `the login of ${user} runs no commands`,
      'the user needs a shell and an account without a forced command',
    )
  if (ending.by === 'exit' && ending.status === 127)
    return auth('there is no sudo', 'install sudo there, or log in with `user: root`')
  if (sudo === true)
    return auth(
      `sudo does not make root of ${user} without a password`,
      `allow it in sudoers (${user} ALL=(root) NOPASSWD: ALL), or give the password in the inventory ` +
        '(sudo: { password: … })',
    )
  return prompts > 1
    ? auth(
        'sudo refused the password',
        'check the password that the inventory names; it was tried once only, so that no account gets locked',
      )
    : auth(
        `sudo does not make root of ${user}`,
        `see what it says: the password must be right, and sudoers allow it (${user} ALL=(root) ALL, ` +
          'without requiretty)',
      )
}
