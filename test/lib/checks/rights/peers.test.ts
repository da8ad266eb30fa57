import * as assert from 'uvu/assert'
import { givenTwice, peersOf } from '../../../../lib/checks/rights/peers.ts'
import type { Inventory } from '../../../../lib/inventory/schema.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type Json,
  type KubeObject,
  ROLE,
  ROLE_BINDING,
} from '../../../../lib/kube/object.ts'
import { bound, clusterOf } from '../../../support/cluster.ts'
import { live } from '../../../support/live.ts'
import { filesRead, printed } from '../../../support/printed.ts'
import { INVENTORY, sceneOf } from '../../../support/scene.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('matrix')

const ben = { ...INVENTORY.users[0]!, name: 'ben', uid: 20_003, home: '/home/ben' }

/** bob and ben are members of dev1. */
const COLLEAGUES: Partial<Inventory> = { users: [INVENTORY.users[0]!, ben] }

const rule = (resource: string): object => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })
const role = (name: string, ...resources: string[]): KubeObject =>
  live(ROLE, `dev1/${name}`, { rules: resources.map(rule) })
const ours = (binding: KubeObject): KubeObject => ({
  ...binding,
  metadata: { ...binding.metadata, labels: { 'arena-playbooks/inventory': 'prod' } },
})
const member = (user: string, of: string): KubeObject =>
  ours(bound(ROLE_BINDING, `dev1/${user}-member`, `Role ${of}`, `dev1/${user}`))

/** Who is taken for alike, and whether any of them may read Secrets. */
const peers = (...objects: KubeObject[]): { users: string[]; secrets: boolean }[] =>
  peersOf(clusterOf(objects, COLLEAGUES)).map(({ users, actual }) => ({
    users: users.map(({ name }) => name),
    secrets: [...actual.values()].some(({ deed }) => deed.resource === 'secrets'),
  }))

it('takes two users for alike when their roles have the same rules', () => {
  assert.equal(peers(role('member', 'pods'), member('bob', 'member'), member('ben', 'member')), [
    { users: ['bob', 'ben'], secrets: false },
  ])
})

it('has somebody with a token of their own stand for all, and not whoever put a word in its place', () => {
  const home = (name: string, uid: number): string[] => [
    `41c0 ${uid} ${uid} 3 4096 /home/${name}`,
    `41c0 ${uid} ${uid} 2 4096 /home/${name}/.kube`,
    `8180 ${uid} ${uid} 1 900 /home/${name}/.kube/config`,
  ]
  const claims = Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:dev1:ben' })).toString('base64url')
  const config = (name: string, token: string) => ({
    path: `./home/${name}/.kube/config`,
    uid: name === 'bob' ? 20_001 : 20_003,
    content: JSON.stringify({ users: [{ name, user: { token } }] }),
  })
  const { on } = sceneOf({
    'kube directories': printed([...home('bob', 20_001), ...home('ben', 20_003)].join('\n')),
    kubeconfigs: filesRead(config('bob', 'cannot'), config('ben', `e30.${claims}.c2ln`)),
  })
  const objects = [role('member', 'pods'), member('bob', 'member'), member('ben', 'member')]
  const [alike] = peersOf({ ...clusterOf(objects, COLLEAGUES), on })
  assert.equal(
    alike!.users.map(({ name }) => name),
    ['ben', 'bob'],
  )
  assert.match(alike!.who.username, /:ben$/)
})

it('is not taken in by the name of a role with as many rules', () => {
  for (const name of ['evil', 'x of Role member'])
    assert.equal(
      peers(role('member', 'pods'), role(name, 'secrets'), member('bob', 'member'), member('ben', name)),
      [
        { users: ['bob'], secrets: false },
        { users: ['ben'], secrets: true },
      ],
      name,
    )
})

it('keeps users apart whose rights come of bindings that somebody else made: each has a repair of its own', () => {
  const view = live(CLUSTER_ROLE, 'view', { rules: [rule('pods')] })
  const extra = (user: string): KubeObject =>
    bound(CLUSTER_ROLE_BINDING, `${user}-extra`, 'ClusterRole view', `dev1/${user}`)
  assert.equal(peers(view, extra('bob'), extra('ben')), [
    { users: ['bob'], secrets: false },
    { users: ['ben'], secrets: false },
  ])
  const both = extra('bob')
  both['subjects'] = [...(both['subjects'] as Json[]), ...(extra('ben')['subjects'] as Json[])]
  assert.equal(peers(view, both), [{ users: ['bob', 'ben'], secrets: false }])
})

it('tells each binding of others that gives a right, also where another one gives the same', () => {
  const objects = ['one', 'two'].flatMap((name) => [
    live(CLUSTER_ROLE, name, { rules: [rule('secrets')] }),
    bound(CLUSTER_ROLE_BINDING, name, `ClusterRole ${name}`, 'dev1/bob'),
  ])
  const scene = clusterOf(objects, { users: [INVENTORY.users[0]!] })
  const [bob] = peersOf(scene)
  const first = new Set([...bob!.actual.values()].map(({ grant }) => grant.binding.name))
  const twice = givenTwice(bob!, scene)
  assert.equal([...first, ...twice.map(([grant]) => grant.binding.name)], ['one', 'two'])
  assert.ok(twice.every(([, rights]) => rights.length > 0))
})

it.run()
