import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { sh } from '../../../lib/base/shell.ts'
import { outsiderAccountsProbe, readOutsiderAccounts } from '../../../lib/linux/outsider-accounts.ts'
import { sceneOf } from '../../support/scene.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('outsider accounts')

it('takes nobody for whoever looks because their line with uid 0 stands above that of root', async () => {
  // Of several accounts with one uid the first in the file is told.
  const script = sh`id() { echo another; }
sudo() { :; }
cat() { echo root:x:0:0::/root:/bin/sh; }
${outsiderAccountsProbe([]).script}`
  const as = async (env: Readonly<Record<string, string>>): Promise<string[]> => {
    const admins: string[] = []
    for (const [command, ...args] of (await shells()).values()) {
      const { PATH = '' } = process.env
      const { stdout } = spawnSync(command, args, {
        input: String(script),
        encoding: 'utf8',
        env: { PATH, ...env },
      })
      admins.push(readOutsiderAccounts(sceneOf({ 'outsider accounts': stdout }).on('client01')).admin)
    }
    return [...new Set(admins)]
  }
  assert.equal(await as({ LOGNAME: 'root' }), ['root'])
  assert.equal(await as({}), ['root'])
  assert.equal(await as({ LOGNAME: 'root', SUDO_USER: 'ops' }), ['ops'])
})

it.run()
