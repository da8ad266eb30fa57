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
    'fail client01: my job (process 4711 of bob) → advice',
  ],
  ['arguments that all see are told', 'K5', { 'secrets in arguments': 'open\n' }, 'gap client01 → advice'],
  [
    'a common directory without its bit fails',
    'K6',
    { 'common directories': '41ff 0 0 9 4096 /tmp\n' },
    'fail client01: /tmp → there: chmod 1777 /tmp',
  ],
  [
    'links that are followed are told',
    'K6',
    { links: 'protected_hardlinks:1\nprotected_symlinks:0\n' },
    'gap client01 → there: sysctl -w fs.protected_symlinks=1',
  ],
  ['users without limits are told', 'K8', { 'limits of users': '' }, 'gap client01 → advice'],
  [
    'a limit that is none is told',
    'K8',
    { 'limits of users': 'MemoryMax=infinity\nMemoryHigh=\n* hard as unlimited\n' },
    'gap client01 → advice',
  ],
  [
    'a limit that users raise themselves is told',
    'K8',
    { 'limits of users': '* soft as 8000000\n' },
    'gap client01 → advice',
  ],
  [
    'a limit of root, or of one group of two, is told',
    'K8',
    { 'limits of users': 'root hard as 8000000\n@dev1 hard as 8000000\n' },
    'gap client01 → advice',
  ],
  ...['@dev1 - as unlimited', 'bob hard as -1'].map(
    (line) =>
      [
        `'${line}' lifts the limit of all`,
        'K8',
        { 'limits of users': `* hard as 8000000\n${line}\n` },
        'gap client01 → advice',
      ] as const,
  ),
  ...[
    '*  -  as  8000000',
    '@arena-prod hard as 8000000',
    '@dev1 hard as 8\n@dev2 - as 8',
    'bob hard as 8\ntom hard as 8',
    '* hard as 8\nroot - as unlimited',
  ].map(
    (lines) =>
      [`'${lines}' is one of all users`, 'K8', { 'limits of users': `${lines}\n` }, 'pass client01'] as const,
  ),
  [
    'a program that is missing fails',
    'K9',
    { programs: 'missing /usr/local/bin/arena\n' },
    'fail client01: /usr/local/bin/arena → run setup',
  ],
  [
    'a chart that others write fails',
    'K9',
    { programs: 'open /charts/tfjob\n' },
    'fail client01: /charts/tfjob → run setup',
  ],
  [
    "charts of the user's own are told",
    'K9',
    { 'charts of users': '41ed 20001 20001 2 4096 /home/bob/charts\n' },
    'gap bob on client01 (/charts) → advice',
  ],
] as const)
  it(sentence, () => {
    assert.is(found(id, there)[0], says)
  })

it.run()
