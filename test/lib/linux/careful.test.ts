import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { sh } from '../../../lib/base/shell.ts'
import { CAREFUL } from '../../../lib/linux/careful.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('careful')

it('works in directories below the one it was told, and in none that a link or mount leads to', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'careful-test-')))
  const top = join(root, 'top')
  try {
    for (const path of ['top/a/b', "top/-it's\nodd\n", 'top2', 'outside/a'])
      mkdirSync(join(root, path), { recursive: true })
    symlinkSync('../outside', join(top, 'link'))
    const asked = [
      '',
      '/a',
      '/a/b',
      "/-it's\nodd\n",
      '/link',
      '/link/a',
      '/../top2',
      '/none',
      '/a/..',
      '/../../../proc',
    ]
    const script = sh`${CAREFUL}
below ${top} && printf '%s\\0' ${asked.map((path) => top + path)} |
within 'printf "%s\\0%s\\0" "$here" "$(ls -A . | head -n 1)"'`
    for (const [name, [command, ...args]] of await shells()) {
      const { stdout, stderr } = spawnSync(command, args, { input: String(script), encoding: 'utf8' })
      assert.is(stderr, '', name)
      const places = stdout.split('\0').filter((_, index) => index % 2 === 0)
      assert.equal(places, [top, `${top}/a`, `${top}/a/b`, `${top}/-it's\nodd\n`, top, ''], name)
    }
  } finally {
    rmSync(root, { recursive: true })
  }
})

it.run()
