import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'

const it = suite('output', { seconds: 60 })

const MODULE = JSON.stringify(new URL('../../../lib/cli/output.ts', import.meta.url))
/** More than a pipe holds. */
const LENGTH = 2 ** 20

/** What a reader gets that comes late, from a program that says much and ends. */
const readLate = async (ending: string): Promise<string> => {
  const script = `import { outlivingOutput } from ${MODULE}
    const output = outlivingOutput()
    process.stdout.write('x'.repeat(${LENGTH}))
    process.exit(${ending})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await sleep(1000)
  return text(child.stdout)
}

it('is there to its end for a reader that is late', async () => {
  assert.ok((await readLate('0')).length < LENGTH)
  assert.is((await readLate('await output.exitStatus(0)')).length, LENGTH)
})

it.run()
