import * as assert from 'uvu/assert'
import type {
  AttemptsTrial,
  AttemptTrial,
  Finding,
  KubeObject,
  Refused,
  Scene,
  Taken,
} from '../../../lib/check.ts'
import { refusalOf } from '../../../lib/check.ts'
import { ownCredential } from '../../../lib/checks/own-credential.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { RESOURCE_QUOTA } from '../../../lib/kube/object.ts'
import { live } from '../../support/live.ts'
import { INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('own credential')

const taken: Taken = { taken: true, status: 200, object: {} as KubeObject }
const dead = refusalOf(401, 'Unauthorized')
const anonymous = refusalOf(403, 'User "system:anonymous" cannot get resource "namespaces"')
const absent = refusalOf(404, 'namespaces "dev1" not found')

const trialsOf = (id: string, scene: Scene): AttemptTrial[] =>
  [...ownCredential.find((check) => check.id === id)!.trials(scene)] as AttemptTrial[]

/** Bob's token, tom's, a broken one, none. */
const [own, , broken, none] = trialsOf('A4', sceneOf({}))

for (const [sentence, trial, answer, verdict] of [
  ["a token that opens the user's namespace → pass", own, taken, 'pass'],
  ['a token that is dead → fail', own, dead, 'fail'],
  ['a namespace that is not there → cannot tell', own, absent, 'unknown'],
  ['a broken token that is not known → pass', broken, dead, 'pass'],
  ['a broken token that is taken for nobody → cannot tell', broken, anonymous, 'unknown'],
  ['no token, refused as nobody → pass', none, anonymous, 'pass'],
  ['no token, and a namespace that is not there → cannot tell', none, absent, 'unknown'],
  ['no token that opens a namespace → fail', none, taken, 'fail'],
] as const)
  it(sentence, () => assert.is((trial!.judge(answer) as Finding).verdict, verdict))

it('a token whose role does not read the namespace → pass, one whose role does → fail', () => {
  const refused = refusalOf(403, 'User "x" cannot get resource "namespaces" in API group ""')
  const verdictWith = (resources: string[]): string => {
    const rules = [{ apiGroups: [''], resources, verbs: ['get'] }]
    const inventory = { ...INVENTORY, roles: [{ name: 'member', rules }] }
    const [trial] = trialsOf('A4', sceneOf({}, { inventory }))
    return (trial!.judge(refused) as Finding).verdict
  }
  assert.is(verdictWith(['pods']), 'pass')
  assert.is(verdictWith(['namespaces']), 'fail')
})

const volume = {
  name: 'dev2-public',
  group: 'dev2',
  server: 'nas',
  path: '/dev2',
  size: '5Gi',
  volumeHandle: 'dev2-public',
  access: 'ReadWriteMany',
  driver: 'alibaba' as const,
} as const

/** What bob's claim on the volume of dev2 comes to, when the volume is reserved for this claim. */
const claimed = (
  answer: Taken | Refused,
  claimRef?: { namespace: string; name: string },
  volumes: Inventory['volumes'] = [volume],
): string => {
  const scene = sceneOf(
    {},
    {
      inventory: { ...INVENTORY, volumes },
      users: INVENTORY.users.slice(0, 1),
      items: ({ kind }) =>
        kind === 'PersistentVolume'
          ? [
              {
                apiVersion: 'v1',
                kind,
                metadata: { name: volume.name },
                spec: { ...(claimRef && { claimRef }) },
              },
            ]
          : [],
    },
  )
  return (trialsOf('G3', scene)[0]!.judge(answer) as Finding).verdict
}

it('a Service that is refused beside a plain one is, and where none is taken nobody knows', () => {
  const judged = (nodePorts: string, plain: Taken | Refused, answer: Taken | Refused): string => {
    const hard = { 'services.nodeports': nodePorts }
    const limited = live(RESOURCE_QUOTA, 'dev1/a', { spec: { hard } })
    const scene = sceneOf({}, { items: ({ kind }) => (kind === 'ResourceQuota' ? [limited] : []) })
    const [trial] = [...ownCredential.find(({ id }) => id === 'H4')!.trials(scene)] as AttemptsTrial[]
    return (trial!.judge([plain, answer]) as Finding).verdict
  }
  const verdict = (plain: Taken | Refused, answer: Taken | Refused): string => judged('0', plain, answer)
  const quota = (key: string): Refused =>
    refusalOf(
      403,
      `services "x" is forbidden: exceeded quota: a, requested: ${key}=1, used: ${key}=9, limited: ${key}=9`,
    )
  const policy = refusalOf(
    422,
    "ValidatingAdmissionPolicy 'arena-prod-services' with binding 'x' denied request",
  )
  const ending = refusalOf(403, 'services "x" is forbidden: unable to create new content in namespace dev1')
  const rbac = refusalOf(403, 'User "x" cannot create resource "services"')
  assert.is(verdict(taken, policy), 'pass')
  assert.is(verdict(taken, quota('services.nodeports')), 'pass')
  assert.is(judged('9', taken, quota('services.nodeports')), 'untested')
  assert.is(verdict(rbac, rbac), 'pass')
  assert.is(verdict(taken, taken), 'gap')
  assert.is(verdict(quota('count/services'), quota('count/services')), 'untested')
  assert.is(verdict(ending, ending), 'unknown')
})

it("lets a user claim another group's volume only where it is reserved for that group's claim", () => {
  const ours = { namespace: 'dev2', name: 'dev2-public' }
  assert.is(claimed(refusalOf(403, 'User "x" cannot create resource "persistentvolumeclaims"')), 'pass')
  assert.is(claimed(taken, ours), 'pass')
  assert.is(claimed(taken), 'fail')
  assert.is(claimed(taken, { namespace: 'dev1', name: 'dev2-public' }), 'fail')
  assert.is(claimed(absent, ours), 'unknown')
  const full = refusalOf(403, 'exceeded quota: dev1-object-counts, requested: persistentvolumeclaims=1')
  assert.is(claimed(full, ours), 'pass')
  assert.is(claimed(full), 'untested')
  assert.is(claimed(taken, ours, [volume, { ...volume, name: 'dev2-more' }]), 'fail')
})

it.run()
