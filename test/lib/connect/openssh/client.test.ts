import * as assert from 'uvu/assert'
import { parseAnswer } from '../../../../lib/connect/openssh/client.ts'
import { suite } from '../../../support/suite.ts'

const test = suite('ssh -G')

test('paths keep their blanks, lists are lists, and the usual keys are none that somebody named', () => {
  const text = [
    'user root',
    'identityfile ~/.ssh/my key',
    'identityfile ~/.ssh/id_rsa',
    'userknownhostsfile /a /b',
    'proxycommand nc %h %p',
    '',
  ]
  const options = parseAnswer(text.join('\n'))
  assert.equal(Object.fromEntries(options), {
    user: ['root'],
    identityfile: ['~/.ssh/my key', '~/.ssh/id_rsa'],
    userknownhostsfile: ['/a', '/b'],
    proxycommand: ['nc %h %p'],
  })
  const defaults = parseAnswer('identityfile ~/.ssh/id_rsa\nidentityfile ~/.ssh/id_ed25519\n')
  assert.not.ok(defaults.has('identityfile'))
})

test.run()
