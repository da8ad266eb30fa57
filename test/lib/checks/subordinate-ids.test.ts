import * as assert from 'uvu/assert'
import type { Scene } from '../../../lib/audit/facts.ts'
import { subordinateIds } from '../../../lib/checks/subordinate-ids.ts'
import { printed } from '../../support/printed.ts'
import { findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/subordinate-ids')

const machine = (ranges: readonly string[], over: Partial<Scene> = {}): Scene =>
  sceneOf(
    {
      accounts: printed(`passwd:root:x:0:0:root:/root:/bin/bash
        passwd:bob:x:20001:20001::/home/bob:/bin/bash
        passwd:ann:x:24700:24700::/home/ann:/bin/bash
        group:root:0:
        group:shadow:42:
        group:dev1:10001:bob
        group:bob:20001:
        group:ann:24700:
        shadow:bob:set:
        today:1795478400`),
      'subordinate ids': ranges.map((range) => `${range}\n`).join(''),
    },
    over,
  )

const found = (...ranges: string[]): string[] =>
  findingsOf(subordinateIds[0]!, machine(ranges)).filter((line) => line.includes('client01'))

const CLEAN = ['pass client01']

it('are nobody else’s as useradd gives them, in several lines too, and root’s may be everybody’s', () => {
  assert.equal(
    found(
      'subuid:bob:100000:65536',
      'subuid:ann:165536:65536',
      'subuid:20001:100000:10',
      'subuid:bob:100010:5',
    ),
    CLEAN,
  )
  assert.equal(found('subuid:root:0:4294967295', 'subuid:gone:20001:1', 'subuid:bob:20001:1'), CLEAN)
  assert.equal(found('subuid:ann:20001:0', 'subuid:ann:', 'subuid:ann:x:5'), CLEAN)
})

it('are told of where they hold an account, here or of the inventory, or a group', () => {
  assert.equal(found('subuid:ann:20000:2'), [
    'fail ann on client01 (/etc/subuid): bob (20001) → there: usermod --del-subuids 20000-20001 ann',
  ])
  assert.equal(found('subgid:24700:42:1'), [
    "fail ann on client01 (/etc/subgid): shadow (42) → there: sed -i '/^24700:42:1$/d' /etc/subgid",
  ])
  const tom = INVENTORY.users.find(({ name }) => name !== 'bob')!
  const [line] = found(`subuid:bob:${tom.uid}:1`)
  assert.match(line!, `fail bob on client01 (/etc/subuid): ${tom.name} (${tom.uid})`)
  assert.match(found('subuid:bob:0:65536')[0]!, /root \(0\)/)
})

it('are told of somebody whose account a directory has', () => {
  const users = INVENTORY.users.map((user) => ({ ...user, accounts: 'directory' as const }))
  const ranges = ['subuid:tom:20001:1', 'subuid:20002:24700:1']
  const [one, other] = findingsOf(subordinateIds[0]!, machine(ranges, { inventory: { ...INVENTORY, users } }))
  assert.is(
    one,
    "fail tom on client01 (/etc/subuid): bob (20001) → there: sed -i '/^tom:20001:1$/d' /etc/subuid",
  )
  assert.match(other!, 'fail tom on client01 (/etc/subuid): ann (24700)')
})

it('are told of where two people have the same, in whatever order', () => {
  assert.equal(found('subuid:ann:165000:1000', 'subuid:bob:100000:65536'), [
    'fail ann on client01 (/etc/subuid): bob → there: usermod --del-subuids 165000-165999 ann',
  ])
  assert.equal(found('subuid:ann:165000:1000', 'subgid:bob:100000:65536'), CLEAN)
})

it.run()
