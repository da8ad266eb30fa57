import { Readable } from 'node:stream'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../../lib/base/errors.ts'
import { Children } from '../../../../lib/connect/host/children.ts'
import { rejects, suite } from '../../../support/suite.ts'

const it = suite('children', { seconds: 30 })

it('calls a program that cannot be started unreachable, and no bug', async () => {
  const children = new Children((child) => child.kill())
  const streams = { stdin: Readable.from([]), onStdout: () => {}, onStderr: () => {} }
  const error = await rejects(
    children.run(['/nonexistent/ssh', '-V'], streams, new AbortController().signal, {
      subject: 'client01',
      hint: 'install it',
    }),
  )
  assert.ok(isAutomationError(error))
  assert.equal([error.code, error.subject, error.hint], ['unreachable', 'client01', 'install it'])
})

it.run()
