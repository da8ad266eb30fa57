import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { OLDEST_NODE, tooOld } from '../../../lib/base/node-version.ts'
import { suite } from '../../support/suite.ts'

const it = suite('Node version')

it('is told when it is older than the one that playbooks need, number by number', () => {
  for (const old of ['18.20.4', '20.20.2', '22.23.3', '24.4.9'])
    for (const part of [old, OLDEST_NODE]) assert.match(tooOld(old) ?? 'nothing is said', part)
  for (const new_ of [OLDEST_NODE, '24.21.0', '26.0.0', '100.0.0']) assert.is(tooOld(new_), undefined)
})

it('is the same in engines, which npm looks at', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8'))
  assert.is(engines.node, `>=${OLDEST_NODE}`)
})

it('is asked first by whatever an npm script starts, so that nothing is built in vain', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
    scripts: Record<string, string>
  }
  const started = Object.values(scripts).flatMap((script) => script.match(/(?<=tsx )\S+\.ts/g) ?? [])
  assert.ok(started.length > 5)
  for (const file of new Set(started))
    assert.match(
      (await readFile(file, 'utf8')).match(/^import .*$/m)?.[0] ?? '',
      'base/node-version.ts',
      file,
    )
})

it.run()
