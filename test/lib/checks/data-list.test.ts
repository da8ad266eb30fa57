import * as assert from 'uvu/assert'
import { dataList } from '../../../lib/checks/data-list.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/data-list')

const volume = (name: string, group: string, about: object) => ({
  name,
  group,
  server: 'nas',
  path: `/${name}`,
  size: '5Gi',
  access: 'ReadWriteMany' as const,
  driver: 'alibaba' as const,
  volumeHandle: name,
  ...about,
})

const inventory = {
  ...INVENTORY,
  volumes: [
    volume('dev1-public', 'dev1', { description: 'dev1 组内共享  两格', owner: 'admin' }),
    volume('dev1-all', 'dev1', {}),
  ],
}

/** Cells as Arena sets them: as wide as the longest letters and two more. */
const row = (name: string, mode: string, description: string, owner: string, age: string): string =>
  name.padEnd(13) + mode.padEnd(15) + description.padEnd(15) + owner.padEnd(7) + age

const HEAD = row('NAME', 'ACCESSMODE', 'DESCRIPTION', 'OWNER', 'AGE')
const about = (owner: string): string =>
  row('dev1-public', 'ReadWriteMany', 'dev1 组内共享  两格', owner, '32s')
const PUBLIC = about('admin')
const ALL = row('dev1-all', 'ReadWriteMany', '', '', '2d')

const shown = (...rows: string[]): string => `namespace dev1\n${[HEAD, ...rows].join('\n')}\n`
const NONE = 'namespace dev2\nNAME  ACCESSMODE  DESCRIPTION  OWNER  AGE\n'

const found = (bob: string | { code: number; stderr: string }): string[] =>
  findingsOf(dataList, sceneOf({ 'arena data list': eachPrinted({ bob, tom: NONE }) }, { inventory }))

const TOM = 'pass tom in dev2'

it('exactly the volumes of the group pass, whatever letters and spaces describe them', () => {
  assert.equal(found(shown(PUBLIC, ALL)).toSorted(), [TOM.replace('tom in dev2', 'bob in dev1'), TOM])
})

it('one that is missing, one that is described otherwise and one too many are named', () => {
  assert.equal(found(shown(PUBLIC)), ['fail bob in dev1: dev1-all → run setup', TOM])
  assert.equal(found(shown(about('bob'), ALL)), [
    'fail bob in dev1: dev1-public (dev1 组内共享  两格, admin) → run setup',
    'fail bob in dev1: dev1-public (dev1 组内共享  两格, bob) → advice',
    TOM,
  ])
  assert.is(
    found(shown(PUBLIC, ALL, row('scratch', 'ReadWriteOnce', '', '', '1s')))[0]!,
    'fail bob in dev1: scratch → advice',
  )
})

it('Arena that does not start is no volume that is missing', () => {
  const stderr = 'failed to create arena client: dial tcp 127.0.0.1:1: connect: connection refused'
  assert.is(found({ code: 1, stderr })[0]!, 'unknown bob in dev1 (127.0.0.1:1)')
})

it.run()
