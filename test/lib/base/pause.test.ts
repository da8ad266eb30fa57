import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { pause } from '../../../lib/base/pause.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('pause')

it('lets any number wait for one signal, without a warning', async () => {
  const warnings: string[] = []
  const onWarning = ({ name }: Error) => warnings.push(name)
  process.on('warning', onWarning)
  const stop = new AbortController()
  const waiting = Array.from({ length: 30 }, () => pause(60_000, stop.signal))
  await sleep(0)
  stop.abort(new Error('enough'))
  for (const one of waiting) assert.is((await rejects(one)).name, 'AbortError')
  assert.equal(warnings, [])
  process.off('warning', onWarning)
  await pause(1, new AbortController().signal)
})

it.run()
