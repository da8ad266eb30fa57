import { text } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../../lib/base/errors.ts'
import { sh } from '../../../../lib/base/shell.ts'
import { Host } from '../../../../lib/connect/host/host.ts'
import type { Transport } from '../../../../lib/connect/host/transport.ts'
import { rejects, suite } from '../../../support/suite.ts'

const it = suite('host', { seconds: 30 })

const FRAMES = Array.from({ length: 20 }, (_, index) => ({ id: `f${index}`, script: sh`:` }))

/** A machine that says something all the time, and ends a frame after so many times; never, if not told. */
const trickling = (times = Number.POSITIVE_INFINITY): Transport => ({
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
    return new Promise((resolve, reject) => {
      let said = 0
      const timer = setInterval(() => {
        onStdout(Buffer.from('.'))
        if (++said % times === 0) end('0')
        if (said < FRAMES.length * times) return
        clearInterval(timer)
        resolve({ by: 'exit', status: 0 })
      }, 10)
      signal.addEventListener('abort', () => {
        clearInterval(timer)
        reject(signal.reason)
      })
    })
  },
  close: async () => {},
})

const run = (transport: Transport, changes = false) =>
  new Host({ subject: 'client01', user: 'root' }, transport, 50).run(FRAMES, {
    signal: new AbortController().signal,
    changes,
  })

it('breaks off what says something now and then and never ends, later for a change', async () => {
  for (const [changes, seconds] of [
    [false, 0.5],
    [true, 5],
  ] as const) {
    const error = await rejects(run(trickling(), changes))
    assert.ok(isAutomationError(error) && error.code === 'timeout', String(error))
    assert.match(error.reason, `not ended after ${seconds} s while at f0`)
  }
})

it('gives each frame its own time', async () => {
  assert.is((await run(trickling(5))).size, FRAMES.length)
})

it.run()
