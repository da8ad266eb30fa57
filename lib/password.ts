import type { Account } from './accounts.ts'
import type { FieldDiff } from './resource-type.ts'
import { Secret } from './secret.ts'
import { type Script, sh } from './shell.ts'

export interface PasswordSource {
  name: string
  password?: Secret | undefined
  /** As crypt(3) writes it. */
  passwordHash?: Secret | string | undefined
}

export interface PasswordChange {
  diffs: readonly FieldDiff[]
  scripts: readonly Script[]
  warnings: readonly string[]
}

/**
 * What a first password takes. One that was ever set is the user's own, a lock is the administrator's: both stay.
 * An account that anybody can enter is closed when there is no password for it.
 */
export const firstPassword = (
  { name, password, passwordHash }: PasswordSource,
  state: Account['password'],
): PasswordChange => {
  const none: PasswordChange = { diffs: [], scripts: [], warnings: [] }
  if (state === 'set') return none
  if (state === 'locked')
    return {
      ...none,
      warnings: [`an administrator locked ${name}: it stays so until usermod -U ${name} there`],
    }
  const hash =
    typeof passwordHash === 'string' ? new Secret(`password hash of ${name}`, passwordHash) : passwordHash
  const to = hash ?? password
  const from = state === 'empty' ? 'empty: anybody can log in' : undefined
  if (to !== undefined)
    return {
      ...none,
      diffs: [{ field: 'password', from, to }],
      scripts: [setPassword(name, to, hash !== undefined)],
    }
  const warnings = [
    `${name} has no password: give password or passwordHash in the inventory, or run passwd ${name} there`,
  ]
  return from === undefined
    ? { ...none, warnings }
    : { diffs: [{ field: 'password', from, to: 'none' }], scripts: [sh`usermod -p '!' ${name}`], warnings }
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
