import * as assert from 'uvu/assert'
import { inTurn } from '../../../lib/engine/in-turn.ts'
import type { Action } from '../../../lib/engine/plan.ts'
import type { Op } from '../../../lib/resource/type.ts'
import { action } from '../../support/action.ts'
import { suite } from '../../support/suite.ts'

const it = suite('in turn')

const on = (name: string, op: Op, place: string | undefined, needs: readonly string[] = []): Action =>
  action('home/bob', { op, place }, { on: { type: 'host', name }, needs })

const turns = (...actions: readonly Action[]) =>
  Object.fromEntries(inTurn(actions).map(({ on, needs, follows }) => [on.name, [follows?.on, ...needs]]))

it('has the first make what several have in one place, and the others after it, however it ends', () => {
  assert.equal(
    turns(on('a', 'create', 'nas'), on('b', 'update', 'nas', ['b:group']), on('c', 'create', 'nas')),
    {
      a: [undefined],
      b: ['a', 'b:group'],
      c: ['a'],
    },
  )
})

it('leaves alone what each has for itself, or what is known of one only', () => {
  assert.equal(turns(on('a', 'create', 'nas'), on('b', 'create', 'disk'), on('c', 'create', undefined)), {
    a: [undefined],
    b: [undefined],
    c: [undefined],
  })
  assert.equal(turns(on('a', 'keep', 'nas'), on('b', 'create', 'nas')), { a: [undefined], b: [undefined] })
})

it('makes without those that refuse', () =>
  assert.equal(turns(on('a', 'refuse', 'nas'), on('b', 'create', 'nas'), on('c', 'create', 'nas')), {
    a: [undefined],
    b: [undefined],
    c: ['b'],
  }))

it('takes away once nothing on any machine is against it, by the first, which the others need', () => {
  assert.equal(turns(on('a', 'remove', 'nas', ['a:sessions']), on('b', 'remove', 'nas', ['b:sessions'])), {
    a: [undefined, 'a:sessions', 'b:sessions'],
    b: ['a', 'b:sessions', 'a:home/bob'],
  })
  assert.equal(turns(on('a', 'remove', 'nas'), on('b', 'refuse', 'nas', ['b:sessions'])), {
    a: [undefined, 'b:sessions', 'b:home/bob'],
    b: [undefined, 'b:sessions'],
  })
})

it.run()
