import * as assert from 'uvu/assert'
import { leftOut } from '../../../../lib/checks/in-pods/left-out.ts'
import { INVENTORY, sceneOf } from '../../../support/scene.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('groups that a selection leaves out')

it('are named where it takes two groups to tell', () => {
  const groups = INVENTORY.groups.slice(0, 1)
  assert.equal(
    leftOut(sceneOf({}, { groups })).map(
      ({ check, verdict, subjects }) => `${check.id} ${verdict} ${subjects}`,
    ),
    ['G4 untested dev2', 'H1 untested dev2'],
  )
  assert.equal(leftOut(sceneOf({})), [])
})

it.run()
