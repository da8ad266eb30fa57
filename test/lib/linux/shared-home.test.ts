import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readRealHomes, realHomesProbe } from '../../../lib/linux/shared-home.ts'
import { answersWith } from '../../support/answers.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('real homes', { seconds: 60 })

const scratch = mkdtempSync(join(tmpdir(), 'arena-real-homes-'))

it.after(() => rmSync(scratch, { recursive: true }))

const program = (name: string, text: string): void => {
  writeFileSync(join(scratch, name), `#!/bin/sh\n${text}\n`)
  chmodSync(join(scratch, name), 0o755)
}

it('are those of whom a directory has in a group of the machine, too, in every shell', async () => {
  mkdirSync(join(scratch, 'zoe'))
  symlinkSync('zoe', join(scratch, 'link'))
  program('cat', 'case $1 in /etc/group) echo dev:x:5000:root,zoe ;; *) exec /bin/cat "$@" ;; esac')
  program('getent', `[ "$1" != passwd ] || echo zoe:x:20009:20009::${join(scratch, 'link')}:/bin/sh`)
  for (const [name, [command, ...args]] of await shells()) {
    const { stdout } = spawnSync(command, args, {
      env: { ...process.env, PATH: `${scratch}:${process.env['PATH']}` },
      input: String(realHomesProbe.script),
    })
    const homes = readRealHomes(answersWith(() => stdout))
    assert.ok(
      homes.some(({ account }) => account === 'root'),
      name,
    )
    assert.equal(homes.at(-1), { account: 'zoe', uid: 20_009, path: join(scratch, 'zoe') }, name)
  }
})

it.run()
