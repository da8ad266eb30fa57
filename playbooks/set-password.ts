// Gives a user a new password on every machine, to be changed at the first login.
import {
  chooseFrom,
  main,
  playbook,
  type SecretSource,
  secretFrom,
  sourceFrom,
  step,
  wrongFlag,
} from '../lib/playbook.ts'
import { givenPassword } from '../tasks/given-password.ts'

export const PASSWORD_FILE = {
  value: '<file>',
  says: 'where a new password is written for you (default: the terminal)',
}

const setPassword = playbook({
  name: 'set-password',
  description: 'Gives a user a new password on every machine, to be changed at the first login.',
  example: 'inventory/prod.ts --name bob --password-file bob.password',
  manages: [],
  flags: {
    name: { value: '<name>', says: 'name of the user', required: true },
    passwordFrom: {
      value: '<source>',
      says: 'where it is kept: env:VARIABLE, file:path or command:line (default: a new one)',
    },
    passwordFile: PASSWORD_FILE,
  },

  judges({ users }, { name, passwordFrom, passwordFile }) {
    const names = users.map((user) => user.name)
    if (!names.includes(name))
      throw wrongFlag(`--name ${name}`, 'is not a user of this inventory', chooseFrom(name, names))
    if (users.some((user) => user.name === name && user.accounts === 'directory'))
      throw wrongFlag(
        `--name ${name}`,
        'has an account of the directory, which has the password, too',
        'have it changed there: passwd on a client machine, where PAM passes it on, or by whoever has the directory',
      )
    if (passwordFrom === undefined) return
    passwordSource(passwordFrom)
    if (passwordFile !== undefined) throw notMade(passwordFile, '--password-from says where it is kept')
  },

  *resources({ file }, site, { name, passwordFrom }) {
    const password =
      passwordFrom === undefined
        ? site.newPassword(name)
        : secretFrom(`new password of ${name}`, passwordSource(passwordFrom), file.replace(/\/[^/]*$/, ''))
    yield* step('1 Passwords', function* () {
      for (const host of site.hosts)
        yield givenPassword(host, { user: name, password, when: 'always' }, { belongs: { user: name } })
    })
  },
})

/** The source that the flag names. */
export const passwordSource = (word: string): SecretSource => {
  const source = sourceFrom(word)
  if (source !== undefined) return source
  throw wrongFlag(
    '--password-from',
    'does not say where the password is kept',
    'write env:VARIABLE, file:path or command:line',
  )
}

/** A file for a new password where none is made. */
export const notMade = (file: string, why: string) =>
  wrongFlag(`--password-file ${file}`, `is for a new password, and none is made: ${why}`, 'leave it out')

export default setPassword

if (import.meta.main) await main(setPassword)
