import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { keysFor } from '../../../../lib/connect/ssh/keys.ts'
import { noLogin } from '../../../../lib/connect/ssh/login-errors.ts'
import { loginMethods } from '../../../../lib/connect/ssh/login-methods.ts'
import type { SshEndpoint } from '../../../../lib/connect/ssh/route.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('keys')

const endpointWith = (...paths: string[]): SshEndpoint => ({
  subject: 'client01',
  address: '10.0.0.5',
  hostName: '10.0.0.5',
  port: 22,
  user: 'root',
  identityFiles: paths.map((path) => ({ path, named: true })),
  identitiesOnly: true,
  agentSocket: undefined,
  knownAs: ['10.0.0.5'],
  knownHosts: [],
  hostKey: undefined,
  byProxyCommand: false,
  password: undefined,
})

it('tells a key that cannot be read from one that is not there, where the login is refused', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keys-'))
  const [folder, loop, none] = [join(dir, 'folder'), join(dir, 'loop'), join(dir, 'none')]
  try {
    await mkdir(folder)
    await symlink(loop, loop)
    const refusal = async (...paths: string[]) => {
      const endpoint = endpointWith(...paths)
      const keys = await keysFor(endpoint)
      const cause = Object.assign(new Error('refused'), { level: 'client-authentication' })
      return { keys, error: noLogin(endpoint, cause, loginMethods('root', keys, undefined), keys, true) }
    }
    const { keys, error } = await refusal(none, folder, loop)
    assert.equal(keys.unread, [
      { path: none, code: 'ENOENT' },
      { path: folder, code: 'EISDIR' },
      { path: loop, code: 'ELOOP' },
    ])
    assert.is(error.code, 'auth')
    for (const said of [
      `${none} does not exist`,
      `${folder} cannot be read (EISDIR)`,
      `${loop} cannot be read`,
    ])
      assert.match(error.reason, said)
    assert.match(error.hint!, `ls -ld ${folder}`)
    assert.not.match((await refusal(none)).error.hint!, 'ls -ld')
    const file = join(dir, 'file')
    await writeFile(file, '')
    const below = (await refusal(join(file, 'key'))).error
    assert.match(below.reason, `${join(file, 'key')} does not exist`)
    assert.not.match(below.hint!, 'ls -ld')
  } finally {
    await rm(dir, { recursive: true })
  }
})

it.run()
