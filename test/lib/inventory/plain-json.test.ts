import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { plainJson } from '../../../lib/inventory/plain-json.ts'
import { readYaml } from '../../../lib/inventory/read-yaml.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inventory/plain-json')

const asYaml = (text: string): unknown => {
  const read = readYaml(text)
  return 'value' in read ? read.value : read
}

/** Whether JSON writes a backslash in one of the keys. */
const hasEscapedKey = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(([key, inside]) => JSON.stringify(key).includes('\\') || hasEscapedKey(inside))

it('holds what YAML makes of the same text', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('a"b', 'a: ', '\\', '"', ':', '\u2028', '😀', '=', '~'))
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((one) => !Object.is(one, -0)),
      key,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), (one, spaces) => {
      const text = JSON.stringify(one, null, spaces)
      const read = plainJson(text)
      const leftToYaml = text.includes('"__proto__":') || text.includes('"<<":') || hasEscapedKey(one)
      if (leftToYaml) assert.is(read, undefined)
      else assert.equal(read?.value, asYaml(text))
    }),
  )
})

it('leaves a key with a backslash to YAML', () => {
  for (const text of ['{"a": 1, "\\u0062": 2}', '{"a": [{"\\t": 1}]}'])
    assert.is(plainJson(text), undefined, text)
  assert.equal(plainJson('{"a": "\\u0061\\\\"}'), { value: { a: 'a\\' } })
})

it('leaves to YAML what is more than JSON, a key that is there twice, and what YAML reads otherwise', () => {
  for (const text of [
    '',
    'name: prod',
    '{ name: prod }',
    '{"a": 1,}',
    '{"a": 1} # no',
    '{"a": 1, "a": 2}',
    '{"a": [{"b": 1, "b": 1}]}',
    '{"<<": {"a": 1}}',
    '{"__proto__": {"a": 1}}',
    '[&a 1, *a]',
    `${'['.repeat(80)}${']'.repeat(80)}`,
  ])
    assert.is(plainJson(text), undefined, text)
  assert.equal(plainJson('{"a": ["b: c", "\\"d\\": 1"]}'), { value: { a: ['b: c', '"d": 1'] } })
})

it.run()
