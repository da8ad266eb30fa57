import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../lib/base/errors.ts'
import { type Edit, edited } from '../../../lib/inventory/edit.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inventory: edits that are left to a person')

const user03: Edit = { do: 'add', list: 'users', entry: { name: 'user03', uid: 20003, groups: ['dev1'] } }
const gpu: Edit = { do: 'set', list: 'groups', name: 'dev1', field: ['quota', 'gpu'], value: 2 }
const bob: Edit = { do: 'remove', list: 'users', name: 'bob' }
const shell: Edit = { do: 'set', list: 'users', name: 'bob', field: ['shell'], value: '/bin/sh' }

const refusal = (file: string, text: string, edits: readonly Edit[]): string => {
  try {
    return `edited:\n${edited(file, text, edits)}`
  } catch (error) {
    assert.ok(isAutomationError(error), String(error))
    assert.is(error.exitCode, 65, error.message)
    return error.message
  }
}

type Row = [text: string, edits: Edit | Edit[], said: string]

/** Each row is a file, what was asked, and the first line that is said. */
const table = (file: string, rows: Record<string, Row>): void => {
  for (const [title, [text, edits, said]] of Object.entries(rows))
    it(`${file}: ${title}`, () => {
      assert.is(refusal(file, text, [edits].flat()).split('\n')[0], `${file}:${said}`)
    })
}

const ADD = "write by hand:\n    add to users:\n      { name: 'user03', uid: 20003, groups: ['dev1'] },"

it('the sandbox computes its users: file, line and what to write by hand', async () => {
  const said = refusal('inventory/sandbox.ts', await readFile('inventory/sandbox.ts', 'utf8'), [user03])
  assert.is(said, `inventory/sandbox.ts:50 users: is computed: prod.users.map((user) => ({\n  → ${ADD}`)
})

it('all that was asked is to be written by hand, also what could have been edited', () => {
  const text =
    "import prod from './prod.ts'\nexport default {\n  users: prod.users,\n  groups: [{ name: 'dev1' }],\n}\n"
  const retired: Edit = {
    do: 'add',
    list: 'retired',
    entry: { name: 'bob', uid: 20001, since: '2026-11-24' },
  }
  const gone: Edit = { do: 'set', list: 'groups', name: 'dev1', field: ['jobs'], value: undefined }
  assert.is(
    refusal('prod.ts', text, [gpu, gone, bob, retired]),
    `prod.ts:3 users: is computed: prod.users
  → write by hand:
    set quota.gpu of dev1 to 2, in groups
    take jobs of dev1 out, in groups
    take bob out of users
    add to retired:
      { name: 'bob', uid: 20001, since: '2026-11-24' },`,
  )
})

it('lines and places are those of the file as it is, also when edits before moved them', () => {
  const text = one("[\n    { name: 'bob' },\n    { name: 'tom', shell: shells.sh },\n  ]")
  const tom: Edit = { ...shell, name: 'tom' } as Edit
  assert.match(refusal('prod.ts', text, [bob, tom]), /^prod\.ts:5 users\[1\] \(tom\)\.shell: is computed/)
  assert.match(
    refusal('prod.ts', text, [bob, shell]),
    /^prod\.ts users: has no bob\n {2}→ .*choose from tom$/,
  )
})

it('what to write by hand looks like the file', () => {
  const text = 'users: &all\n  - name: "bob"\n    groups:\n      - "dev1"\nothers: *all\n'
  assert.is(
    refusal('prod.yaml', text, [user03]),
    `prod.yaml:1 users: has the anchor &all, which is used elsewhere too
  → write by hand:
    add to users:
      - name: "user03"
        uid: 20003
        groups:
          - "dev1"`,
  )
})

it('a hash of a password is not repeated', () => {
  const hash = `$6$salt$${'a'.repeat(86)}`
  const text = `export default { users: people({ name: 'bob', passwordHash: '${hash}' }) }`
  const entry = { name: 'eve', uid: 20003, groups: ['dev1'], passwordHash: hash }
  const said = refusal('prod.ts', text, [{ do: 'add', list: 'users', entry }])
  assert.match(said, /passwordHash: '«secret:password-hash»'/)
  assert.not.match(said, /aaaa|salt/)
})

const one = (users: string): string => `export default {\n  groups: [],\n  users: ${users},\n}\n`

