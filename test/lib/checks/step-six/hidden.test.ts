import * as assert from 'uvu/assert'
import { hiddenFinding } from '../../../../lib/checks/step-six/step-six.ts'
import { INVENTORY } from '../../../support/scene.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('what arena list shows')

const [bob, tom] = INVENTORY.users.map((user) => ({
  user,
  within: { kind: 'tf' as const, namespace: user.groups[0]!.group, name: `verify-${user.name}-01` },
})) as [Tester, Tester]
type Tester = Parameters<typeof hiddenFinding>[0]

const listed = (...names: string[]) => {
  const text = ['NAME  STATUS', ...names.map((name) => `${name}  RUNNING`)].join('\n')
  return { ok: true, text, said: '' }
}
const verdict = (going: readonly Tester[], ...names: string[]): string =>
  hiddenFinding(bob, { testers: [bob, tom], going }, listed(...names)).verdict

it('is only the own job where jobs of others run', () => {
  assert.is(verdict([bob, tom], bob.within.name), 'pass')
  assert.is(verdict([bob, tom], bob.within.name, tom.within.name), 'fail')
  assert.is(verdict([bob], bob.within.name, tom.within.name), 'fail')
  assert.is(verdict([bob, tom]), 'fail')
})

it('proves nothing where no job of another group runs', () => {
  assert.is(verdict([bob], bob.within.name), 'untested')
})

const GONE = { ok: false, text: '', said: 'gone' }

it('is not known where Arena fails', () => {
  assert.is(hiddenFinding(bob, { testers: [bob, tom], going: [bob, tom] }, GONE).verdict, 'unknown')
})

it.run()
