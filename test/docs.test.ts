import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import verify from '../playbooks/verify.ts'
import { suite } from './support/suite.ts'

const it = suite('docs')

it('tell of every check what holds when it passes', async () => {
  const text = await readFile('docs/verify.md', 'utf8')
  const told = [...text.matchAll(/^\| ([A-Z]\d+) \| (\d) \| (.+) \|$/gm)].map(([, id, goal, title]) => ({
    id: id!,
    goal: Number(goal),
    title: title!,
  }))
  const order = (a: { id: string }, b: { id: string }): number =>
    a.id.localeCompare(b.id, 'en', { numeric: true })
  assert.equal(
    told,
    verify.checks.map(({ id, goal, title }) => ({ id, goal: Number(goal), title })).toSorted(order),
  )
})

it('name no check twice', () => {
  const ids = verify.checks.map(({ id }) => id)
  assert.equal(ids.toSorted(), [...new Set(ids)].toSorted())
})

it('name the file of each check that they list, also of those that follow a removal or a rotation', async () => {
  const text = await readFile('docs/verify.md', 'utf8')
  const rows = [
    ...text.matchAll(/^\| \[[\w-]+\.ts\]\(\.\.\/([\w/-]+\.ts)\) \| ([A-Z]\d+(?: [A-Z]\d+)*) \|$/gm),
  ]
  const files = rows.flatMap(([, file, ids]) => ids!.split(' ').map((id) => [id, file!] as const))
  for (const id of ['A1', 'C8', 'K10', 'L1', 'L3', 'L4', 'L5', 'L6', 'S1'])
    assert.is(files.filter(([one]) => one === id).length, 1, id)
  for (const [id, file] of files)
    assert.match(await readFile(file, 'utf8'), new RegExp(`'${id}'|\\b${id}:`), `${id} in ${file}`)
})

it.run()