table('prod.ts', {
  'a call': [one('people()'), user03, '3 users: is computed: people()'],
  'a call with the list in it': [one('people([])'), user03, '3 users: is computed: people([])'],
  'a list of another file': [one('prod.users'), user03, '3 users: is computed: prod.users'],
  'a condition': [one('big ? [] : few'), user03, '3 users: is computed: big ? [] : few'],
  'a spread in the list': [
    one("[\n    { name: 'bob' },\n    ...more,\n  ]"),
    user03,
    '5 users: holds ...more',
  ],
  'a spread in the inventory that may have the list': [
    'export default {\n  ...prod,\n  groups: [],\n}\n',
    user03,
    '2 users: may come from ...prod',
  ],
  'a spread after the list': [
    `${one('[]').slice(0, -3)},\n  ...prod,\n}`.replace(',,', ','),
    user03,
    '4 users: may come from ...prod',
  ],
  'a computed key that may be the list': [
    'export default { [key]: [] }\n',
    user03,
    '1 users: may come from [key]: []',
  ],
  'a gap in the list': [
    one("[, { name: 'bob' }]"),
    bob,
    "3 users[0]: has a name that is computed: [, { name: 'bob' }]",
  ],
  'an entry of a function': [
    one("[\n    user('bob'),\n  ]"),
    bob,
    "4 users[0]: has a name that is computed: user('bob')",
  ],
  'an entry of a function, which may change what it is given': [
    one("[\n    user({ name: 'bob' }),\n  ]"),
    bob,
    "4 users[0]: has a name that is computed: user({ name: 'bob' })",
  ],
  'an entry whose name may come from a spread': [
    one("[{ name: 'bob', ...rest }]"),
    bob,
    "3 users[0] (bob): has a name that is computed: { name: 'bob', ...rest }",
  ],
  'a name that is computed': [
    one("[{ name: 'bo' + 'b' }]"),
    user03,
    "3 users[0]: has a name that is computed: { name: 'bo' + 'b' }",
  ],
  'a field that may come from a spread': [
    one("[\n    { ...lab, name: 'bob' },\n  ]"),
    shell,
    '4 users[0] (bob).shell: may come from ...lab',
  ],
  'a field that may come back from a spread': [
    one("[{ ...lab, name: 'bob', shell: '/bin/sh' }]"),
    { ...shell, value: undefined } as Edit,
    '3 users[0] (bob).shell: may come from ...lab too',
  ],
  'a field that is computed': [
    one("[{ name: 'bob', shell: shells.sh }]"),
    shell,
    '3 users[0] (bob).shell: is computed: shells.sh',
  ],
  'a field in something that is computed': [
    "export default {\n  groups: [\n    { name: 'dev1', quota: quotas.small },\n  ],\n}\n",
    gpu,
    '3 groups[0] (dev1).quota: is computed: quotas.small',
  ],
  'a field in a text': [
    "export default { groups: [{ name: 'dev1', quota: 'small' }] }\n",
    gpu,
    '1 groups[0] (dev1).quota: has no fields',
  ],
  'a constant of two lists': [
    'const all = []\nexport default {\n  users: all,\n  retired: all,\n}\n',
    user03,
    '3 users: comes from all, which is used elsewhere too',
  ],
  'a constant that is changed': [
    'const users: User[] = []\nusers.push(bob)\nexport default { users }\n',
    user03,
    '3 users: comes from users, which is used elsewhere too',
  ],
  'an inventory that is changed': [
    'const prod = { users: [] }\nprod.users = []\nexport default prod\n',
    user03,
    '1: comes from prod, which is used elsewhere too',
  ],
  'a value that two groups have': [
    "const small = { gpu: 1 }\nexport default {\n  groups: [{ name: 'dev1', quota: small }, { name: " +
      "'dev2', quota: small }],\n}\n",
    gpu,
    '3 groups[0] (dev1).quota: comes from small, which is used elsewhere too',
  ],
  'a variable': ['let users = []\nexport default {\n  users,\n}\n', user03, '3 users: is computed: users'],
  'an inventory of a function': [
    "import { defineInventory } from './mine.ts'\n\nexport default defineInventory({ users: [] })\n",
    user03,
    '3: is computed: defineInventory({ users: [] })',
  ],
  'no inventory': ['export const users = []\n', user03, '1: has no export default'],
  'a list that is none': [one("'bob'"), user03, '3 users: is not a list'],
  'comments in a value that would go': [
    one("[\n    { name: 'bob', shell: [\n      // none\n    ] },\n  ]"),
    shell,
    '4 users[0] (bob).shell: holds comments that would be lost',
  ],
  'a name that is taken': [
    one("[{ name: 'user03', uid: 20009, groups: ['dev1'] }]"),
    user03,
    '3 users[0] (user03): is there already, with other fields',
  ],
  'an entry that is not there': [one("[{ name: 'tom' }]"), shell, '3 users: has no bob'],
  'a mistake of syntax': [
    'export default {\n  users: [,,\n}\n',
    user03,
    '3: is not valid TypeScript: Unexpected token',
  ],
})

table('prod.yaml', {
  'an alias': [
    'volumes: &none []\nusers: *none\n',
    user03,
    '2 users: has the anchor &none, which is used elsewhere too',
  ],
  'an alias for a field': [
    'groups:\n  - { name: dev1, quota: &small { gpu: 1 } }\n  - name: dev2\n    quota: *small\n',
    { ...gpu, name: 'dev2' } as Edit,
    '4 groups[1] (dev2).quota: has the anchor &small, which is used elsewhere too',
  ],
  'a field that a merge key brings': [
    'groups:\n  - &d { name: dev1, quota: { gpu: 1 } }\n  - { <<: *d, name: dev2 }\nusers: []\n',
    { ...gpu, name: 'dev2' } as Edit,
    '3 groups[1] (dev2).quota: may come from <<: *d',
  ],
  'an entry with an anchor that others use': [
    'users:\n  - &bob { name: bob, groups: &g [dev1] }\n  - { name: tom, groups: *g }\n',
    bob,
    '2 users[0] (bob): has the anchor &g, which is used elsewhere too',
  ],
  'a key of several lines': [
    'users:\n  - name: bob\n    ? quota\n    : { gpu: 1 }\n',
    { ...shell, field: ['quota', 'gpu'] } as Edit,
    '3 users[0] (bob).quota: is computed: ? quota',
  ],
  'a list without a value': ['groups: []\nusers:\n', user03, '2 users: is not a list'],
  'an entry that is not there': ['users:\n  - { name: bobby }\n', shell, '1 users: has no bob'],
  'a mistake of syntax': ['users: []\nusers: []\n', user03, '2: is not valid YAML: Map keys must be unique'],
})

it('a name that is misspelt is told with what was meant', () => {
  assert.match(
    refusal('prod.yaml', 'users:\n  - { name: bobby }\n', [shell]),
    /did you mean bobby\? choose from bobby/,
  )
  assert.match(refusal('prod.ts', one("[{ name: 'user03' }]"), [user03]), /→ choose another name$/)
})

it.run()
