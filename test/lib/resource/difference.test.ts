import * as assert from 'uvu/assert'
import { differences, merged } from '../../../lib/resource/difference.ts'
import { suite } from '../../support/suite.ts'

const it = suite('compare')

it('finds a changed, a missing and nothing else', () => {
  const diffs = differences({ a: 1, b: { c: 'x' } }, { a: 2, b: {}, other: true }, {})
  assert.equal(diffs, [
    { field: 'a', from: 2, to: 1 },
    { field: 'b.c', from: undefined, to: 'x' },
  ])
})

it('takes equal quantities written differently as equal, only where they are quantities', () => {
  const shape = { quantities: ['hard'] }
  assert.equal(
    differences(
      { hard: { cpu: '8', memory: '60Gi' } },
      { hard: { cpu: '8000m', memory: '64424509440' } },
      shape,
    ),
    [],
  )
  assert.is(differences({ name: '8' }, { name: '8000m' }, shape).length, 1)
})

it('tells live quantities as people write them, and nothing else', () => {
  const kept = '10844792422400m'
  assert.equal(
    differences(
      { hard: { memory: '9Gi' }, limits: [{ max: { memory: '1Gi' } }], labels: { of: 'me' } },
      { hard: { memory: kept, storage: kept }, limits: [], labels: { of: kept } },
      { exact: ['hard'], quantities: ['hard', 'limits'] },
    ).map(({ from }) => from),
    ['10.1Gi', '10.1Gi', [], kept],
  )
  assert.equal(
    differences(
      { limits: [] },
      { limits: [{ type: 'Pod', max: { memory: kept } }] },
      { quantities: ['limits'] },
    ),
    [{ field: 'limits', from: [{ type: 'Pod', max: { memory: '10.1Gi' } }], to: [] }],
  )
})

it('finds a foreign key in an exact map and leaves it in others', () => {
  const live = { hard: { gpu: '1', pods: '5' }, labels: { a: '1', foreign: 'x' } }
  const diffs = differences({ hard: { gpu: '1' }, labels: { a: '1' } }, live, { exact: ['hard'] })
  assert.equal(diffs, [{ field: 'hard.pods', from: '5' }])
})

it('ignores order in sets, and words inside their elements', () => {
  const want = [
    { verbs: ['get', 'list'], resources: ['pods'] },
    { verbs: ['get'], resources: ['events'] },
  ]
  const live = [
    { resources: ['events'], verbs: ['get'] },
    { resources: ['pods'], verbs: ['list', 'get'] },
  ]
  assert.equal(differences({ rules: want }, { rules: live }, { sets: ['rules'] }), [])
})

it('names an element that is too many and one that is missing', () => {
  const diffs = differences({ subjects: ['bob'] }, { subjects: ['eve'] }, { sets: ['subjects'] })
  assert.equal(diffs, [
    { field: 'subjects', to: 'bob' },
    { field: 'subjects', from: 'eve' },
  ])
})

it('takes null as: must be absent', () => {
  assert.equal(differences({ labels: { isolate: null } }, { labels: {} }, {}), [])
  assert.equal(differences({ labels: { isolate: null } }, { labels: { isolate: 'true' } }, {}), [
    { field: 'labels.isolate', from: 'true' },
  ])
})

it('cannot tell an empty string from an absent one, as the API leaves it out', () => {
  assert.equal(differences({ storageClassName: '' }, {}, {}), [])
  assert.is(differences({ storageClassName: '' }, { storageClassName: 'fast' }, {}).length, 1)
})

it('merges what is wanted into the live value, dropping what is in excess', () => {
  const live = {
    hard: { gpu: '2', pods: '5' },
    labels: { isolate: 'true', foreign: 'x' },
    status: { used: 1 },
  }
  const want = { hard: { gpu: '1' }, labels: { isolate: null } }
  assert.equal(merged(want, live, { exact: ['hard'] }), {
    status: { used: 1 },
    hard: { gpu: '1' },
    labels: { foreign: 'x' },
  })
})

it.run()
