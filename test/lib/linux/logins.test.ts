import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Script } from '../../../lib/base/shell.ts'
import { loginsProbe, readLogins } from '../../../lib/linux/logins.ts'
import { outsiderAccountsProbe, readOutsiderAccounts } from '../../../lib/linux/outsider-accounts.ts'
import type { Answers } from '../../../lib/resource/type.ts'
import { answersWith } from '../../support/answers.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('logins', { seconds: 90 })

const scratch = mkdtempSync(join(tmpdir(), 'arena-logins-'))

it.after(() => rmSync(scratch, { recursive: true }))

/** Programs that stand first in PATH, with set-user-id, as sudo has it. */
const programs = (texts: Readonly<Record<string, string>>): string => {
  const directory = mkdtempSync(join(scratch, 'bin-'))
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(directory, name), 0o4755)
  }
  return directory
}

const answersOf = ([command, ...args]: [string, ...string[]], script: Script, directory: string): Answers => {
  const { stdout } = spawnSync(command, args, {
    env: { ...process.env, TMPDIR: scratch, PATH: `${directory}:${process.env['PATH']}` },
    input: `(eval '${String(script).replaceAll("'", "'\\''")}') </dev/null`,
  })
  return answersWith(() => stdout)
}

const users = ['ann', 'ben'].map((name, index) => ({ name, uid: 50_000 + index, home: `/home/${name}` }))

const SUDO = `for name; do :; done
case $name in ann) printf 'User ann may run:\\n    (ALL) ALL\\n' ;; *) echo "User $name is not allowed" ;; esac`

it('reads what sshd and sudo say of each, in every shell', async () => {
  const directory = programs({ sshd: 'echo Port 22; echo PermitRootLogin no', sudo: SUDO })
  for (const [name, shell] of await shells()) {
    const of = readLogins(answersOf(shell, loginsProbe(users).script, directory))
    assert.equal(of(users[0]!), { sshd: new Map([['permitrootlogin', 'no']]), sudo: ['(ALL) ALL'] }, name)
    assert.equal(of(users[1]!)?.sudo, [], name)
  }
})

it('an sshd and a sudo that do not end hold nobody up, and what they said before counts for nothing', async () => {
  const directory = programs({ sshd: 'echo PermitRootLogin no; exec sleep 60', sudo: 'exec sleep 60' })
  for (const [name, shell] of await shells()) {
    const of = readLogins(answersOf(shell, loginsProbe(users, 1).script, directory))
    for (const user of users) assert.equal(of(user), { sshd: 'unknown', sudo: 'unknown' }, name)
  }
})

it('a sudo that does not end is not asked about all who are outside; nothing is known of any then', async () => {
  const asked = join(scratch, 'asked')
  const names = ['a', 'b', 'c', 'd', 'e']
  const lines = names.map((name) => `${name}:x:1:1::/home/${name}:/bin/sh`).join('\\n')
  const directory = programs({ sudo: `echo >>${asked}; exec sleep 60`, cat: `printf '${lines}\\n'` })
  for (const [name, shell] of await shells()) {
    writeFileSync(asked, '')
    const { sudoOf } = readOutsiderAccounts(answersOf(shell, outsiderAccountsProbe([], 1).script, directory))
    assert.equal(names.map(sudoOf), Array(names.length).fill('unknown'), name)
    assert.is(readFileSync(asked, 'utf8').length, 3, name)
  }
})

it.run()
