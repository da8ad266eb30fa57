// Inventories that would end or hold up the process: nothing ends with 0 that was not read.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { runText } from '../support/playbook.ts'
import { suite } from '../support/suite.ts'

const it = suite('inventory file', { seconds: 300 })

const BODIES: Record<string, [body: string, said: string]> = {
  'ends the process': ['process.exit(0)', 'ends the process'],
  'fails where nobody catches it': [
    "Promise.reject(new Error('stray'))\nawait new Promise((done) => setTimeout(done, 60_000))",
    'ends the process',
  ],
  'waits for nothing': ['await new Promise(() => {})', 'does not end loading'],
  'waits for ever': [
    'await new Promise((done) => setInterval(() => done === undefined, 1000))',
    'does not end loading within 1 s',
  ],
}

for (const [title, [body, said]] of Object.entries(BODIES))
  it(`one that ${title} is refused with 65`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'arena-inventory-'))
    const file = join(directory, 'inventory.mts')
    try {
      await writeFile(file, 'export default { name: 1 }\n')
      assert.match((await runText('setup', file, '--check')).stdout, /name: is 1, not a text/)
      await writeFile(file, `${body}\nexport default { name: 1 }\n`)
      const { code, stdout, stderr } = await runText('setup', file, '--check', '--timeout', '1')
      assert.is(code, 65, stdout + stderr)
      assert.match(stdout + stderr, said)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

it('one that is saved as GBK is refused with 65, to be read and to be edited, and stays as it is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-inventory-'))
  const file = join(directory, 'inventory.yaml')
  const told = async (name: string, ...flags: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runText(name, file, ...flags)
    assert.is(code, 65, stdout + stderr)
    return stdout + stderr
  }
  const add = ['--name', 'ann', '--group', 'dev1']
  try {
    await writeFile(file, 'name: 1 # 组\n')
    assert.not.match(await told('setup', '--check'), 'UTF-8')
    const gbk = Buffer.concat([Buffer.from('name: 1 # '), Buffer.from('d7e9', 'hex'), Buffer.from('\n')])
    await writeFile(file, gbk)
    assert.match(await told('setup', '--check'), 'is not UTF-8')
    assert.match(await told('add-user', ...add), 'is not UTF-8')
    assert.ok(gbk.equals(await readFile(file)))
  } finally {
    await rm(directory, { recursive: true })
  }
})

it.run()
