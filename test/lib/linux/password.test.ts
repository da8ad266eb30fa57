import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Secret } from '../../../lib/base/secret.ts'
import { inOrder } from '../../../lib/linux/accounts.ts'
import { givePassword } from '../../../lib/linux/password.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('linux/password')

interface Account {
  /** The last field but one of the line in shadow. */
  last: string
  password?: string
  /** The program that does not do its part. */
  fails?: string
}

/** Whether giving bob a password went well, and the commands that it came to, in order, by each shell. */
const given = async ({
  last,
  password = 'new',
  fails = '',
}: Account): Promise<[name: string, string[]][]> => {
  const dir = await mkdtemp(join(tmpdir(), 'password-'))
  const [shadow, log] = [join(dir, 'shadow'), join(dir, 'log')]
  try {
    await writeFile(shadow, `ann:!:20000:0:99999:7::5:\nbob:!:20000:0:99999:7::${last}:\n`)
    for (const program of ['chage', 'chpasswd'])
      await writeFile(
        join(dir, program),
        `#!/bin/sh\n[ ${program} = chage ] || cat >/dev/null\necho ${program} "$@" >> ${log}\n` +
          `[ "${program} $1" != "${fails}" ]\n`,
        { mode: 0o755 },
      )
    const [{ script }] = inOrder(...givePassword('bob', new Secret('password of bob', '')))
    const text = script.parts.map((part) => (part instanceof Secret ? `'${password}'` : part)).join('')
    const env = { PATH: `${dir}:${process.env['PATH']}` }
    const all: [string, string[]][] = []
    for (const [name, [command, ...args]] of await shells()) {
      await writeFile(log, '')
      const { status } = spawnSync(command, [...args, '-c', text.replaceAll('/etc/shadow', shadow)], {
        env,
        stdio: 'ignore',
      })
      const ran = (await readFile(log, 'utf8')).split('\n').filter(Boolean)
      all.push([name, [status === 0 ? 'well' : 'failed', ...ran]])
    }
    return all
  } finally {
    await rm(dir, { recursive: true })
  }
}

const SHUT = 'chage -E 2 bob'
const OPEN = 'chage -d 0 -E -1 bob'

const CASES: [sentence: string, account: Account, ran: string[]][] = [
  ['nobody logs in until the duty to change it is there', { last: '' }, ['well', SHUT, 'chpasswd', OPEN]],
  ['one that was left shut is opened', { last: '2' }, ['well', SHUT, 'chpasswd', OPEN]],
  [
    'a last day of the administrator stays',
    { last: '30000' },
    ['well', 'chpasswd', 'chage -d 0 -E 30000 bob'],
  ],
  ['an account shut for good stays so', { last: '1' }, ['well', 'chpasswd', 'chage -d 0 -E 1 bob']],
  [
    'a password that is not taken leaves all as it was',
    { last: '', fails: 'chpasswd ' },
    ['failed', SHUT, 'chpasswd', 'chage -E -1 bob'],
  ],
  ['an empty one does, too', { last: '', password: '' }, ['failed', SHUT, 'chage -E -1 bob']],
  ['without the duty it stays shut', { last: '', fails: 'chage -d' }, ['failed', SHUT, 'chpasswd', OPEN]],
]

for (const [sentence, account, ran] of CASES)
  it(`of a password that is given, ${sentence}`, async () => {
    for (const [name, commands] of await given(account)) assert.equal(commands, ran, name)
  })

it.run()
