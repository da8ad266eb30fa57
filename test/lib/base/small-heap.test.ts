import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'

const it = suite('small heap', { seconds: 60 })

/** Keeps 10 MB, and makes much more garbage than that, young and old. */
const BUSY = `
  const kept = Array.from({ length: 100_000 }, (_, index) => ({ index, text: 'kept ' + index }))
  for (let turn = 0; turn < 60; turn++) {
    const passing = Array.from({ length: 40_000 }, (_, index) => ({ index, text: turn + ' passes ' + index }))
    globalThis.last = [kept, passing]
  }
  const young = v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size
  console.log(JSON.stringify({ young, peak: process.resourceUsage().maxRSS * 1024 }))`

const module = new URL('../../../lib/base/small-heap.ts', import.meta.url)

const busy = async (before = ''): Promise<{ young: number; peak: number }> => {
  const script = `import v8 from 'node:v8'\nimport { keepHeapSmall } from ${JSON.stringify(module)}\n${before}${BUSY}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  return JSON.parse(stdout)
}

it('leaves little room for garbage, young and old', async () => {
  const usual = await busy()
  const small = await busy('keepHeapSmall()')
  assert.ok(small.young * 2 < usual.young, `${usual.young} → ${small.young}`)
  assert.ok(small.peak < usual.peak, `${usual.peak} → ${small.peak}`)
})

it.run()
