import * as assert from 'uvu/assert'
import type { Sight } from '../../../lib/engine/observe.ts'
import { refuseSameMachine } from '../../../lib/engine/same-machine.ts'
import type { Answers } from '../../../lib/resource/type.ts'
import { suite } from '../../support/suite.ts'

const it = suite('same machine')

const seen = (name: string, text: string): Sight => ({
  on: { type: 'host', name },
  views: new Map(),
  versions: new Map(),
  answers: { text: () => text } as unknown as Answers,
})

it('refuses a machine under a second name, and names both', () =>
  assert.throws(
    () =>
      refuseSameMachine([
        seen('client01', 'boot\n1:2\n'),
        seen('b', 'boot\n1:3\n'),
        seen('login', 'boot\n1:2\n'),
      ]),
    (error: { code: string; subject: string; reason: string }) =>
      error.code === 'inventory' && error.subject === 'hosts: login' && error.reason.endsWith('client01'),
  ))

it('takes containers of one kernel, clones of one image and machines that do not tell', () =>
  refuseSameMachine([
    seen('a', 'boot\n1:2\n'),
    seen('container', 'boot\n9:2\n'),
    seen('clone', 'other boot\n1:2\n'),
    seen('c', '\n1:2\n'),
    seen('d', '\n1:2\n'),
    seen('e', ''),
    seen('f', ''),
  ]))

it.run()
