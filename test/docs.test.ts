import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { Check } from '../lib/audit/check.ts'
import { departedWork } from '../lib/checks/departed-work.ts'
import { departure } from '../lib/checks/departure.ts'
import { rotation } from '../lib/checks/rotation.ts'
import { STEP_SIX } from '../lib/checks/step-six/step-six.ts'
import { VERIFY_LANGUAGES } from '../lib/reporters/audit-messages.ts'
import verify from '../playbooks/verify.ts'
import { suite } from './support/suite.ts'

const it = suite('docs')

const GONE = {
  name: 'bob',
  uid: 20_001,
  home: '/home/bob',
  accounts: 'local' as const,
  keepsHome: false,
  tokens: [],
}
const LEAVING = { user: 'bob', people: [], namespaces: [], identities: 'arena-prod', groups: [], kinds: [] }
const afterwards = [...departure(GONE), ...rotation([]), departedWork(LEAVING, { kept: false })]
const stepSix = Object.values(STEP_SIX)
/** Those that only pods tell, beside the ones that they tell more of. */
const inPods = verify.pods.checks.filter(({ id }) => verify.checks.every((one) => one.id !== id))
const every: readonly Pick<Check, 'id' | 'goal' | 'title'>[] = [
  ...verify.checks,
  ...inPods,
  ...afterwards,
  ...stepSix,
]

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
    [...verify.checks, ...inPods]
      .map(({ id, goal, title }) => ({ id, goal: Number(goal), title }))
      .toSorted(order),
  )
})

it('tell of those that follow a removal, a rotation or a job what holds', async () => {
  const text = await readFile('docs/verify.md', 'utf8')
  for (const { id, goal, title } of afterwards) assert.match(text, `- ${id} (goal ${goal}): ${title}\n`)
  for (const { id } of stepSix) assert.match(text, new RegExp(`\\b${id} \\S`))
})

it('are there in Chinese too: each check has a title in both languages', () => {
  const { titles } = VERIFY_LANGUAGES.zh
  assert.equal(Object.keys(titles).toSorted(), every.map(({ id }) => id).toSorted())
  for (const { id, title } of every) assert.match(title, /^[A-Z`]/, id)
  for (const [id, title] of Object.entries(titles)) assert.match(title, /\p{Script=Han}/u, id)
})

it('say of what pods tell more the same as without', () => {
  for (const { id, goal, title } of verify.pods.checks) {
    const same = verify.checks.find((one) => one.id === id)
    if (same !== undefined) assert.equal([same.goal, same.title], [goal, title])
  }
})

it('name no check twice', () => {
  const ids = verify.checks.map(({ id }) => id)
  assert.equal(ids.toSorted(), [...new Set(ids)].toSorted())
})

it('name the file of each check, also of those that follow a removal or a rotation', async () => {
  const text = await readFile('docs/verify.md', 'utf8')
  const rows = [
    ...text.matchAll(/^\| \[[\w-]+\.ts\]\(\.\.\/([\w/-]+\.ts)\) \| ([A-Z]\d+(?: [A-Z]\d+)*) \|$/gm),
  ]
  const files = rows.flatMap(([, file, ids]) => ids!.split(' ').map((id) => [id, file!] as const))
  assert.equal(files.map(([id]) => id).toSorted(), every.map(({ id }) => id).toSorted())
  for (const [id, file] of files)
    assert.match(await readFile(file, 'utf8'), new RegExp(`'${id}'|\\b${id}:`), `${id} in ${file}`)
})

it.run()
