import * as assert from 'uvu/assert'
import * as z from 'zod'
import { AutomationError } from '../../../lib/base/errors.ts'
import { ROLE } from '../../../lib/kube/object.ts'
import { type Answers, tellingType } from '../../../lib/resource/type.ts'
import { LOOKING } from '../../support/engine.ts'
import { suite } from '../../support/suite.ts'

const it = suite('what only tells')

const onCluster = { type: 'cluster', name: 'cluster' } as const

const failing = (error: Error) => (): never => {
  throw error
}

/** What is told where the cluster answers so, and `tell` does so with it. */
const told = (items: Answers['items'], tell: () => readonly string[] = () => []) => {
  const none = failing(new Error('nobody asks'))
  const factory = tellingType({
    kind: 'roles',
    schema: z.strictObject({}),
    id: () => 'all',
    kinds: [ROLE],
    unread: 'whether there are roles',
    tell: (_, all) => [...tell(), `${all(ROLE).length} roles`],
  })
  const { type, want } = factory(onCluster, {})
  const question = type.observe([want], 'prod')
  const { find } = question.read({ items, bytes: none, text: none, serves: none })
  return type.plan(want, find(want), { ...LOOKING, belongs: {} }).warnings
}

it('tells what there is', () =>
  assert.equal(
    told(() => []),
    ['0 roles'],
  ))

it('says that it is not known where the cluster does not let us read', () => {
  const forbidden = new AutomationError({ code: 'api', message: 'roles is forbidden' })
  assert.equal(told(failing(forbidden)), ['whether there are roles is not known: roles is forbidden'])
})

it('a fault of ours is none of what could not be read', () => {
  assert.throws(() => told(() => [], failing(new TypeError('no'))), /^no$/)
  const notAsked = new AutomationError({ code: 'bug', message: 'was not asked' })
  assert.throws(() => told(failing(notAsked)), /was not asked/)
})

it.run()
