import * as assert from 'uvu/assert'
import { hostFrom } from '../../../lib/adopt/hosts.ts'
import { isAutomationError } from '../../../lib/base/errors.ts'
import { suite } from '../../support/suite.ts'

const it = suite('adopt: --host')

for (const [text, host] of Object.entries({
  client01: { name: 'client01' },
  'client01=10.0.0.97': { name: 'client01', address: '10.0.0.97' },
  'client01=root@10.0.0.97:2222': { name: 'client01', address: '10.0.0.97', user: 'root', port: 2222 },
  'client01=root@[fd00::97]:22': { name: 'client01', address: 'fd00::97', user: 'root', port: 22 },
  'client01=ops@bastion': { name: 'client01', address: 'bastion', user: 'ops', sudo: true },
  'client01=local': { name: 'client01', connection: 'local' },
}))
  it(`${text} is a machine`, () => assert.equal(hostFrom(text), host))

for (const [text, said] of Object.entries({
  '': 'is not a name for a machine',
  '=10.0.0.97': 'is not a name for a machine',
  'client01=': 'is not an address',
  'client01=root@': 'is not an address',
  'client01=@10.0.0.97': 'is not a login name',
  'client01=10.0.0.97:': 'is not a port',
  'client01=10.0.0.97:70000': 'is not a port',
  'client01=fd00::97': 'is not a port',
  'client01=-oProxyCommand=x': 'is not an address',
  'client 01=10.0.0.97': 'is not a name for a machine',
}))
  it(`${JSON.stringify(text)} is none`, () => {
    try {
      hostFrom(text)
      assert.unreachable()
    } catch (error) {
      assert.ok(isAutomationError(error), String(error))
      assert.is(error.exitCode, 64)
      assert.match(error.message, said)
      assert.match(error.message, 'client01=root@10.0.0.97')
    }
  })

it.run()
