// Gives a user a new password on every machine, to be changed at the first login.
import { chooseFrom, main, playbook, secretFrom, sourceFrom, step, wrongFlag } from '../lib/playbook.ts'
import { givenPassword } from '../tasks/given-password.ts'

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
    passwordFile: {
      value: '<file>',
      says: 'where a new password is written for you (default: the terminal)',
    },
  },

  *resources({ users, file }, site, { name, passwordFrom }) {
    const names = users.map((user) => user.name)
    if (!names.includes(name))
      throw wrongFlag(`--name ${name}`, 'is not a user of this inventory', chooseFrom(name, names))
    if (users.some((user) => user.name === name && user.accounts === 'directory'))
      throw wrongFlag(
        `--name ${name}`,
        'has an account of the directory, which has the password, too',
        'have it changed there: passwd on a client machine, where PAM passes it on, or by whoever has the directory',
      )
    const source = passwordFrom === undefined ? undefined : sourceFrom(passwordFrom)
    if (passwordFrom !== undefined && source === undefined)
      throw wrongFlag(
        '--password-from',
        'does not say where the password is kept',
        'write env:VARIABLE, file:path or command:line',
      )
    const password =
      source === undefined
        ? site.newPassword(name)
        : secretFrom(`new password of ${name}`, source, file.replace(/\/[^/]*$/, ''))
    yield* step('1 Passwords', function* () {
      for (const host of site.hosts)
        yield givenPassword(host, { user: name, password, when: 'always' }, { belongs: { user: name } })
    })
  },
})

export default setPassword

if (import.meta.main) await main(setPassword)
