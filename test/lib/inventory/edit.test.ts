import * as assert from 'uvu/assert'
import { applied, type Edit, edited } from '../../../lib/inventory/edit.ts'
import { diffLines } from '../../../lib/inventory/edit-diff.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inventory: edits')

const user03: Edit = { do: 'add', list: 'users', entry: { name: 'user03', uid: 20003, groups: ['dev1'] } }
const remove = (name: string): Edit => ({ do: 'remove', list: 'users', name })
const retire = (name: string, uid: number): Edit[] => [
  remove(name),
  { do: 'add', list: 'retired', entry: { name, uid, since: '2026-11-24' } },
]
const dev1 = (field: [string, ...string[]], value: unknown): Edit => ({
  do: 'set',
  list: 'groups',
  name: 'dev1',
  field,
  value,
})
const bob = (field: [string, ...string[]], value: unknown): Edit => ({
  do: 'set',
  list: 'users',
  name: 'bob',
  field,
  value,
})

type Row = [before: string, edits: Edit | readonly Edit[], ...lines: string[]]

/** Each row is a file, what is to be so, and the lines that go and come. */
const table = (file: string, rows: Record<string, Row>): void => {
  for (const [title, [before, edits, ...lines]] of Object.entries(rows))
    it(`${file}: ${title}`, () => {
      const after = edited(file, before, [edits].flat())
      const changed = diffLines(before, after).filter((line) => /^[-+]/.test(line))
      assert.equal(changed, lines)
      assert.is(edited(file, after, [edits].flat().slice(-1)), after, 'the last edit again changes something')
    })
}

const BOB = "    { name: 'bob', uid: 20001, groups: ['dev1'] },"
const TOM = "    { name: 'tom', uid: 20002, groups: ['dev2'] },"
const NEW = "    { name: 'user03', uid: 20003, groups: ['dev1'] },"

/** A module with these lines between its groups and its end. */
const module = (...lines: string[]): string => `import { defineInventory } from './schema.ts'

export default defineInventory({
  name: 'prod',
  groups: [
    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },
    { name: 'dev2', gid: 10002, quota: { gpu: 2 } },
  ],
${lines.join('\n')}
})
`

const users = (...lines: string[]): string => module('  users: [', ...lines, '  ],')

