import stringWidth from 'string-width'
import * as assert from 'uvu/assert'
import { table } from '../../../lib/reporters/table.ts'
import { suite } from '../../support/suite.ts'

const it = suite('table')

it('is aligned where characters are two columns wide', () => {
  const lines = table([
    ['用户', '数据卷', 'x'],
    ['bob', 'dev1', 'y'],
  ]).flat()
  assert.equal(lines, ['用户  数据卷  x', 'bob   dev1    y'])
  assert.equal(
    lines.map((line) => stringWidth(line)),
    [15, 15],
  )
})

it('goes on in the next line of a cell where the terminal ends, and only there', () => {
  const rows = [
    ['dev1', 'department1-public-dev1 dev1-public', 'no'],
    ['dev2', 'dev2-public', 'yes: 2'],
  ]
  assert.equal(table(rows)[0], ['dev1  department1-public-dev1 dev1-public  no'])
  assert.equal(table(rows, 37), [
    ['dev1  department1-public-dev1  no', '      dev1-public'],
    ['dev2  dev2-public              yes: 2'],
  ])
})

it('breaks a long name at a hyphen rather than run over', () => {
  const rows = [['dev1', 'department1-public-dev1']]
  assert.equal(table(rows, 18), [['dev1  department1-', '      public-dev1']])
})

it('leaves a word as it is that is wider than the terminal', () => {
  assert.equal(table([['dev1', 'unbreakable']], 5), [['dev1  unbreakable']])
})

it('lets no content move the cursor', () => {
  assert.equal(table([['\u001b[2J']]), [['\\u001b[2J']])
})

it.run()
