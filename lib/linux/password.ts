import { Secret } from '../base/secret.ts'
import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { FieldDiff } from '../resource/type.ts'
import { type Account, isExpired, isInactive } from './accounts.ts'

/** Where an account's first password comes from, if from anywhere. */
export interface PasswordSource {
  name: string
  password?: Secret | undefined
  /** It is set later in the same run, or a key is there instead: none is missed. */
  passwordFollows?: boolean | undefined
  /** As crypt(3) writes it. */
  passwordHash?: Secret | string | undefined
}

/** A part of the account's change. */
export interface PasswordChange {
  diffs: readonly FieldDiff[]
  scripts: readonly Script[]
  warnings: readonly string[]
  /** There is none, and none follows. */
  missing?: true
}

/**
 * What a first password takes. One that was ever set is the user's own, a lock or a last day are the
 * administrator's: they stay. An account that anybody can enter is closed when there is no password for it.
 */
export const firstPassword = (
  { name, password, passwordHash, passwordFollows = false }: PasswordSource,
  account: Account | undefined,
  today: number,
): PasswordChange => {
  const state = account?.password ?? 'never set'
  const warnings = account === undefined ? [] : hindrances(account, today, passwordFollows)
  if (state === 'set') return { diffs: [], scripts: [], warnings }
  if (state === 'locked') {
    const locked = `${name} was locked by an administrator: it stays so until usermod -U ${name} there`
    return { diffs: [], scripts: [], warnings: [...warnings, locked] }
  }
  const from = state === 'empty' ? 'empty: anybody can log in' : undefined
  const hash =
    typeof passwordHash === 'string' ? new Secret(`password hash of ${name}`, passwordHash) : passwordHash
  const to = hash ?? password
  if (to !== undefined)
    return {
      diffs: [{ field: 'password', from, to }],
      scripts: [...shadowed(account), setPassword(name, to, hash !== undefined)],
      warnings,
    }
  return {
    diffs: from === undefined ? [] : [{ field: 'password', from, to: 'none' }],
    scripts: from === undefined ? [] : [...shadowed(account), sh`usermod -p '!' ${name}`],
    warnings,
    ...(!passwordFollows && { missing: true }),
  }
}

/**
 * Gives a password that the next login begins with changing. As chpasswd takes that duty away, nobody can log in from
 * before it until the duty is there: a run that is killed in between leaves the account shut, which the next one sees.
 */
export const givePassword = (name: string, password: Secret): Script[] => [
  sh`{ user=${name} half_given=${HALF_GIVEN}
${shellFile(new URL('./scripts/shut-meanwhile.sh', import.meta.url))}
}`,
  sh`{ (${setPassword(name, password, false)}) || { chage -E "$last" ${name}; false; }; }`,
  sh`chage -d 0 -E "$last" ${name}`,
]

/** The last day of an account whose new password nobody has to change yet; 1 is that of one shut for good. */
const HALF_GIVEN = 2

/** Whether a run ended after it had shut the account to give it a password, and before that was all done. */
export const isHalfGiven = ({ expires }: Account): boolean => expires === HALF_GIVEN

const hindrances = (account: Account, today: number, passwordFollows: boolean): string[] => {
  const { name, password, exposed } = account
  return [
    ...(isExpired(account, today) && !isHalfGiven(account)
      ? [`${name} has expired: nobody can log in until chage -E -1 ${name} there`]
      : []),
    ...(isHalfGiven(account) && !passwordFollows
      ? [
          `${name} was being given a password when a run ended: nobody can log in until set-password gives another`,
        ]
      : []),
    ...(isInactive(account, today)
      ? [`the password of ${name} was not changed in time: nobody can log in until passwd ${name} there`]
      : []),
    ...(exposed !== undefined && (password === 'set' || password === 'locked')
      ? [
          `the password hash of ${name} is in /etc/passwd, which all can read: pwconv there moves it to /etc/shadow`,
        ]
      : []),
  ]
}

/**
 * Moves the place of a password from /etc/passwd to /etc/shadow, where tools then put a new one; the old one is lost.
 */
export const shadowed = (account: Account | undefined): Script[] => {
  if (account?.exposed === undefined) return []
  const { name, exposed } = account
  return [
    ...(exposed === 'without a shadow line' ? [sh`usermod -e '' ${name}`] : []),
    sh`usermod -p x ${name}`,
  ]
}

/**
 * Goes through the shell's own printf into a pipe, so it is in no argument list and no environment. A second line
 * would be a second account, and fails.
 */
export const setPassword = (name: string, password: Secret, hashed: boolean): Script => sh`{
password=${password}
case $password in
'' | *'
'*) echo 'the password is empty or has a line break' >&2; exit 1 ;;
esac
printf '%s:%s\\n' ${name} "$password" | ${hashed ? sh`chpasswd -e` : sh`chpasswd`}
}`