table('new.ts', {
  'a user comes after the last one': [users(BOB, TOM), user03, `+${NEW}`],
  'the last one has no comma': [
    users(BOB, TOM.slice(0, -1)),
    user03,
    `-${TOM.slice(0, -1)}`,
    `+${TOM}`,
    `+${NEW.slice(0, -1)}`,
  ],
  'the last one has a comment and no comma': [
    users(BOB, `${TOM.slice(0, -1)} // of dev2, soon`),
    user03,
    `-${TOM.slice(0, -1)} // of dev2, soon`,
    `+${TOM} // of dev2, soon`,
    `+${NEW.slice(0, -1)}`,
  ],
  'comments below the last one stay below': [
    users(BOB, `${TOM} // soon`, '    // { name: "eve", uid: 20009 },', '', '    // one a line'),
    user03,
    `+${NEW}`,
  ],
  'a name that is no identifier stands in quotes': [
    module(),
    dev1(['quota', 'devices'], { 'amd.com/gpu': 4 }),
    "-    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },",
    "+    { name: 'dev1', gid: 10001, quota: { gpu: 1, devices: { 'amd.com/gpu': 4 } } },",
  ],
  'an empty list': [
    module('  users: [], // nobody yet'),
    user03,
    '-  users: [], // nobody yet',
    `+  users: [${NEW.trim().slice(0, -1)}], // nobody yet`,
  ],
  'a list of comments': [users('    // nobody, yet'), user03, `+${NEW}`],
  'a list of comments on one line': [
    module('  users: [/* nobody, yet */],'),
    user03,
    '-  users: [/* nobody, yet */],',
    `+  users: [/* nobody, yet */ ${NEW.trim().slice(0, -1)}],`,
  ],
  'the second one of a list on one line gets lines, as formatters do it': [
    module(`  users: [${BOB.trim().slice(0, -1)}],`),
    user03,
    `-  users: [${BOB.trim().slice(0, -1)}],`,
    '+  users: [',
    `+${BOB}`,
    `+${NEW}`,
    '+  ],',
  ],
  'the third one of a list on one line stays there': [
    module("  users: [{ name: 'bob', uid: 1001 }, { name: 'tom', uid: 1002 }],"),
    { do: 'add', list: 'users', entry: { name: 'eve', uid: 1003, groups: [] } },
    "-  users: [{ name: 'bob', uid: 1001 }, { name: 'tom', uid: 1002 }],",
    "+  users: [{ name: 'bob', uid: 1001 }, { name: 'tom', uid: 1002 }, { name: 'eve', uid: 1003, groups: [] }],",
  ],
  'several lines each, with lines between': [
    users(
      "    {\n      name: 'bob',\n      uid: 20001,\n      groups: [\n        'dev1',\n      ],\n    },",
      '',
      "    {\n      name: 'tom',\n      uid: 20002,\n      groups: [\n        'dev2',\n      ],\n    },",
    ),
    user03,
    '+',
    '+    {',
    "+      name: 'user03',",
    '+      uid: 20003,',
    '+      groups: [',
    "+        'dev1',",
    '+      ],',
    '+    },',
  ],
  'double quotes, no spaces in braces, brackets that share lines': [
    'export default {\n  users: [{\n    name: "bob", groups: []\n  }, {\n    name: "tom", password: ' +
      '{env: "T"}\n  }]\n}',
    { do: 'add', list: 'users', entry: { name: 'eve', uid: 1003, groups: [{ group: 'a', role: 'b' }] } },
    '+  }, {',
    '+    name: "eve",',
    '+    uid: 1003,',
    '+    groups: [{group: "a", role: "b"}]',
  ],
  'tabs and CRLF': [
    `export default {\r\n\tusers: [\r\n\t\t{ name: 'bob', uid: 20001, groups: ['dev1'] },\r\n\t],\r\n}\r\n`,
    [user03, bob(['gecos'], 'B'.repeat(90))],
    "-\t\t{ name: 'bob', uid: 20001, groups: ['dev1'] },",
    '+\t\t{',
    "+\t\t\tname: 'bob',",
    '+\t\t\tuid: 20001,',
    "+\t\t\tgroups: ['dev1'],",
    `+\t\t\tgecos: '${'B'.repeat(90)}',`,
    '+\t\t},',
    "+\t\t{ name: 'user03', uid: 20003, groups: ['dev1'] },",
  ],
  'everything on one line': [
    "export default { groups: [], users: [{ name: 'bob', uid: 20001, groups: ['dev1'] }] }",
    [user03, ...retire('bob', 20001)],
    "-export default { groups: [], users: [{ name: 'bob', uid: 20001, groups: ['dev1'] }] }",
    "+export default { groups: [], users: [{ name: 'user03', uid: 20003, groups: ['dev1'] }], " +
      "retired: [{ name: 'bob', uid: 20001, since: '2026-11-24' }] }",
  ],
  'one who does not fit on a line gets several; Chinese counts twice': [
    users(BOB),
    {
      do: 'add',
      list: 'users',
      entry: {
        name: 'user03',
        uid: 20003,
        groups: ['dev1'],
        gecos: '鲍勃'.repeat(14),
        password: { env: 'U' },
      },
    },
    '+    {',
    "+      name: 'user03',",
    '+      uid: 20003,',
    "+      groups: ['dev1'],",
    `+      gecos: '${'鲍勃'.repeat(14)}',`,
    "+      password: { env: 'U' },",
    '+    },',
  ],
  'a line may be as long as those around it are': [
    users(`    { name: 'bob', uid: 20001, groups: [], gecos: '${'b'.repeat(90)}' },`),
    { do: 'add', list: 'users', entry: { name: 'eve', uid: 20003, groups: [], gecos: 'e'.repeat(90) } },
    `+    { name: 'eve', uid: 20003, groups: [], gecos: '${'e'.repeat(90)}' },`,
  ],
  'texts with quotes and backslashes': [
    users(BOB),
    { do: 'add', list: 'users', entry: { name: 'o', uid: 20003, groups: [], gecos: `O'B \\ "` } },
    `+    { name: 'o', uid: 20003, groups: [], gecos: 'O\\'B \\\\ "' },`,
  ],
  'a text with an apostrophe': [
    users(BOB),
    { do: 'add', list: 'users', entry: { name: 'o', uid: 20003, groups: [], gecos: "O'B" } },
    `+    { name: 'o', uid: 20003, groups: [], gecos: "O'B" },`,
  ],
  'a user goes with their comments': [
    users(
      '    // of the old team',
      '',
      '    // Bob: nights',
      '    // and days',
      `${BOB} // boss`,
      '    // Tom',
      TOM,
    ),
    remove('bob'),
    '-    // Bob: nights',
    '-    // and days',
    `-${BOB} // boss`,
  ],
  'the last user goes': [users(BOB, TOM, '    // one a line'), remove('tom'), `-${TOM}`],
  'the last user goes, and the comma before them where there was none': [
    users(`${BOB} // boss`, TOM.slice(0, -1)),
    remove('tom'),
    `-${BOB} // boss`,
    `-${TOM.slice(0, -1)}`,
    `+${BOB.slice(0, -1)} // boss`,
  ],
  'the only user goes': [users(BOB), remove('bob'), '-  users: [', `-${BOB}`, '-  ],', '+  users: [],'],
  'the only user goes, other comments stay': [
    users('    // all', '', BOB, '    // one a line'),
    remove('bob'),
    `-${BOB}`,
  ],
  'one goes from a list on one line': [
    module("  users: [/* b */ { name: 'bob' }, /* t */ { name: 'tom' }, { name: 'eve' }],"),
    remove('tom'),
    "-  users: [/* b */ { name: 'bob' }, /* t */ { name: 'tom' }, { name: 'eve' }],",
    "+  users: [/* b */ { name: 'bob' }, { name: 'eve' }],",
  ],
  'the last one goes from a list on one line': [
    module("  users: [{ name: 'bob' }, { name: 'tom' }],"),
    remove('tom'),
    "-  users: [{ name: 'bob' }, { name: 'tom' }],",
    "+  users: [{ name: 'bob' }],",
  ],
  'the last one goes from the line of the bracket': [
    module("  users: [{ name: 'bob' }, // boss", "    { name: 'tom' }],"),
    remove('tom'),
    "-  users: [{ name: 'bob' }, // boss",
    "-    { name: 'tom' }],",
    "+  users: [{ name: 'bob' } // boss",
    '+    ],',
  ],
  'a line between stays one line': [users(BOB, '', TOM, '', NEW), remove('tom'), `-${TOM}`, '-'],
  'the last one of a line goes, and what is said beside the line and above the next one stays': [
    users(`${BOB}${TOM.slice(3)} // both`, '    // a guest', NEW),
    remove('tom'),
    `-${BOB}${TOM.slice(3)} // both`,
    `+${BOB} // both`,
  ],
  'a user retires where nobody has yet': [
    module('  users: [', BOB, TOM, '  ],', '', '  // shared', '  volumes: [],', '  // the end'),
    retire('bob', 20001),
    `-${BOB}`,
    '+',
    "+  retired: [{ name: 'bob', uid: 20001, since: '2026-11-24' }],",
  ],
  'a user retires where another has': [
    module('  users: [', BOB, '  ],', "  retired: [{ name: 'eve', uid: 20009, since: '2026-01-31' }],"),
    retire('bob', 20001),
    '-  users: [',
    `-${BOB}`,
    '+  users: [],',
    '+  retired: [',
    "+    { name: 'eve', uid: 20009, since: '2026-01-31' },",
    "+    { name: 'bob', uid: 20001, since: '2026-11-24' },",
    "-  retired: [{ name: 'eve', uid: 20009, since: '2026-01-31' }],",
  ],
  'a list that is not there comes in its usual place': [
    module('  users: [],', '  retired: [],'),
    { do: 'add', list: 'volumes', entry: { name: 'dev1-public', group: 'dev1', path: '/dev1' } },
    "+  volumes: [{ name: 'dev1-public', group: 'dev1', path: '/dev1' }],",
  ],
  'a quota changes': [
    users(BOB),
    dev1(['quota', 'gpu'], 2),
    "-    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },",
    "+    { name: 'dev1', gid: 10001, quota: { gpu: 2 } },",
  ],
  'a quota is added, another taken out': [
    users(BOB),
    [dev1(['quota', 'memory'], '60Gi'), dev1(['quota', 'gpu'], undefined)],
    "-    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },",
    "+    { name: 'dev1', gid: 10001, quota: { memory: '60Gi' } },",
  ],
  'the only quota is taken out': [
    users(BOB),
    dev1(['quota', 'gpu'], undefined),
    "-    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },",
    "+    { name: 'dev1', gid: 10001, quota: {} },",
  ],
  'a field in an object that is not there': [
    users(BOB),
    dev1(['containerDefaults', 'memory'], '1Gi'),
    "-    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },",
    "+    { name: 'dev1', gid: 10001, quota: { gpu: 1 }, containerDefaults: { memory: '1Gi' } },",
  ],
  'a field of an entry on several lines': [
    users("    {\n      name: 'bob', // the boss\n      groups: ['dev1'], // first\n    },"),
    [bob(['groups'], ['dev2', 'dev1']), bob(['shell'], '/bin/sh')],
    "-      groups: ['dev1'], // first",
    "+      groups: ['dev2', 'dev1'], // first",
    "+      shell: '/bin/sh',",
  ],
  'what is so is left': [
    users(BOB, TOM),
    [dev1(['quota', 'gpu'], 1), dev1(['quota', 'cpu'], undefined), remove('eve'), bob(['gecos'], undefined)],
  ],
  'a user who is there with the same fields is left': [users(NEW, BOB), user03],
})

