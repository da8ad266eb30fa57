import { LIMITED } from '../base/limited.ts'
import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { Answers, Probe } from '../resource/type.ts'
import { SECONDS_OF_LOGINS, SUDO_LISTS, sudoCommandsIn } from './logins.ts'

/** What local accounts outside an inventory may do on a machine. */
export interface OutsiderAccounts {
  /** Who logged in to look. */
  admin: string
  /** What sudo lets an account run, a line each; undefined where it was not asked for it. */
  sudoOf(name: string): readonly string[] | 'unknown' | undefined
  /** Whether there are more accounts than were asked about. */
  more: boolean
}

const PROBE = 'outsider accounts'
/** Accounts that sudo is asked about. */
export const MOST_OUTSIDERS = 100

/** Shells that let nobody in; the same in the probe. */
export const NO_LOGIN = /\/(nologin|false|sync|halt|shutdown)$/

const OUTSIDERS = shellFile(new URL('./scripts/print-outsiders.sh', import.meta.url))

/** Asks who looks, and what sudo lets each account do that can log in and is none of these. */
export const outsiderAccountsProbe = (known: readonly string[], seconds = SECONDS_OF_LOGINS): Probe => ({
  id: PROBE,
  script: sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
${LIMITED}${SUDO_LISTS}
${OUTSIDERS}
outsiders ${seconds} ${MOST_OUTSIDERS} ${known}`,
})

/** The answer to `outsiderAccountsProbe`. */
export const readOutsiderAccounts = (answers: Answers): OutsiderAccounts => {
  const [head = '', ...parts] = answers.text(PROBE).split(/^account /m)
  const sudo = new Map(
    parts.map((part) => {
      const [name = '', ...lines] = part.split('\n')
      const [, ...sudos] = `\n${lines.map((line) => line.slice(1)).join('\n')}`.split(/^sudo$/m)
      return [name, sudos.length === 0 ? undefined : sudoCommandsIn(sudos, name)]
    }),
  )
  return {
    admin: /^admin (.*)$/m.exec(head)?.[1] ?? 'root',
    sudoOf: (name) => sudo.get(name),
    more: parts.length > MOST_OUTSIDERS,
  }
}
