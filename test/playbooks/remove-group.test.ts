import * as assert from 'uvu/assert'
import { asAutomationError } from '../../lib/base/errors.ts'
import removeGroup from '../../playbooks/remove-group.ts'
import { INVENTORY } from '../support/scene.ts'
import { suite } from '../support/suite.ts'

const it = suite('remove-group')

const nowhere = (flags: object): string => {
  try {
    return typeof removeGroup.nowhere!(INVENTORY, { name: 'dev9', ...flags } as never)
  } catch (error) {
    const { code, subject } = asAutomationError(error)
    return `${code} ${subject}`
  }
}

it('refuses a name of which nothing is anywhere, as its namespace would be', () => {
  assert.is(nowhere({}), 'usage --name dev9')
})

it('says of one whose namespace goes too that it was removed before, or never was there', () => {
  assert.is(nowhere({ deleteNamespace: 'dev9' }), 'string')
})

it.run()
