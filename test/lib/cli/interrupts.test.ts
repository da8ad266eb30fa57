import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { onInterrupt } from '../../../lib/cli/interrupts.ts'
import { suite } from '../../support/suite.ts'

const it = suite('signals')

it('takes what a launcher passes on a moment later for the same Ctrl-C, and a later one for the second', async () => {
  const { stop, abort, close } = onInterrupt()
  try {
    assert.is(stop.aborted, false)
    process.emit('SIGINT')
    process.emit('SIGINT')
    assert.is(stop.aborted, true)
    assert.is(abort.aborted, false)
    await sleep(600)
    process.emit('SIGINT')
    assert.is(abort.aborted, true)
  } finally {
    close()
  }
})

it.run()
