import * as assert from 'uvu/assert'
import { userInLabel, userLabel } from '../../../lib/conventions/labels.ts'
import { serviceAccountOf } from '../../../lib/conventions/names.ts'
import { accountMistakes, identityMistakes } from '../../../lib/inventory/account-rules.ts'
import type { Fields } from '../../../lib/inventory/raw.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inventory: accounts of a directory')

const pathsOf = (inventory: Fields): string[] => {
  const found: string[] = []
  accountMistakes(inventory, (path) => found.push(path.join('.')))
  identityMistakes(inventory, (path) => found.push(path.join('.')))
  return found
}

const users = (...users: object[]): Fields => ({ accounts: 'directory', users })

it('takes names and ids as directories give them, and refuses them of local accounts', () => {
  for (const name of ['zhang.san', 'li_si', 'Wang', 'zhang@corp.example.com', '7zip', 'x'.repeat(60)])
    assert.equal(pathsOf(users({ name, uid: 1_154_601_107 })), [], name)
  for (const uid of [1, 501, 999]) {
    assert.equal(pathsOf(users({ name: 'zhang.san', uid })), [], String(uid))
    assert.equal(pathsOf(users({ name: 'zhang', uid, accounts: 'local' })), ['users.0.uid'], String(uid))
  }
  for (const [linuxGroup, found] of [
    ['directory', []],
    ['local', ['groups.0.gid']],
  ] as const)
    assert.equal(pathsOf({ groups: [{ name: 'vision', gid: 513, linuxGroup }] }), found)
  assert.equal(pathsOf({ users: [{ name: 'zhang.san', uid: 1_154_601_107 }] }), [
    'users.0.name',
    'users.0.uid',
  ])
  assert.equal(pathsOf(users({ name: 'zhang.san', uid: 61_000, accounts: 'local' })), [
    'users.0.name',
    'users.0.uid',
  ])
})

it('refuses what no directory gives, or what programs take for something else', () => {
  for (const name of [
    '12345',
    '-x',
    'x.',
    'a..b',
    'a@b@c',
    'a b',
    'CORP\\zhang',
    'root',
    'arena-x',
    'default',
    '',
  ])
    assert.equal(pathsOf(users({ name, uid: 5000 })), ['users.0.name'], name)
  for (const uid of [0, -1, 65_534, 65_535, 4_294_967_295, 1.5])
    assert.equal(pathsOf(users({ name: 'zhang.san', uid })), ['users.0.uid'], String(uid))
})

it('refuses what the directory alone can change', () => {
  const user = { name: 'zhang.san', uid: 5000 }
  for (const field of ['password', 'passwordHash', 'shell', 'gecos'])
    assert.equal(pathsOf(users({ ...user, [field]: 'x' })), [`users.0.${field}`])
  assert.equal(pathsOf(users({ ...user, sshKeys: [], home: '/data/zhang' })), [])
})

it('lets a directory give an account and a group one number, not two accounts', () => {
  const groups = [{ name: 'vision', gid: 5000, linuxGroup: 'directory' }]
  assert.equal(pathsOf({ ...users({ name: 'zhang.san', uid: 5000 }), groups }), [])
  assert.equal(pathsOf({ ...users({ name: 'bob', uid: 5000, accounts: 'local' }), groups }), ['users.0.uid'])
  const two = users({ name: 'zhang.san', uid: 5000 }, { name: 'bob', uid: 5000, accounts: 'local' })
  assert.equal(pathsOf(two), ['users.1.uid'])
})

it('does not put an account of the machines into a group of the directory', () => {
  const groups = [{ name: 'vision', gid: 6000, linuxGroup: 'directory' }]
  const bob = { name: 'bob', uid: 5000, accounts: 'local', groups: ['vision'] }
  assert.equal(pathsOf({ ...users(bob), groups }), ['users.0.groups.0'])
  const hosts = [{ memberships: { bob: ['vision'] } }]
  assert.equal(pathsOf({ ...users({ ...bob, groups: [] }), groups, hosts }), ['hosts.0.memberships.bob.0'])
})

it('makes a service account of each name that Kubernetes takes, and no two names one', () => {
  assert.is(serviceAccountOf('bob'), 'bob')
  assert.is(serviceAccountOf('zhang.san'), 'zhang.san')
  const odd = [
    'zhang_san',
    'Zhang.San',
    'ZHANG.SAN',
    'zhang@san',
    'Zhang-San',
    'a.-b',
    'zhang@corp.example.com',
  ]
  const accounts = odd.map(serviceAccountOf)
  assert.is(new Set([...accounts, 'zhang.san', 'zhang-san']).size, odd.length + 2)
  for (const account of accounts)
    assert.match(account, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/)
  assert.match(serviceAccountOf('zhang_san'), /^zhang-san\.[0-9a-f]{6}$/)
  const taken = serviceAccountOf('zhang_san')
  assert.equal(pathsOf(users({ name: 'zhang_san', uid: 5000 }, { name: taken, uid: 5001 })), ['users.1.name'])
})

it('labels say the name itself', () => {
  for (const name of ['bob', 'zhang_san', 'Zhang.San', 'zhang@corp.example.com']) {
    assert.match(userLabel(name), /^[A-Za-z0-9][-A-Za-z0-9_.]*[A-Za-z0-9]$/)
    assert.is(userInLabel(userLabel(name)), name)
  }
})

it.run()
