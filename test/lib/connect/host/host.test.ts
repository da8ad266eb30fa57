import { text } from 'node:stream/consumers'
import { type Clock, install } from '@sinonjs/fake-timers'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../../lib/base/errors.ts'
import { sh } from '../../../../lib/base/shell.ts'
import { RootHost } from '../../../../lib/connect/host/host.ts'
import type { Transport } from '../../../../lib/connect/host/transport.ts'
import { rejects, suite } from '../../../support/suite.ts'

const it = suite('host', { seconds: 30 })

const FRAMES = Array.from({ length: 20 }, (_, index) => ({ id: `f${index}`, script: sh`:` }))

/**
 * A machine that says something every 10 ms, and ends a frame after so many times; never, if not told. The clock is
 * its own, so how busy this computer is does not matter.
 */
const trickling = (clock: Clock, times = Number.POSITIVE_INFINITY): Transport => ({
  async exec(_, { stdin, onStdout, onStderr }, signal) {
    const input = await text(stdin)
    const [login] = /^[0-9a-f]{32}$/m.exec(input)!
    const [, batch] = /_end\(\) \{ printf '\\n([0-9a-f]{32}) /.exec(input)!
    const end = (word: string) => {
      onStdout(Buffer.from(`\n${batch} ${word}\n`))
      onStderr(Buffer.from(`\n${batch} ${word}\n`))
    }
    onStdout(Buffer.from(`\n${login} 0\n`))
    end('start')
    for (let said = 1; said <= FRAMES.length * times; said++) {
      await clock.tickAsync(10)
      signal.throwIfAborted()
      onStdout(Buffer.from('.'))
      if (said % times === 0) end('0')
    }
    return { by: 'exit', status: 0 }
  },
  close: async () => {},
})

const run = async ({ times, changes = false }: { times?: number; changes?: boolean }) => {
  const clock = install({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const host = new RootHost({ subject: 'client01', user: 'root' }, trickling(clock, times), 50)
    return await host.run(FRAMES, { signal: new AbortController().signal, changes })
  } finally {
    clock.uninstall()
  }
}

it('breaks off what says something now and then and never ends, later for a change', async () => {
  for (const [changes, seconds] of [
    [false, 0.5],
    [true, 5],
  ] as const) {
    const error = await rejects(run({ changes }))
    assert.ok(isAutomationError(error) && error.code === 'timeout', String(error))
    assert.match(error.reason, `not ended after ${seconds} s while at f0`)
  }
})

it('gives each frame its own time', async () => {
  assert.is((await run({ times: 5 })).size, FRAMES.length)
})

it.run()
