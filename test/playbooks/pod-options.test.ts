import * as assert from 'uvu/assert'
import type { Peek } from '../../lib/playbook.ts'
import addGroup from '../../playbooks/add-group.ts'
import setQuota from '../../playbooks/set-quota.ts'
import { INVENTORY } from '../support/scene.ts'
import { suite } from '../support/suite.ts'

const it = suite('what pods may, on a command line')

const BEFORE: Peek = { accounts: new Map(), tokens: [] }
const LISTS = { hugepages: [], device: [], deviceClass: [], priorityClass: [] }
const [dev1] = INVENTORY.groups
const THERE = {
  ...INVENTORY,
  groups: [{ ...dev1!, pods: { imageVolumes: true, priorityClasses: ['urgent'] } }],
}

const fields = (edits: readonly object[]): unknown[] =>
  edits.map((edit) => [(edit as { field: string[] }).field.join('.'), (edit as { value: unknown }).value])

it('is set of a group beside its quota, and only where it differs', () => {
  const flags = {
    ...LISTS,
    group: ['dev1'],
    imageVolumes: 'yes',
    hostUsers: 'no',
    priorityClass: ['low', 'high'],
  } as const
  assert.equal(fields(setQuota.edits!(INVENTORY, { ...flags, pods: '5' }, BEFORE)), [
    ['quota.pods', 5],
    ['pods.priorityClasses', ['low', 'high']],
    ['pods.imageVolumes', true],
    ['pods.hostUsers', false],
  ])
  assert.equal(
    fields(
      setQuota.edits!(
        THERE,
        { ...LISTS, group: ['dev1'], imageVolumes: 'yes', priorityClass: ['urgent'] },
        BEFORE,
      ),
    ),
    [],
  )
})

it('is taken back with the words for what it is without', () => {
  const flags = {
    ...LISTS,
    group: ['dev1'],
    imageVolumes: 'no',
    hostUsers: 'yes',
    priorityClass: ['none'],
  } as const
  assert.equal(fields(setQuota.edits!(THERE, flags, BEFORE)), [
    ['pods.priorityClasses', undefined],
    ['pods.imageVolumes', undefined],
  ])
})

it('comes with a new group, all that a quota has too', () => {
  const [edit] = addGroup.edits!(
    { ...INVENTORY, hosts: [] },
    {
      ...LISTS,
      name: 'dev9',
      gid: 10_009,
      volume: [],
      gpu: '2',
      ephemeralStorage: '200Gi',
      hugepages: ['2Mi=1Gi'],
      storage: '2Ti',
      claims: '7',
      pods: '9',
      device: ['amd.com/gpu=4'],
      deviceClass: ['gpu.example.com=2'],
      maxGpu: '1',
      maxCpu: '4',
      maxMemory: '8Gi',
      priorityClass: ['urgent'],
      hostUsers: 'no',
    },
    BEFORE,
  )
  assert.equal((edit as { entry: unknown }).entry, {
    name: 'dev9',
    gid: 10_009,
    quota: {
      gpu: 2,
      ephemeralStorage: '200Gi',
      storage: '2Ti',
      claims: 7,
      pods: 9,
      hugepages: { '2Mi': '1Gi' },
      devices: { 'amd.com/gpu': 4 },
      deviceClasses: { 'gpu.example.com': 2 },
      max: { gpu: 1, cpu: 4, memory: '8Gi' },
    },
    pods: { priorityClasses: ['urgent'], hostUsers: false },
  })
})

it('of a group that is there is refused where it is not what the inventory says', () => {
  const added = (flags: { gpu?: string; priorityClass?: string[] }): readonly object[] =>
    addGroup.edits!(
      { ...THERE, groups: [{ ...THERE.groups[0]!, quota: { gpu: 1 } }] },
      { ...LISTS, name: 'dev1', volume: [], ...flags },
      BEFORE,
    )
  assert.equal(added({}), [])
  assert.equal(added({ gpu: '1', priorityClass: ['urgent'] }), [])
  assert.throws(
    () => added({ gpu: '5' }),
    (error: { code: string; message: string }) => error.code === 'usage' && /quota\.gpu/.test(error.message),
  )
  assert.throws(
    () => added({ priorityClass: ['low'] }),
    (error: { code: string; message: string }) =>
      error.code === 'usage' && /pods\.priorityClasses/.test(error.message),
  )
})

it.run()