const SECRET = "import { defineInventory, secret } from './schema.ts'\n"
const password = (source: { env: string } | { file: string }): Edit => ({
  do: 'add',
  list: 'users',
  entry: { name: 'user03', uid: 20003, groups: ['dev1'], password: source },
})

table('forms.ts', {
  'a secret where the file imports secret': [
    `${SECRET}export default defineInventory({\n  users: [\n${BOB}\n  ],\n})\n`,
    [password({ env: 'USER03_PW' }), bob(['password'], { file: 'bob' })],
    `-${BOB}`,
    "+    { name: 'bob', uid: 20001, groups: ['dev1'], password: secret.file('bob') },",
    "+    { name: 'user03', uid: 20003, groups: ['dev1'], password: secret.env('USER03_PW') },",
  ],
  'a secret where the file imports it by another name': [
    `${SECRET.replace('secret', 'secret as from')}export default { users: [\n  { name: 'bob', ` +
      "password: from.env('B') },\n] }\n",
    password({ env: 'USER03_PW' }),
    "+  { name: 'user03', uid: 20003, groups: ['dev1'], password: from.env('USER03_PW') },",
  ],
  'a secret where the file imports another secret, or only its type': [
    `import { secret } from './mine.ts'\nimport { type secret as b } from './schema.ts'\n${users(BOB)}`,
    password({ env: 'USER03_PW' }),
    "+    { name: 'user03', uid: 20003, groups: ['dev1'], password: { env: 'USER03_PW' } },",
  ],
  'a secret changes its place': [
    `${SECRET}export default { users: [{ name: 'bob', password: secret.env('A') }] }\n`,
    bob(['password'], { env: 'B' }),
    "-export default { users: [{ name: 'bob', password: secret.env('A') }] }",
    "+export default { users: [{ name: 'bob', password: secret.env('B') }] }",
  ],
  'a constant with satisfies, exported by name too': [
    `const prod = {\n  users: [\n${BOB}\n  ],\n} as const satisfies Inventory\nexport type Prod = ` +
      'typeof prod\nexport { prod }\nexport default prod\n',
    user03,
    `+${NEW}`,
  ],
  'lists that are constants, one declared below and one exported': [
    (
      'export const retired = []\nexport default (defineInventory({ users, retired, groups: [] }) ' +
      `satisfies X)\nconst users: User[] = [\n${BOB}\n${TOM}\n]\n`
    ).replace(/^/, "import { defineInventory } from '../inventory/schema.js'\n"),
    retire('bob', 20001),
    '-export const retired = []',
    "+export const retired = [{ name: 'bob', uid: 20001, since: '2026-11-24' }]",
    `-${BOB}`,
  ],
  'entries that are constants, in parentheses, or asserted': [
    "const bob = { name: 'bob', uid: 20001 } as const\nexport default {\n  users: [\n    bob,\n    " +
      "({ name: `tom` } as never),\n    <never>{ 'name': 'eve' },\n  ],\n}\n",
    [remove('tom'), bob(['uid'], 20009)],
    "-const bob = { name: 'bob', uid: 20001 } as const",
    "+const bob = { name: 'bob', uid: 20009 } as const",
    '-    ({ name: `tom` } as never),',
  ],
  'an entry with computed fields can go, and get fields': [
    users(
      "    { name: 'bob', uid: base + 1, password: secret.file(join(dir, 'bob')) },",
      "    { ...lab, name: 'tom' },",
    ),
    [bob(['shell'], '/bin/sh'), remove('tom')],
    "-    { name: 'bob', uid: base + 1, password: secret.file(join(dir, 'bob')) },",
    "-    { ...lab, name: 'tom' },",
    "+    { name: 'bob', uid: base + 1, password: secret.file(join(dir, 'bob')), shell: '/bin/sh' },",
  ],
  'a list after a spread': [
    'export default {\n  ...prod,\n  users: [],\n}\n',
    user03,
    '-  users: [],',
    "+  users: [{ name: 'user03', uid: 20003, groups: ['dev1'] }],",
  ],
})

