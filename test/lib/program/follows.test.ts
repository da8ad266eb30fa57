import * as assert from 'uvu/assert'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { followsFrom } from '../../../lib/program/follows.ts'
import type { Playbook, Site } from '../../../lib/program/playbook.ts'
import type { Resource, Target } from '../../../lib/resource/type.ts'
import addGroup from '../../../playbooks/add-group.ts'
import addUser from '../../../playbooks/add-user.ts'
import removeGroup from '../../../playbooks/remove-group.ts'
import removeUser from '../../../playbooks/remove-user.ts'
import setQuota from '../../../playbooks/set-quota.ts'
import setup from '../../../playbooks/setup.ts'
import { INVENTORY } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('follows')

const host = (name: string): Target => ({ type: 'host', name })
const SITE: Site = {
  hosts: [host('client01')],
  cluster: { type: 'cluster', name: 'cluster' },
  here: host('static-manifests'),
  endpoint: { server: 'https://10.0.0.91:6443', ca: 'the authority' },
  newPassword: () => {
    throw new Error('no password is made')
  },
  before: { accounts: new Map(), tokens: [] },
}

const wants = (inventory: Inventory): Resource[] => [...setup.resources(inventory, SITE, {})]

const ids = (keys: Iterable<string>): string[] => [...keys].map((key) => key.slice(key.indexOf(':') + 1))

/** What follows from a change beside what an unchanged inventory has for all. */
const following = (before: Inventory, after: Inventory): string[] =>
  ids(followsFrom(wants(before), wants(after), { manages: [] }))

const STRICT: Inventory = { ...INVENTORY, isolation: 'strict', tokens: 'bound' }
const withPods = (inventory: Inventory, pods: Inventory['groups'][number]['pods']): Inventory => ({
  ...inventory,
  groups: inventory.groups.map((group) => (group.name === 'dev1' && pods ? { ...group, pods } : group)),
})

it('a priority class of one group changes the role of all and the notice of those that are missing', () => {
  const found = following(INVENTORY, withPods(INVENTORY, { priorityClasses: ['urgent'] }))
  assert.ok(found.includes('cluster-role/arena-prod-start'), found.join())
  assert.ok(found.includes('missing-priority-classes/groups'), found.join())
  assert.not(found.some((id) => /bob|tom|dev2/.test(id)))
})

it('the first group whose pods have users of their own brings a policy for all, and the last one takes it', () => {
  const own = withPods(STRICT, { hostUsers: false })
  const there = following(STRICT, own).filter((id) => id.startsWith('mutating-policy'))
  assert.is(there.length, 2)
  assert.equal(
    following(own, STRICT).filter((id) => id.startsWith('mutating-policy')),
    there,
  )
})

it('the role that only somebody who leaves had goes with them', () => {
  const before: Inventory = {
    ...INVENTORY,
    roles: [...INVENTORY.roles, { name: 'viewer', rules: [] }],
    users: INVENTORY.users.map((user) =>
      user.name === 'bob' ? { ...user, groups: [{ group: 'dev1', role: 'viewer' }] } : user,
    ),
  }
  const after = { ...before, users: before.users.filter(({ name }) => name !== 'bob') }
  assert.ok(following(before, after).includes('role/dev1/viewer'))
})

it('without a change it is what the cluster has for all, and nothing of machines or of a group', () => {
  assert.equal(following(STRICT, STRICT), [])
  const resources = wants(STRICT)
  const shared = followsFrom(resources, resources, setup)
  const of = resources.filter(({ key }) => shared.has(key))
  assert.ok(of.some(({ id }) => id === 'cluster-role/arena-prod-start'))
  assert.ok(of.some(({ id }) => id.startsWith('admission-policy/')))
  assert.ok(of.every(({ on, belongs }) => on.type === 'cluster' && !belongs.user && !belongs.groups))
})

it('every playbook that edits the inventory says what its edits are compared in', () => {
  for (const one of [addGroup, addUser, removeGroup, removeUser, setQuota] as unknown as Playbook[])
    assert.equal(
      [...one.whole!.resources(INVENTORY, SITE, {})].map(({ key }) => key),
      wants(INVENTORY).map(({ key }) => key),
    )
})

it.run()
