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

it.run()