const DOCUMENT = `# people
name: prod
groups:
  - { name: dev1, gid: 10001, quota: { gpu: 1 } }
  - name: dev2
    gid: 10002
    quota:
      gpu: 2
      cpu: 8 # cores
users:
  # the boss
  - { name: bob, uid: 20001, groups: [dev1] } # nights
  # Tom
  - { name: tom, uid: 20002, groups: [dev2] }
  # - { name: eve }
`

const swap = (from: string | RegExp, to: string): string => {
  assert.match(DOCUMENT, from)
  return DOCUMENT.replace(from, to)
}
const LAST = /users:[\s\S]*/
const ROW = '+  - { name: user03, uid: 20003, groups: [dev1] }'

table('new.yaml', {
  'a user comes after the last one': [DOCUMENT, user03, ROW],
  'the file ends without a line break': [
    swap(/\n {2}# - [\s\S]*/, ''),
    user03,
    '-  - { name: tom, uid: 20002, groups: [dev2] }',
    '+  - { name: tom, uid: 20002, groups: [dev2] }',
    ROW,
  ],
  'entries without brackets': [
    swap(LAST, 'users:\n  - name: tom\n    groups:\n    - dev1\n    # - dev2\n\n    # gecos: Tom\n'),
    user03,
    '+  - name: user03',
    '+    uid: 20003',
    '+    groups:',
    '+    - dev1',
  ],
  'lists that are not indented, in double quotes': [
    'users:\n- name: "bob"\n  groups: ["dev1"]\n\n- name: "tom"\n  groups: ["dev1"]\nvolumes: []\n',
    user03,
    '+',
    '+- name: "user03"',
    '+  uid: 20003',
    '+  groups: ["dev1"]',
  ],
  'an empty list': [
    swap(LAST, 'users: [] # nobody yet\n'),
    user03,
    '-users: [] # nobody yet',
    '+users: # nobody yet',
    ROW,
  ],
  'an empty list where others are on one line': [
    'groups: [{name: dev1, gid: 10001}]\nusers: []\n',
    user03,
    '-users: []',
    '+users: [{name: user03, uid: 20003, groups: [dev1]}]',
  ],
  'a list on one line': [
    swap(LAST, 'users: [{ name: bob, uid: 20001 }]\n'),
    user03,
    '-users: [{ name: bob, uid: 20001 }]',
    '+users: [{ name: bob, uid: 20001 }, { name: user03, uid: 20003, groups: [dev1] }]',
  ],
  'one who does not fit on a line': [
    DOCUMENT,
    {
      do: 'add',
      list: 'users',
      entry: { name: 'user03', uid: 20003, groups: ['dev1'], gecos: 'x'.repeat(80) },
    },
    '+  - name: user03',
    '+    uid: 20003',
    '+    groups: [dev1]',
    `+    gecos: ${'x'.repeat(80)}`,
  ],
  'texts that need quotes': [
    DOCUMENT,
    {
      do: 'add',
      list: 'users',
      entry: { name: 'o', uid: 20003, groups: ['yes', 'true'], gecos: "O'B, # 1" },
    },
    '+  - { name: o, uid: 20003, groups: [yes, "true"], gecos: "O\'B, # 1" }',
  ],
  'CRLF and a byte order mark': [
    `\uFEFF${DOCUMENT.replaceAll('\n', '\r\n')}`,
    [user03, remove('bob'), dev1(['quota', 'gpu'], 3)],
    '-  - { name: dev1, gid: 10001, quota: { gpu: 1 } }',
    '+  - { name: dev1, gid: 10001, quota: { gpu: 3 } }',
    '-  # the boss',
    '-  - { name: bob, uid: 20001, groups: [dev1] } # nights',
    ROW,
  ],
  'a user goes with their comments': [
    DOCUMENT,
    remove('bob'),
    '-  # the boss',
    '-  - { name: bob, uid: 20001, groups: [dev1] } # nights',
  ],
  'the last user goes with what is written within': [
    swap(LAST, 'users:\n  - name: bob\n  # Tom\n  - name: tom\n    # gecos: Tom\n  # more\n# end\n'),
    remove('tom'),
    '-  # Tom',
    '-  - name: tom',
    '-    # gecos: Tom',
  ],
  'the last user of the file goes': [
    swap(/\n {2}# - [\s\S]*/, '\n\n  - name: eve'),
    remove('eve'),
    '-  - { name: tom, uid: 20002, groups: [dev2] }',
    '-',
    '-  - name: eve',
    '+  - { name: tom, uid: 20002, groups: [dev2] }',
  ],
  'the only user goes': [
    swap(LAST, 'users: # all\n  - name: bob\n    uid: 20001\n\nvolumes: []\n'),
    remove('bob'),
    '-users: # all',
    '-  - name: bob',
    '-    uid: 20001',
    '+users: [] # all',
  ],
  'a user retires where nobody has yet': [
    `${DOCUMENT}\n# disks\nvolumes:\n  - { name: a, group: dev1, path: /a }\n# end\n`,
    retire('bob', 20001),
    '-  # the boss',
    '-  - { name: bob, uid: 20001, groups: [dev1] } # nights',
    '+',
    '+retired:',
    '+  - { name: bob, uid: 20001, since: 2026-11-24 }',
  ],
  'fields with brackets and without': [
    DOCUMENT,
    [
      dev1(['quota', 'memory'], '60Gi'),
      { do: 'set', list: 'groups', name: 'dev2', field: ['quota', 'memory'], value: '60Gi' },
      { do: 'set', list: 'groups', name: 'dev2', field: ['quota', 'gpu'], value: undefined },
      { do: 'set', list: 'groups', name: 'dev2', field: ['jobs'], value: 'own' },
      { do: 'set', list: 'groups', name: 'dev2', field: ['containerDefaults', 'cpu'], value: '500m' },
    ],
    '-  - { name: dev1, gid: 10001, quota: { gpu: 1 } }',
    '+  - { name: dev1, gid: 10001, quota: { gpu: 1, memory: 60Gi } }',
    '-      gpu: 2',
    '+      memory: 60Gi',
    '+    jobs: own',
    '+    containerDefaults: { cpu: 500m }',
  ],
  'groups without brackets': [
    swap(LAST, 'users:\n  - name: bob\n    groups: # of bob\n      - dev1\n    uid: 20001\n'),
    bob(['groups'], ['dev2', { group: 'dev1', role: 'viewer' }]),
    '-      - dev1',
    '+      - dev2',
    '+      - { group: dev1, role: viewer }',
  ],
  'a field without a value': [
    swap('gpu: 2', 'gpu:'),
    { do: 'set', list: 'groups', name: 'dev2', field: ['quota', 'gpu'], value: 3 },
    '-      gpu:',
    '+      gpu: 3',
  ],
  'anchors and tags that nobody uses': [
    swap('- { name: tom', '- &tom !!map { name: !!str tom'),
    [user03, remove('bob')],
    '-  # the boss',
    '-  - { name: bob, uid: 20001, groups: [dev1] } # nights',
    ROW,
  ],
  'an alias elsewhere': [
    swap('groups: [dev2] }', 'groups: &g [dev2] }\n  - { name: eve, uid: 20003, groups: *g }'),
    [remove('bob'), remove('eve')],
    '-  # the boss',
    '-  - { name: bob, uid: 20001, groups: [dev1] } # nights',
    '-  - { name: eve, uid: 20003, groups: *g }',
  ],
})

const json = (indent?: string): string =>
  JSON.stringify({ name: 'prod', users: [{ name: 'bob', uid: 20001, groups: ['dev1'] }] }, null, indent)

table('new.json', {
  'a user comes after the last one': [
    json('  '),
    user03,
    '+    },',
    '+    {',
    '+      "name": "user03",',
    '+      "uid": 20003,',
    '+      "groups": [',
    '+        "dev1"',
    '+      ]',
  ],
  'a user retires where nobody has yet, with tabs': [
    json('\t'),
    retire('bob', 20001),
    '-\t"users": [',
    '-\t\t{',
    '-\t\t\t"name": "bob",',
    '-\t\t\t"uid": 20001,',
    '-\t\t\t"groups": [',
    '-\t\t\t\t"dev1"',
    '-\t\t\t]',
    '-\t\t}',
    '-\t]',
    '+\t"users": [],',
    '+\t"retired": [{ "name": "bob", "uid": 20001, "since": "2026-11-24" }]',
  ],
  'everything on one line, without spaces': [
    json(),
    [user03, bob(['gecos'], `"O'B" ${'x'.repeat(90)}`)],
    `-${json()}`,
    `+{"name":"prod","users":[{"name":"bob","uid":20001,"groups":["dev1"],"gecos":"\\"O'B\\" ` +
      `${'x'.repeat(90)}"},{"name":"user03","uid":20003,"groups":["dev1"]}]}`,
  ],
})

it('an inventory that holds all that is asked stays the same object', () => {
  const raw = {
    users: [{ name: 'bob', uid: 20001, groups: ['dev1'] }],
    groups: [{ name: 'dev1', quota: { gpu: 1 } }],
  }
  const so: Edit[] = [
    { do: 'add', list: 'users', entry: { name: 'bob', uid: 20001, groups: ['dev1'] } },
    remove('eve'),
    dev1(['quota', 'gpu'], 1),
    dev1(['quota', 'cpu'], undefined),
    { do: 'set', list: 'users', name: 'eve', field: ['shell'], value: '/bin/sh' },
  ]
  assert.is(applied(raw, so), raw)
  assert.is.not(applied(raw, [dev1(['quota', 'gpu'], 2)]), raw)
})

it.run()
