import * as assert from 'uvu/assert'
import { AutomationError, asAutomationError } from '../../../lib/base/errors.ts'
import { suite } from '../../support/suite.ts'

const it = suite('errors')

it('that we did not raise ourselves are bugs of ours, whatever we were at', () => {
  for (const thrown of [
    new TypeError('x is undefined'),
    new Error('no'),
    'a text',
    null,
    Object.create(null),
  ]) {
    const { code, exitCode, subject, hint } = asAutomationError(thrown, 'client01')
    assert.equal([code, exitCode, subject], ['bug', 70, 'client01'])
    assert.match(hint!, 'report')
  }
})

it('that we raised stay as they are, and what was broken off is no bug', () => {
  const known = new AutomationError({ code: 'observe', subject: 'client02', message: 'could not be read' })
  assert.is(asAutomationError(known, 'client01'), known)
  const controller = new AbortController()
  controller.abort()
  assert.is(asAutomationError(controller.signal.reason).code, 'cancelled')
})

it.run()
