import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { TenantsReport } from '../../lib/tenants/tenants.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { browser } from '../support/browser.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('report', { seconds: 180 })

let state: SandboxState
let inventory: string
let directory: string

const asAnn = (command: string): Promise<string> =>
  runOn('client01', `su - told-ann -c '${command}' 2>&1 || true`, state)

const submit = (name: string): string => `arena submit tf --name=${name} --gpus=1 --image=busybox "sleep 9"`

const told = async (): Promise<{ code: number; report: TenantsReport; stdout: string }> => {
  const { code, stdout } = await runText('report', inventory, '--output', 'json')
  const line = stdout.split('\n').find((one) => one.includes('"type":"tenants"'))
  assert.ok(line, stdout)
  return { code, stdout, report: JSON.parse(line).report }
}

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('told', 46_000, state))
  directory = await mkdtemp(join(tmpdir(), 'arena-told-'))
})

it.after(async () => {
  if (directory !== undefined) await rm(directory, { recursive: true })
  await runOn('cluster', 'kubectl delete tfjobs --all -n told1', state)
})

it('says that everything is missing before there is anything, with 2', async () => {
  const { code, report } = await told()
  assert.is(code, 2)
  assert.ok(report.users.every(({ drift, token }) => drift.count > 0 && token === undefined))
})

it('puts wanted beside actual, counts jobs, and writes nothing', async () => {
  assert.is((await runPlaybook('setup', inventory)).code, 0)
  await asAnn(submit('told-1'))
  await asAnn(submit('told-2'))
  await runOn('cluster', 'kubectl wait --for=condition=Running tfjob/told-1 -n told1 --timeout=60s', state)
  let seen: Awaited<ReturnType<typeof told>> | undefined
  const requests = await audited(state, async () => {
    seen = await told()
  })
  assert.equal(writes(requests), [])
  const { code, report, stdout } = seen!
  assert.is(code, 0)
  const [one] = report.groups
  assert.equal(one!.actual.users, ['told-ann'])
  assert.equal(
    [one!.wanted.gpu, one!.actual.gpu, one!.wanted.cpu, one!.actual.cpu],
    ['1', '1', undefined, undefined],
  )
  assert.equal(one!.actual.volumes.toSorted(), one!.wanted.volumes.toSorted())
  assert.equal(one!.jobs, { running: 1, held: 1, done: 0 })
  const ann = report.users.find(({ name }) => name === 'told-ann')!
  assert.equal(ann.jobs, { running: 1, held: 1, done: 0 })
  assert.is(ann.token!.age, 0)
  assert.match(ann.token!.lastUsed!, /^20\d\d-\d\d-\d\d$/)
  const secret = (await readFile(state.passwords['bob']!, 'utf8')).trim()
  assert.not.match(stdout, secret)
  assert.not.match(stdout, 'eyJhbGciOi')
})

it('names what is not as wanted, in both languages and on a page that fits its window', async () => {
  await runOn('client01', 'chmod 755 /home/told-ben', state)
  for (const [language, said] of [
    ['en', /told-ben .*no: 1 difference/],
    ['zh', /told-ben .*否：1 处差异/],
  ] as const) {
    const page = join(directory, `${language}.html`)
    const { code, stdout } = await runText(
      'report',
      inventory,
      '--output',
      'lines',
      '--lang',
      language,
      '--html',
      page,
    )
    assert.is(code, 2)
    assert.match(stdout, said)
    assert.match(stdout, 'linux-user/told-ben on client01: home mode')
  }
  const chromium = await browser()
  try {
    for (const width of [1400, 380])
      for (const language of ['en', 'zh']) {
        const page = await chromium.newPage({ viewport: { width, height: 900 } })
        await page.goto(`file://${directory}/${language}.html`)
        assert.is(
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
          0,
        )
        assert.is(await page.locator('#quotas .bar.full').count(), 1, 'the one GPU of told1 is in use')
        assert.match(await page.locator('#users tr.gap').innerText(), 'told-ben')
      }
  } finally {
    await chromium.close()
  }
  assert.is((await runPlaybook('setup', inventory)).code, 0)
})

it('refuses a language that it does not speak and a page that cannot be written', async () => {
  assert.is((await runText('report', inventory, '--lang', 'fr')).code, 64)
  assert.is((await runText('report', inventory, '--html', '/no/such/page.html')).code, 64)
})

it.run()
