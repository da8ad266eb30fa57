import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { isGone, ourselves } from '../../../lib/engine/lock-holder.ts'
import { suite } from '../../support/suite.ts'

const it = suite('holder')

/** What a process that has ended since called itself. */
const ended = (): string => {
  const { stdout } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { ourselves } from './lib/engine/lock-holder.ts'; console.log(ourselves())`,
    ],
    { encoding: 'utf8' },
  )
  return stdout.trim()
}

it('is alive as long as it runs', () => {
  assert.match(ourselves(), /^\S+@\S+ pid \d+ \([0-9a-f]{8}-\d+\)$/)
  assert.is(isGone(ourselves()), false)
})

it('is gone when its process has ended', () => assert.is(isGone(ended()), true))

it('cannot be told to be gone from another boot, another world of process ids, or in other words', () => {
  const gone = ended()
  assert.is(isGone(gone.replace(/\([0-9a-f]{8}/, '(00000000')), false)
  assert.is(isGone(gone.replace(/-\d+\)/, '-1)')), false)
  assert.is(isGone('root@admin01 pid 4711'), false)
  assert.is(isGone('somebody'), false)
})

it.run()
