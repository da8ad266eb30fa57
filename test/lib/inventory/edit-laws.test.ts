import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import prod from '../../../inventory/prod.ts'
import { applied, type Edit, edited } from '../../../lib/inventory/edit.ts'
import { diffLines } from '../../../lib/inventory/edit-diff.ts'
import { checkInventory } from '../../../lib/inventory/load.ts'
import { readYaml } from '../../../lib/inventory/read-yaml.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inventory: laws of edits', { seconds: 30 })

interface Entry {
  name: string
  /** A line above it, one after it on its line, and several lines for its fields. */
  above: boolean
  beside: boolean
  tall: boolean
}

interface Layout {
  eol: string
  step: string
  /** Blank lines between entries. */
  apart: boolean
  /** A comma after the last of several lines. */
  comma: boolean
  /** A comment below the last entry. */
  below: boolean
  /** A line break at the end of the file. */
  ended: boolean
}

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { minLength: 1, maxLength: 6 })
const entries = names.chain((all) =>
  fc.tuple(
    ...all.map((name) =>
      fc.record({ name: fc.constant(name), above: fc.boolean(), beside: fc.boolean(), tall: fc.boolean() }),
    ),
  ),
) as fc.Arbitrary<Entry[]>
const layout = (step: fc.Arbitrary<string>): fc.Arbitrary<Layout> =>
  fc.record({
    eol: fc.constantFrom('\n', '\r\n'),
    step,
    apart: fc.boolean(),
    comma: fc.boolean(),
    below: fc.boolean(),
    ended: fc.boolean(),
  })

const uid = (index: number): number => 20_001 + index

const module = (users: readonly Entry[], { eol, step, apart, comma, below, ended }: Layout): string => {
  const lines = users.flatMap(({ name, above, beside, tall }, index) => {
    const fields = [`name: '${name}'`, `uid: ${uid(index)}`, `groups: ['dev1']`]
    const isLast = index === users.length - 1
    const end = `}${isLast && !comma ? '' : ','}${beside ? ` // beside ${name}` : ''}`
    return [
      ...(apart && index > 0 ? [''] : []),
      ...(above ? [`${step}${step}// above ${name}`] : []),
      ...(tall
        ? [
            `${step}${step}{`,
            ...fields.map((field) => `${step}${step}${step}${field},`),
            `${step}${step}${end}`,
          ]
        : [`${step}${step}{ ${fields.join(', ')} ${end}`]),
    ]
  })
  return [
    'export default {',
    `${step}name: 'prod',`,
    `${step}users: [`,
    ...lines,
    ...(below ? ['', `${step}${step}// below`] : []),
    `${step}],`,
    `${step}groups: [], // last`,
    ended ? `}${eol}` : '}',
  ].join(eol)
}

const document = (users: readonly Entry[], { eol, step, apart, below, ended }: Layout): string => {
  const lines = users.flatMap(({ name, above, beside, tall }, index) => {
    const fields = [`name: ${name}`, `uid: ${uid(index)}`, `groups: [dev1]`]
    const [first, ...others] = tall ? fields : [`{ ${fields.join(', ')} }`]
    const own = [`${step}- ${first}`, ...others.map((field) => `${step}  ${field}`)]
    return [
      ...(apart && index > 0 ? [''] : []),
      ...(above ? [`${step}# above ${name}`] : []),
      ...own.with(-1, `${own.at(-1)}${beside ? ` # beside ${name}` : ''}`),
    ]
  })
  const text = [
    'name: prod',
    'groups: [] # first',
    'users:',
    ...lines,
    ...(below ? ['', `${step}# below`] : []),
  ]
  return text.join(eol) + (ended ? eol : '')
}

const FORMS = {
  'inventory.ts': fc.tuple(fc.constant(module), layout(fc.constantFrom('  ', '    ', '\t'))),
  'inventory.yaml': fc.tuple(fc.constant(document), layout(fc.constantFrom('', '  ', '    '))),
}

const added: Edit = { do: 'add', list: 'users', entry: { name: 'new-one', uid: 30_000, groups: ['dev1'] } }
const going = (name: string): Edit => ({ do: 'remove', list: 'users', name })
const linesOf = (before: string, after: string, sign: '+' | '-'): string[] =>
  diffLines(before, after).filter((line) => line.startsWith(sign))
const withoutComma = (line: string): string => line.slice(1).replace(/\}(,?)/, '}')

for (const [file, forms] of Object.entries(FORMS)) {
  it(`${file}: adding touches no line but for a comma, and taking out again gives every byte back`, () => {
    fc.assert(
      fc.property(entries, forms, (users, [write, look]) => {
        const before = write(users, look)
        const after = edited(file, before, [added])
        const gone = linesOf(before, after, '-').map(withoutComma)
        const kept = linesOf(before, after, '+').map(withoutComma)
        for (const line of gone) assert.ok(kept.includes(line), `${line} is gone`)
        assert.is(edited(file, after, [going('new-one')]), before)
      }),
    )
  })

  it(`${file}: a user goes with their own comments and nothing else`, () => {
    fc.assert(
      fc.property(entries, forms, fc.nat(), (users, [write, look], nth) => {
        fc.pre(users.length > 1)
        const leaver = users[nth % users.length]!
        const before = write(users, look)
        const after = edited(file, before, [going(leaver.name)])
        const gone = linesOf(before, after, '-').map(withoutComma)
        const kept = linesOf(before, after, '+').map(withoutComma)
        for (const line of kept) assert.ok(gone.includes(line), `${line} is new`)
        const others = users.filter((user) => user !== leaver)
        for (const { name, above, beside } of others)
          for (const comment of [above && `above ${name}`, beside && `beside ${name}`, look.below && 'below'])
            if (comment) assert.match(after, new RegExp(`(//|#) ${comment}\\b`))
        assert.not.match(after, new RegExp(`\\b(above|beside) ${leaver.name}\\b`))
      }),
    )
  })

  it(`${file}: fields that are set and taken out leave every byte as it was`, () => {
    fc.assert(
      fc.property(entries, forms, fc.nat(), fc.string(), (users, [write, look], nth, gecos) => {
        const { name } = users[nth % users.length]!
        const set = (value: unknown): Edit => ({ do: 'set', list: 'users', name, field: ['gecos'], value })
        const before = write(users, look)
        const after = edited(file, before, [set(gecos)])
        // What had to be laid out on several lines stays so.
        fc.pre(linesOf(before, after, '+').length === 1)
        assert.is(edited(file, after, [set(undefined)]), before)
      }),
    )
  })
}

