import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { MOST, oddYaml } from '../../../lib/linux/plain-yaml.ts'
import { suite } from '../../support/suite.ts'

const it = suite('plain-yaml')

const list = (count: number): string => Array.from({ length: count }, (_, index) => `- ${index}\n`).join('')
const nested = (depth: number): string => `a: ${'['.repeat(depth)}${']'.repeat(depth)}\n`
const indented = (columns: number): string => `a:\n${' '.repeat(columns)}b: 1\n`

it('takes what kubectl and people write', () => {
  const clusters = Array.from({ length: 200 }, (_, index) => ({
    name: `cluster-${index}`,
    cluster: { server: 'https://10.0.0.91:6443', 'certificate-authority-data': 'QUJD'.repeat(250) },
  }))
  const users = clusters.map(({ name }) => ({ name, user: { token: 'a' } }))
  const data = { apiVersion: 'v1', kind: 'Config', preferences: {}, clusters, users, 'current-context': '' }
  for (const text of [
    '',
    '# mine\n---\nusers: []\n',
    '\uFEFFusers: []\r\n',
    stringify(data),
    JSON.stringify(data),
    JSON.stringify(data, null, 4),
    'users:\n- {name: a, user: {exec: {command: \'x\', args: [-a, "b: [c]"]}}}\n',
    'users:\n  - name: a\n    user:\n      args:\n        - |\n          if [[ ]]; then *; fi\n          & ! ? }\n',
  ])
    assert.is(oddYaml(text), undefined, text.slice(0, 60))
})

it('takes no more lines, words, brackets and columns than there may be', () => {
  const words = Math.floor(MOST.words / 2) - 2
  assert.is(oddYaml('\n'.repeat(MOST.lines - 1)), undefined)
  assert.match(oddYaml('\n'.repeat(MOST.lines))!, 'lines')
  assert.is(oddYaml(`[${'a,'.repeat(words / 2)}]`), undefined)
  assert.match(oddYaml(`[${'a,'.repeat(words)}]`)!, 'words')
  assert.match(oddYaml(list(MOST.lines - 1))!, 'words')
  assert.is(oddYaml(nested(MOST.brackets)), undefined)
  assert.match(oddYaml(nested(MOST.brackets + 1))!, 'brackets')
  assert.is(oddYaml(indented(MOST.columns - 1)), undefined)
  assert.match(oddYaml(indented(MOST.columns))!, 'columns')
  assert.match(oddYaml(`${'- '.repeat(MOST.columns + 1)}a\n`)!, 'columns')
})

it('does not take what kubectl never writes', () => {
  for (const text of [
    'a: &b 1\n',
    'a: *b\n',
    'a: !!str 1\n',
    '? a\n: 1\n',
    '%YAML 1.1\n---\na: 1\n',
    '[a]: 1\n',
    '{[a], b: 1}\n',
    '[{a: 1}: 1]\n',
    '}\n',
    'a: [b\nc: 1\n',
  ])
    assert.type(oddYaml(text), 'string', text)
})

it.run()
