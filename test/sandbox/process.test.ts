import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { start } from '../../sandbox/process.ts'
import { suite } from '../support/suite.ts'

const it = suite('sandbox: its processes', { seconds: 30 })

const lastWordsOf = async (...command: [string, ...string[]]): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-sandbox-process-'))
  try {
    await mkdir(join(directory, 'log'))
    return await (await start(directory, 'part', command)).ended
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

it('tells what a part last said', async () => {
  assert.is(await lastWordsOf('sh', '-c', 'echo first; echo last >&2; exit 3'), 'first\nlast')
})

it('tells why a part could not be started', async () => {
  assert.match(await lastWordsOf('/nonexistent/part'), 'ENOENT')
})

it.run()