it('a text means what the edits make of what the text before meant', () => {
  const meaning = (text: string): unknown => {
    const read = readYaml(text)
    return 'value' in read ? read.value : undefined
  }
  fc.assert(
    fc.property(entries, FORMS['inventory.yaml'], fc.nat(), (users, [write, look], nth) => {
      const before = write(users, look)
      const edits = [added, going(users[nth % users.length]!.name)]
      assert.equal(meaning(edited('inventory.yaml', before, edits)), applied(meaning(before), edits))
    }),
  )
})

const life: Edit[][] = [
  [
    {
      do: 'add',
      list: 'users',
      entry: { name: 'user03', uid: 20003, groups: ['dev1', { group: 'dev2', role: 'viewer' }] },
    },
  ],
  [
    {
      do: 'add',
      list: 'users',
      entry: {
        name: 'user04',
        uid: 20004,
        groups: [
          { group: 'dev1', role: 'viewer' },
          { group: 'dev2', role: 'viewer' },
        ],
      },
    },
  ],
  [{ do: 'add', list: 'groups', entry: { name: 'dev3', gid: 10003, quota: { gpu: 1, memory: '60Gi' } } }],
  [
    {
      do: 'add',
      list: 'volumes',
      entry: { name: 'dev3-public', group: 'dev3', path: '/dev3', description: 'dev3 组内共享' },
    },
  ],
  [{ do: 'set', list: 'groups', name: 'dev1', field: ['quota', 'gpu'], value: 2 }],
  [
    {
      do: 'set',
      list: 'users',
      name: 'user03',
      field: ['gecos'],
      value: '一个名字很长的用户，他的名字写不进一行里面去',
    },
  ],
  [{ do: 'set', list: 'users', name: 'user03', field: ['groups'], value: ['dev2'] }],
  ...['bob', 'user03'].map((name, index): Edit[] => [
    going(name),
    { do: 'add', list: 'retired', entry: { name, uid: uid(index * 2), since: '2026-11-24' } },
  ]),
]

const formatted = (text: string): string =>
  spawnSync('node_modules/.bin/biome', ['format', '--stdin-file-path=inventory/prod.ts'], {
    input: text,
    encoding: 'utf8',
  }).stdout

it('prod.ts stays as biome formats it through the lives of users and groups', async () => {
  let text = await readFile('inventory/prod.ts', 'utf8')
  assert.is.not(formatted(text.replace(/^ {2}/gm, '')), '', 'biome says nothing')
  for (const edits of life) {
    text = edited('inventory/prod.ts', text, edits)
    assert.is(text, formatted(text), JSON.stringify(edits))
  }
})

it('prod.ts, when it is run, is what its edits say', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inventory-'))
  try {
    const text = await readFile('inventory/prod.ts', 'utf8')
    const schema = pathToFileURL('inventory/schema.ts').href
    const file = join(directory, 'prod.mts')
    await writeFile(file, edited(file, text.replace("'./schema.ts'", `'${schema}'`), life.flat()))
    assert.equal((await import(file)).default, applied(prod, life.flat()))
  } finally {
    await rm(directory, { recursive: true })
  }
})

it('example.yaml stays an inventory through the same lives', async () => {
  let text = await readFile('inventory/example.yaml', 'utf8')
  for (const edits of life) text = edited('inventory/example.yaml', text, edits)
  const read = readYaml(text)
  assert.ok('value' in read)
  const { found } = checkInventory(read.value)
  assert.equal(
    found.map(({ path }) => path.join('.')),
    ['cluster.context', 'arena.sha256', 'nas.server'],
  )
})

it('the time of an edit grows with the file, not with its square', () => {
  const look = { eol: '\n', step: '  ', apart: false, comma: true, below: false, ended: true }
  const fastest = (file: string, write: typeof module, count: number): number => {
    const users = Array.from({ length: count }, (_, index) => ({
      name: `user${index}`,
      above: false,
      beside: false,
      tall: false,
    }))
    const text = write(users, look)
    const times = Array.from({ length: 3 }, () => {
      // Of the processor, so that what else the machine does counts for nothing.
      const begun = process.cpuUsage()
      edited(file, text, [going(`user${count / 2}`), added])
      const { user, system } = process.cpuUsage(begun)
      return user + system
    })
    return Math.min(...times)
  }
  for (const [file, write] of [
    ['inventory.ts', module],
    ['inventory.yaml', document],
  ] as const) {
    const growth = fastest(file, write, 2000) / fastest(file, write, 200)
    assert.ok(growth < 40, `${file}: ten times the users take ${growth} times as long`)
  }
})

it.run()
