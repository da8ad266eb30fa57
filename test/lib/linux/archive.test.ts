import * as assert from 'uvu/assert'
import { readArchives } from '../../../lib/linux/archive.ts'
import type { Answers } from '../../../lib/resource/type.ts'
import { suite } from '../../support/suite.ts'

const it = suite('archive')

const BOB = '/var/backups/arena-playbooks/bob-20001'

const archivesOf = (...paths: string[]) =>
  readArchives({
    text: () => paths.map((path, index) => `sum${index}  ${path}\n`).join(''),
  } as unknown as Answers)({
    name: 'bob',
    uid: 20001,
  })

it('tells the archives of somebody in their order, and the path of the next, which is that of none', () => {
  assert.equal(archivesOf(), { all: [], next: `${BOB}.tar.gz` })
  assert.equal(archivesOf(`${BOB}.2.tar.gz`, `${BOB}.tar.gz`), {
    all: [
      { path: `${BOB}.tar.gz`, sha256: 'sum1' },
      { path: `${BOB}.2.tar.gz`, sha256: 'sum0' },
    ],
    next: `${BOB}.3.tar.gz`,
  })
})

it('takes nobody else for them', () =>
  assert.equal(archivesOf(`${BOB}0.tar.gz`, BOB.replace('bob', 'bob-2')).all, []))

it.run()
