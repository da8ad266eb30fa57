import * as assert from 'uvu/assert'
import { machines } from '../../../lib/checks/machine.ts'
import { printed } from '../../support/printed.ts'
import { findingsOf, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/machine')

const CLEAN = {
  accounts: printed('passwd:bob:x:20001:20001::/home/bob:/bin/bash\ntoday:1795478400'),
  'common directories': printed('43ff 0 0 9 4096 /tmp\n43ff 0 0 2 4096 /var/tmp'),
  links: printed('protected_hardlinks:1\nprotected_symlinks:1'),
  'limits of users': 'MemoryMax=8G\n',
}

const found = (id: string, there: Record<string, string>): string[] =>
  findingsOf(machines.find((check) => check.id === id)!, sceneOf({ ...CLEAN, ...there }))

it('a machine with nothing open passes everything', () => {
  assert.equal(
    machines.flatMap(({ id }) => found(id, {})).filter((line) => !line.startsWith('pass ')),
    [],
  )
})

for (const [sentence, id, there, says] of [
  [
    'a secret in arguments is told by program, process and user, and not itself',
    'K5',
    { 'secrets in arguments': 'process 4711 20001 my job\nprocess 12 7 x\n' },
    'fail client01: a process has a secret in its arguments, which all can read: my job (process 4711 of bob)',
  ],
  [
    'arguments that all see are told',
    'K5',
    { 'secrets in arguments': 'open\n' },
    "gap client01: users see the arguments of each other's processes",
  ],
  [
    'a common directory without its bit fails',
    'K6',
    { 'common directories': '41ff 0 0 9 4096 /tmp\n' },
    "fail client01: all may take away each other's files: /tmp",
  ],
  [
    'links that are followed are told',
    'K6',
    { links: 'protected_hardlinks:1\nprotected_symlinks:0\n' },
    'gap client01: links that one user puts into a common directory are followed by others',
  ],
  [
    'users without limits are told',
    'K8',
    { 'limits of users': '' },
    'gap client01: one user can take all the memory of the machine',
  ],
  [
    'a program that is missing fails',
    'K9',
    { programs: 'missing /usr/local/bin/arena\n' },
    'fail client01: lacks a part of Arena: /usr/local/bin/arena',
  ],
  [
    'a chart that others write fails',
    'K9',
    { programs: 'open /charts/tfjob\n' },
    'fail client01: has a part of Arena that others can change: /charts/tfjob',
  ],
  [
    "charts of the user's own are told",
    'K9',
    { 'charts of users': '41ed 20001 20001 2 4096 /home/bob/charts\n' },
    'gap bob on client01: has charts of their own, which Arena takes rather than those in /charts',
  ],
] as const)
  it(sentence, () => {
    assert.is(found(id, there)[0], says)
  })

it.run()
