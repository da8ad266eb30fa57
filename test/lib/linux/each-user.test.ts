import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { KILLED } from '../../../lib/base/limited.ts'
import { type Script, sh } from '../../../lib/base/shell.ts'
import { type EachUser, eachUser, readEachUser } from '../../../lib/linux/each-user.ts'
import { answersWith } from '../../support/answers.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('each-user', { seconds: 60 })

const users = Array.from({ length: 6 }, (_, index) => ({
  name: `u${index}`,
  uid: 50_000 + index,
  home: `/home/u${index}`,
}))

/** A place for temporary files that nobody else has. */
const scratch = mkdtempSync(join(tmpdir(), 'arena-each-user-'))

it.after(() => rmSync(scratch, { recursive: true }))

const run = ([command, ...args]: [string, ...string[]], script: Script): Buffer => {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: { ...process.env, TMPDIR: scratch },
    input: `(eval '${String(script).replaceAll("'", "'\\''")}') </dev/null`,
  })
  assert.is(status, 0, String(stderr))
  return stdout
}

const ended = (shell: [string, ...string[]], each: Omit<EachUser, 'users'>) =>
  readEachUser(
    answersWith(() => run(shell, eachUser({ users, ...each }))),
    '',
  )

it('keeps apart what each printed, in every shell, and leaves no file behind', async () => {
  for (const [name, shell] of await shells()) {
    const { once, of } = ended(shell, {
      once: sh`echo of all`,
      script: sh`cat "$once"; echo "$name $uid $home"; echo oh >&2; ls ${scratch} | wc -l >&2; pwd; return 3`,
    })
    assert.is(once, 'of all\n', name)
    for (const user of users)
      assert.equal(
        of(user),
        { code: 3, stdout: `of all\n${user.name} ${user.uid} ${user.home}\n/\n`, stderr: 'oh\n1\n' },
        name,
      )
    assert.equal(readdirSync(scratch), [], name)
  }
})

it('serves those behind one or two who take too long, and nobody behind three in a row', async () => {
  const many = Array.from({ length: 20 }, (_, index) => ({ name: `u${index}`, uid: index, home: '/' }))
  for (const [name, shell] of await shells()) {
    const late = sh`case $name in u1 | u5 | u2 | u6 | u10 | u3 | u7 | u15) return ${KILLED} ;; esac`
    const { of } = readEachUser(
      answersWith(() => run(shell, eachUser({ users: many, script: late }))),
      '',
    )
    const codes = [0, 1, 2, 3].map((line) =>
      many.filter((_, at) => at % 4 === line).map((user) => of(user)?.code),
    )
    assert.equal(
      codes,
      [
        [0, 0, 0, 0, 0],
        [KILLED, KILLED, 0, 0, 0],
        [KILLED, KILLED, KILLED, undefined, undefined],
        [KILLED, KILLED, 0, KILLED, 0],
      ],
      name,
    )
  }
})

it('lets nobody fill the disk', async () => {
  for (const [name, shell] of await shells()) {
    const { of } = ended(shell, { script: sh`[ "$name" = u0 ] || return 0; yes` })
    assert.ok(of(users[0]!)!.stdout.length <= 1024 * 1024, name)
    assert.is(of(users[4]!)!.code, 0, name)
  }
})

it('says nothing at all where what is found out beforehand fails', () => {
  const script = eachUser({ users, once: sh`false`, script: sh`:` })
  assert.is(spawnSync('sh', { input: String(script) }).status, 1)
})

it.run()
