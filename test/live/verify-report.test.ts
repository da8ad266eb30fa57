import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { runOn } from '../../sandbox/tampering.ts'
import { browser } from '../support/browser.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('verify report', { seconds: 300 })

let directory: string
let chromium: Browser
let inventory: string

const opened = async (width: number, height: number): Promise<{ page: Page; asked: string[] }> => {
  const page = await chromium.newPage({ viewport: { width, height } })
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('pageerror', (error) => asked.push(error.message))
  await page.goto(`file://${directory}/verify.html`)
  return { page, asked }
}

it.before(async () => {
  const state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('page', 53_000, state))
  directory = await mkdtemp(join(tmpdir(), 'arena-page-'))
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  chromium = await browser()
  const hole =
    'kubectl create rolebinding page-hole -n page2 --clusterrole=view --serviceaccount=page1:page-ann'
  await runOn('cluster', hole, state)
  try {
    const { code: found, stdout } = await runText(
      'verify',
      inventory,
      '--output',
      'lines',
      '--report',
      join(directory, 'verify.html'),
    )
    assert.is(found, 1, stdout)
    assert.match(stdout, join(directory, 'verify.html'))
  } finally {
    await runOn('cluster', 'kubectl delete rolebinding page-hole -n page2', state)
  }
})

it.after(async () => {
  await chromium?.close()
  if (directory !== undefined) await rm(directory, { recursive: true })
})

for (const [name, width, height] of [
  ['wide', 1400, 900],
  ['narrow', 380, 800],
] as const)
  it(`shows the goals first and fits a ${name} window`, async () => {
    const { page, asked } = await opened(width, height)
    assert.equal(asked, [`file://${directory}/verify.html`], 'nothing is fetched, nothing goes wrong')
    const goals = page.locator('.goal')
    assert.ok((await goals.count()) >= 4)
    const first = await goals.first().boundingBox()
    assert.ok(first !== null && first.y + first.height < height, 'the first goal is seen at once')
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.is(overflow, 0, 'the page does not scroll sideways')
    const cut = await page.evaluate(
      `[...document.querySelectorAll('.goal, li')].filter((one) => one.scrollWidth > one.clientWidth).length`,
    )
    assert.is(cut, 0, 'no text runs out of its box')
    assert.ok((await page.screenshot({ fullPage: true })).length > 10_000)
  })

it('names the failure, its repair, and the cell of the matrix', async () => {
  const { page } = await opened(1400, 900)
  assert.match(await page.locator('.goal.fail').first().innerText(), 'does NOT hold')
  const failures = (await page.locator('li.fail').allInnerTexts()).join('\n')
  assert.match(failures, 'RoleBinding page2/page-hole of ClusterRole view')
  assert.match(failures, 'kubectl delete rolebinding page-hole -n page2')
  const heads = await page.locator('#access thead th').allInnerTexts()
  const row = await page
    .locator('#access tbody tr', { hasText: 'page-ann' })
    .locator('th, td')
    .allInnerTexts()
  assert.match(row[heads.indexOf('page2')]!, /\d+ too many/)
  assert.is(row[heads.indexOf('page1')], 'member')
  assert.match(
    (await page.locator('#quotas').innerText()).replaceAll('\t', ' '),
    /page1 requests.nvidia.com\/gpu 0 1/,
  )
})

it('tells how many questions are answered ten times a second at most, and at the end', async () => {
  const { stdout } = await runText('verify', inventory, '--output', 'json')
  const told: { at: number; type: string; asked: number; of: number }[] = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  const asking = told.filter(({ type }) => type === 'asking')
  const [first, last] = [asking[0], asking.at(-1)]
  assert.ok(first !== undefined && last !== undefined)
  assert.is(last.asked, last.of)
  assert.ok(last.of > 100, `${last.of} questions`)
  assert.ok(
    asking.length <= 10 * (last.at - first.at) + 2,
    `${asking.length} lines in ${last.at - first.at} s`,
  )
})

it('says where the page cannot be written', async () => {
  const { code, stdout } = await runText(
    'verify',
    inventory,
    '--only',
    'D1',
    '--report',
    '/no/such/page.html',
  )
  assert.is(code, 64)
  assert.match(stdout, /--report \/no\/such\/page.html.*ENOENT/)
})

it('holds no token', async () => {
  assert.not.match(await readFile(join(directory, 'verify.html'), 'utf8'), 'eyJ')
})

it.run()
