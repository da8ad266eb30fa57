import * as assert from 'uvu/assert'
import type { Finding } from '../../../lib/audit/check.ts'
import type { Scene } from '../../../lib/audit/facts.ts'
import { wordsOfRepair } from '../../../lib/audit/repair.ts'
import { leavers } from '../../../lib/checks/leavers.ts'
import { type KubeObject, ROLE_BINDING, SERVICE_ACCOUNT, TOKEN_SECRET } from '../../../lib/kube/object.ts'
import { live } from '../../support/live.ts'
import { printed } from '../../support/printed.ts'
import { INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/leavers')

const accounts = (fay: string, members = 'bob,fay'): string =>
  printed(`passwd:bob:x:20001:20001::/home/bob:/bin/bash
    ${fay}
    group:arena-prod:995:${members}
    group:dev1:10001:bob,fay
    shadow:bob:set:
    today:1795478400`)

const FAY = 'passwd:fay:x:20003:20003::/home/fay:/bin/bash\nshadow:fay:set:'
const SHUT = 'passwd:fay:x:20003:20003::/home/fay:/bin/bash\nshadow:fay:locked:1'

const scene = (fay: string, objects: KubeObject[] = [], over: Partial<Scene> = {}): Scene =>
  sceneOf(
    { accounts: accounts(fay) },
    {
      items: ({ apiVersion, kind, fieldSelector }) =>
        objects.filter(
          (one) =>
            one.apiVersion === apiVersion &&
            one.kind === kind &&
            (fieldSelector === undefined || fieldSelector === `type=${one['type']}`),
        ),
      ...over,
    },
  )

const found = (of: Scene): Finding[] => [...leavers.trials(of)] as Finding[]
const things = (of: Scene): (string | undefined)[] => found(of).map(({ thing }) => thing)

const OBJECTS = [
  live(SERVICE_ACCOUNT, 'dev1/fay', {}, { belongs: { user: 'fay', groups: ['dev1'] } }),
  live(ROLE_BINDING, 'dev1/fay-member', {}, { belongs: { user: 'fay', groups: ['dev1'] } }),
  live(
    TOKEN_SECRET,
    'dev1/fay-token-1',
    { type: 'kubernetes.io/service-account-token' },
    { belongs: { user: 'fay' } },
  ),
]
const BOBS = live(SERVICE_ACCOUNT, 'dev1/bob', {}, { belongs: { user: 'bob', groups: ['dev1'] } })
const OTHERS = live(SERVICE_ACCOUNT, 'dev1/fay', {}, { labels: { 'arena-playbooks/user': 'fay' } })

it('names the account and every object of somebody whose line was deleted', () => {
  assert.equal(things(scene(FAY, [...OBJECTS, BOBS])), [
    'account on client01',
    'ServiceAccount dev1/fay',
    'RoleBinding dev1/fay-member',
    'Secret dev1/fay-token-1',
  ])
  for (const finding of found(scene(FAY, OBJECTS))) {
    assert.equal(finding.subjects, ['fay'])
    assert.match(
      wordsOfRepair(finding.repair),
      /retired: \[\{ name: "fay", uid: 20003, since: "\d{4}-\d\d-\d\d" \}\]; then run setup/,
    )
  }
})

it('has setup finish with whoever is listed as retired', () => {
  const retired = [
    { name: 'fay', uid: 20_003, home: '/home/fay', since: '2026-01-31', accounts: 'local' as const },
  ]
  const [finding] = found(scene(FAY, [], { inventory: { ...INVENTORY, retired } }))
  assert.match(wordsOfRepair(finding!.repair), /^run setup/)
})

it('passes where whoever left is shut out, and is not about what others labelled', () => {
  assert.equal(things(scene(SHUT, [BOBS, OTHERS])), [undefined])
  assert.is(found(scene(SHUT))[0]!.verdict, 'pass')
})

it('cannot tell of a machine that could not be read, and hides nothing of the cluster by it', () => {
  const unread = sceneOf({ accounts: null }, { items: scene(FAY, OBJECTS).items })
  assert.equal(
    found(unread).map(({ verdict }) => verdict),
    ['unknown', 'fail', 'fail', 'fail'],
  )
})

it.run()
