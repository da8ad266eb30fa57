import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { Answers, Probe } from '../resource/type.ts'
import { type AccountOwner, eachUser, readEachUser } from './each-user.ts'

/** What sshd does, by keyword in small letters. */
export type Settings = ReadonlyMap<string, string>

/** How a user gets in, and further; `unknown` is what is there and does not say. */
export interface Logins {
  /** What sshd does for the user; undefined where there is none. */
  sshd: Settings | 'unknown' | undefined
  /** What sudo lets the user run, a line each. */
  sudo: readonly string[] | 'unknown'
}

const PROBE = 'logins'

/** What sshd or sudo may take to answer for one account: either may ask a server that is gone. */
export const SECONDS_OF_LOGINS = 10

/** Shell that defines `sudo_lists SECONDS NAME`. */
export const SUDO_LISTS = shellFile(new URL('./scripts/sudo-lists.sh', import.meta.url))
const SSHD_SETTINGS = shellFile(new URL('./scripts/sshd-settings.sh', import.meta.url))

/** Asks sshd, and each sudo that is there, what they do for each user. */
export const loginsProbe = (users: readonly AccountOwner[], seconds = SECONDS_OF_LOGINS): Probe => ({
  id: PROBE,
  script: eachUser({
    users,
    script: sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
${SUDO_LISTS}
${SSHD_SETTINGS}
sshd_settings ${seconds} "$name"
ended=$?
sudo_lists ${seconds} "$name" || ended=$?
return "$ended"`,
  }),
})

/** The answer to `loginsProbe`; undefined where it was not asked for the user. */
export const readLogins = (answers: Answers): ((user: { name: string }) => Logins | undefined) => {
  const { of } = readEachUser(answers, PROBE)
  return (user) => {
    const text = of(user)?.stdout
    if (text === undefined) return undefined
    const [ssh = '', ...sudos] = text.split(/^sudo$/m)
    return { sshd: settingsIn(ssh), sudo: sudoCommandsIn(sudos, user.name) }
  }
}

/** A keyword that comes several times has all its values. */
const settingsIn = (text: string): Logins['sshd'] => {
  const [head, ...lines] = text.trim().split('\n')
  if (head !== 'sshd') return undefined
  if (lines.length === 0) return 'unknown'
  const settings = new Map<string, string>()
  for (const line of lines) {
    const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? []
    if (keyword === undefined) continue
    const key = keyword.toLowerCase()
    settings.set(key, [settings.get(key), value].filter(Boolean).join(' '))
  }
  return settings
}

/** What the answers of `sudo_lists` say that somebody may run; none of them may be silent. */
export const sudoCommandsIn = (answers: readonly string[], name: string): Logins['sudo'] => {
  const commands = answers.map((answer) => commandsIn(answer, name))
  return commands.every((one) => one !== 'unknown') ? [...new Set(commands.flat())] : 'unknown'
}

/**
 * Commands stand in indented lines that begin with as whom they run; whoever has none gets one line with their name.
 */
const commandsIn = (text: string, name: string): Logins['sudo'] => {
  const said = text.split('\n').filter((line) => line.trim() !== '')
  const commands = said.filter((line) => /^\s+\(/.test(line)).map((line) => line.trim())
  const none = said.length === 1 && said[0]!.split(/\s+/).includes(name)
  return commands.length > 0 || none ? commands : 'unknown'
}
