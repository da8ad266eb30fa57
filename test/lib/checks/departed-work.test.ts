import * as assert from 'uvu/assert'
import { refusalOf, type Taken } from '../../../lib/audit/question.ts'
import { departedWork } from '../../../lib/checks/departed-work.ts'
import type { ApiResource } from '../../../lib/connect/connection.ts'
import { DEPLOYMENT, type KubeObject, POD, SERVICE } from '../../../lib/kube/object.ts'
import { leavingOf } from '../../../lib/resource/estate.ts'
import { clusterOf, found, repairsOf } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { INVENTORY } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('departed work')

const GONE = { name: 'eve', groups: ['dev1'] }
const DOOR = live(DEPLOYMENT, 'dev1/door', {}, { labels: { 'arena-playbooks/made-by': 'eve' } })
const FOREIGN = live(SERVICE, 'dev1/port', {}, { labels: {} })
const ENDING = live(
  POD,
  'dev1/slow',
  { status: { phase: 'Running' } },
  {
    labels: {},
    deletionTimestamp: '2027-11-24T00:00:00Z',
  },
)

const asked = (
  objects: KubeObject[],
  kept = false,
  answer: Taken | ReturnType<typeof refusalOf> = refusalOf(404, 'x "y" not found'),
): Parameters<typeof found> => [
  [departedWork(leavingOf(INVENTORY, GONE), { kept })],
  'L7',
  clusterOf(objects),
  { attempt: () => answer },
]

const lines = (...of: Parameters<typeof asked>): string[] => found(...asked(...of))

it('fails for what bears the name, unless it was left to the group', () => {
  assert.match(
    lines([DOOR])[0]!,
    /^fail eve: Deployment dev1\/door → kubectl delete deployments\.apps door -n dev1/,
  )
  assert.match(lines([DOOR], true)[0]!, /^pass eve: Deployment dev1\/door/)
})

it('cannot tell of what nobody is on, and names the command', () => {
  const told = lines([FOREIGN])
  assert.is(told.length, 1)
  assert.is(told[0]!, 'unknown eve: Service dev1/port → advice')
  const [repair] = repairsOf(...asked([FOREIGN]))
  assert.match(repair!, 'kubectl label services port -n dev1 arena-playbooks/made-by=')
})

it('waits for what was told to end, and names what goes on', () => {
  assert.equal(
    lines([ENDING]).map((line) => line.split(' ')[0]),
    ['pass', 'pass'],
  )
  const still: Taken = { taken: true, status: 200, object: ENDING }
  assert.is(lines([ENDING], false, still)[0]!, 'unknown eve (2027-11-24T00:00:00Z): Pod dev1/slow → advice')
  assert.match(repairsOf(...asked([ENDING], false, still))[0]!, '--grace-period=30')
  const another = { ...ENDING, metadata: { ...ENDING.metadata, uid: 'another' } }
  assert.match(lines([ENDING], false, { ...still, object: another })[0]!, /^pass/)
})

it('passes where nothing is, and says which kinds of own roles nobody looks at', () => {
  assert.equal(
    lines([]).map((line) => line.split(' ')[0]),
    ['pass'],
  )
  const roles = [
    ...INVENTORY.roles,
    { name: 'own', rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['create'] }] },
  ]
  const told = (resources: readonly ApiResource[]) =>
    found([departedWork(leavingOf({ ...INVENTORY, roles }, GONE), { kept: false })], 'L7', {
      ...clusterOf([]),
      resources: () => resources,
    })
  const widgets = {
    group: 'example.com',
    version: 'v1',
    resource: 'widgets',
    kind: 'Widget',
    namespaced: true,
  }
  assert.match(told([{ ...widgets, verbs: ['list'] }])[0]!, /^unknown eve: .*widgets\.example\.com/)
  assert.match(told([{ ...widgets, verbs: ['create'] }])[0]!, /^pass eve/, 'nothing is kept of it')
  assert.match(told([])[0]!, /^pass eve/, 'it is not installed')
})

it.run()
