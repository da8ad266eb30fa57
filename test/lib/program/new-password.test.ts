import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../lib/base/errors.ts'
import { passwordHandedOver } from '../../../lib/program/new-password.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('password handover')

let directory: string
it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'password-'))
})
it.after(() => rm(directory, { recursive: true }))

const refused = async (user: string, file: string): Promise<void> => {
  const before = await readFile(file, 'utf8')
  const error = await rejects(passwordHandedOver(user, file).reveal())
  assert.ok(isAutomationError(error), String(error))
  assert.is(error.exitCode, 64)
  assert.is(await readFile(file, 'utf8'), before)
}

it('a new password goes to a file that only its owner reads, and that is said without it', async () => {
  const file = join(directory, 'new')
  const told: string[] = []
  const password = await passwordHandedOver('bob', file, (text) => told.push(text)).reveal()
  assert.is(await readFile(file, 'utf8'), `${password}\n`)
  assert.is((await stat(file)).mode & 0o777, 0o600)
  assert.is(told.length, 1)
  assert.match(told[0]!, file)
  assert.not.match(told[0]!, password)
})

it('an empty file is filled', async () => {
  const file = join(directory, 'empty')
  await writeFile(file, '')
  const password = await passwordHandedOver('bob', file).reveal()
  assert.is(await readFile(file, 'utf8'), `${password}\n`)
})

it('what a file holds is never lost, be it a text or the password of somebody else', async () => {
  const file = join(directory, 'held')
  for (const text of ['milk\n', '\n', 'abcdefghijkmnpqrstuvwxyz\n']) {
    await writeFile(file, text)
    await refused('bob', file)
  }
  await rm(file)
  await passwordHandedOver('ann', file).reveal()
  await refused('bob', file)
  await symlink('held', join(directory, 'link'))
  await refused('ann', join(directory, 'link'))
})

it('the same command, run again, replaces what it wrote for the same user', async () => {
  const file = join(directory, 'again')
  const first = await passwordHandedOver('bob', file).reveal()
  const second = await passwordHandedOver('bob', file).reveal()
  assert.is.not(first, second)
  assert.is(await readFile(file, 'utf8'), `${second}\n`)
})

it.run()
