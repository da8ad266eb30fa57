import type { Answers, Probe } from '../resource-type.ts'
import { sh } from '../shell.ts'
import { type AccountOwner, eachUser, readEachUser } from './each-user.ts'

/** What sshd does, by keyword in small letters. */
export type Settings = ReadonlyMap<string, string>

/** How a user gets in, and further; `unknown` is what is there and does not say. */
export interface Logins {
  /** What sshd does for him; undefined where there is none. */
  sshd: Settings | 'unknown' | undefined
  /** What sudo lets him run, a line each. */
  sudo: readonly string[] | 'unknown'
}

const PROBE = 'logins'

/** Asks sshd and sudo what they do for each user. */
export const loginsProbe = (users: readonly AccountOwner[]): Probe => ({
  id: PROBE,
  script: eachUser({
    users,
    script: sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
! sshd=$(command -v sshd) || {
  echo sshd
  "$sshd" -T -C "user=$name,host=localhost,addr=127.0.0.1" 2>/dev/null |
  grep -iE '^(permit(rootlogin|emptypasswords)|(password|kbdinteractive)authentication|authorizedkeyscommand|(allow|deny)(users|groups)) '
}
! command -v sudo >/dev/null || { echo sudo && LC_ALL=C sudo -n -l -U "$name"; } 2>&1
:`,
  }),
})

/** The answer to `loginsProbe`; undefined where it was not asked for him. */
export const readLogins = (answers: Answers): ((user: { name: string }) => Logins | undefined) => {
  const { of } = readEachUser(answers, PROBE)
  return (user) => {
    const text = of(user)?.stdout
    if (text === undefined) return undefined
    const [ssh = '', sudo] = text.split(/^sudo$/m)
    return { sshd: settingsIn(ssh), sudo: sudo === undefined ? [] : sudoCommandsIn(sudo) }
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

/** What `sudo -l` says that somebody may run. */
export const sudoCommandsIn = (text: string): Logins['sudo'] => {
  const said = text.split('\n')
  const heading = said.findIndex((line) => line.includes('may run the following commands on '))
  if (heading >= 0) return said.slice(heading + 1).flatMap((line) => line.trim() || [])
  return text.includes('is not allowed to run sudo') ? [] : 'unknown'
}
