import * as assert from 'uvu/assert'
import type { Deed } from '../../../lib/check.ts'
import { asTheUser } from '../../../lib/checks/as-the-user.ts'
import { askedByHimself } from '../../../lib/checks/rights/decisive.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/as-the-user')

const [whoami, rights] = asTheUser as [(typeof asTheUser)[number], (typeof asTheUser)[number]]

const himself = (name: string, namespace: string): string => {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  const username = `system:serviceaccount:${namespace}:${name}`
  return `${JSON.stringify({ userInfo: { groups, uid: 'x', username } })}\n`
}

type Ended = Parameters<typeof eachPrinted>[0]

const who = (of: Ended): string[] => findingsOf(whoami, sceneOf({ 'as the user': eachPrinted(of) }))

const TOM = 'pass tom on client01: authenticates with their own identity, in their groups'

it('each is himself', () => {
  assert.equal(who({ bob: himself('bob', 'dev1'), tom: himself('tom', 'dev2') }), [
    TOM.replace('tom', 'bob'),
    TOM,
  ])
})

it('a token of somebody else is found, and one group more', () => {
  const tom = himself('tom', 'dev2')
  assert.match(
    who({ bob: tom, tom })[0]!,
    /^fail bob on client01: is somebody else .* system:serviceaccount:dev2:tom in /,
  )
  const more = himself('bob', 'dev1').replace(
    '"system:authenticated"',
    '"system:authenticated","system:masters"',
  )
  assert.match(who({ bob: more, tom })[0]!, /^fail bob .*system:masters$/)
})

for (const [sentence, stderr, expected] of [
  [
    'a dead token fails',
    'error: unable to recognize "STDIN": the server has asked for the client to provide credentials',
    /^fail .* a token that the API server does not take$/,
  ],
  [
    'a server that is not reached says nothing',
    'error: unable to recognize "STDIN": Get "https://10.0.0.91:6443/api": dial tcp 10.0.0.91:6443: ' +
      'connect: connection refused',
    /^unknown .*does not reach the API server from there: .*refused/,
  ],
  [
    'another authority fails',
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    /^fail .*does not trust the API server/,
  ],
  [
    'a context that is not there fails',
    'error: context "dev1" does not exist',
    /^fail .*was stopped: error: context "dev1" does not exist$/,
  ],
  [
    'an old server is told',
    'error: resource mapping not found: no matches for kind "SelfSubjectReview"',
    /^untested .*1\.28/,
  ],
] as const)
  it(sentence, () => {
    assert.match(who({ bob: { code: 1, stderr }, tom: himself('tom', 'dev2') })[0]!, expected)
  })

it('what took too long says nothing, and neither does what was not tried after it', () => {
  assert.equal(who({ bob: { code: 124, stderr: '' } }), [
    'unknown bob on client01: got no answer in time',
    'unknown tom on client01: was not tried, because several before got no answer',
  ])
})

const NAMESPACES = ['dev1', 'dev2', 'kube-system', 'default']

const served = [
  { group: '', resource: 'pods', namespaced: true },
  { group: '', resource: 'pods', subresource: 'log', namespaced: true },
  { group: '', resource: 'pods', subresource: 'exec', namespaced: true },
  { group: 'kubeflow.org', resource: 'tfjobs', namespaced: true },
] as const

/** What a member may do of what is asked. */
const isWork = ({ verb, resource, subresource, namespace }: Deed, own: string): boolean =>
  namespace === own &&
  ['list pods', 'get pods/log', 'create pods/exec', 'list tfjobs', 'create tfjobs', 'delete tfjobs'].includes(
    `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`,
  )

const answer = (status: object): string => `${JSON.stringify(status)}\n`

const allowed = (
  own: string,
  except: (deed: Deed, right: boolean) => boolean = (_, right) => right,
): string =>
  askedByHimself([own], NAMESPACES, { inShort: false })
    .map((deed) => answer({ allowed: except(deed, isWork(deed, own)) }))
    .join('')

const may = (bob: string): string[] =>
  findingsOf(
    rights,
    sceneOf(
      {
        'as the user': eachPrinted({
          bob: himself('bob', 'dev1') + bob,
          tom: himself('tom', 'dev2') + allowed('dev2'),
        }),
      },
      { resources: () => served.map((one) => ({ version: 'v1', kind: 'x', verbs: [], ...one })) },
    ),
  )

it('answers as the inventory says pass, with how many were asked', () => {
  assert.match(
    may(allowed('dev1'))[0]!,
    /^pass bob on client01: may do what the inventory grants, and no more, of \d\d\d deeds/,
  )
})

it('a right too much and one too few are named', () => {
  const found = may(
    allowed('dev1', (deed, right) => {
      if (deed.verb === 'list' && deed.resource === 'secrets' && deed.namespace === 'dev2') return true
      return deed.verb === 'create' && deed.resource === 'tfjobs' ? false : right
    }),
  )
  assert.equal(found.slice(0, 2).toSorted(), [
    'fail bob on client01: is refused what the inventory grants: create tfjobs.kubeflow.org in dev1',
    'fail bob on client01: may do more than the inventory grants: no role says so: list secrets in dev2',
  ])
})

it('answers that are missing say nothing', () => {
  assert.match(may(answer({ allowed: false }))[0]!, /^unknown bob on client01: got fewer answers/)
})

it('an answer that is neither yes nor no is no pass', () => {
  for (const status of [
    { allowed: false, evaluationError: 'webhook: no answer' },
    { allowed: false, conditionsChain: [{ conditions: [{ effect: 'Allow', condition: 'true' }] }] },
  ]) {
    const found = may(allowed('dev1').replace(/.*\n/, () => answer(status)))
    assert.equal(found.length, 2)
    assert.match(found[0]!, /^unknown bob on client01: what the API server says .* is neither yes nor no/)
  }
})

it('those with the same memberships ask in short, in the context of their first group', () => {
  const { users } = INVENTORY
  const ann = { ...users[0]!, name: 'ann', uid: 20_003 }
  const inventory = { ...INVENTORY, users: [...users, ann] }
  const text = String(
    rights.probes!({
      inventory,
      host: inventory.hosts[0]!,
      users: inventory.users,
      isFirst: true,
    })[0]!.script,
  )
  assert.match(text, /^ann\) context=dev1 ;;$/m)
  const asked = (name: string): number =>
    new RegExp(`^${name}\\) asks=(.*)$`, 'm').exec(text)![1]!.split('SelfSubjectAccessReview').length - 1
  assert.ok(asked('bob') > 100 && asked('ann') < 40, `${asked('bob')} and ${asked('ann')}`)
})

it.run()
