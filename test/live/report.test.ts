import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { HeldJob } from '../../lib/survey/jobs.ts'
import type { TenantsReport } from '../../lib/survey/standing.ts'
import type { TokenStanding } from '../../lib/survey/token-standing.ts'
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

/** Waits until a command in the cluster prints that. */
const comes = async (command: string, wanted: RegExp): Promise<void> => {
  for (let tries = 0; !wanted.test(await runOn('cluster', command, state)); tries++) {
    if (tries === 60) throw new Error(`${command} never printed ${wanted}`)
    await sleep(500)
  }
}

const told = async (...flags: string[]): Promise<{ code: number; report: TenantsReport; stdout: string }> => {
  const { code, stdout } = await runText('report', inventory, '--output', 'json', ...flags)
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
  assert.ok(report.users.every(({ drift, token }) => drift.count > 0 && token === 'none'))
})

it('puts wanted beside actual, counts jobs, and writes nothing', async () => {
  assert.is((await runPlaybook('setup', inventory)).code, 0)
  await asAnn(submit('told-1'))
  await asAnn(submit('told-2'))
  await runOn('cluster', 'kubectl wait --for=condition=Running tfjob/told-1 -n told1 --timeout=300s', state)
  await comes('kubectl get events -n told1 --field-selector involvedObject.name=told-2', /exceeded quota/)
  let seen: Awaited<ReturnType<typeof told>> | undefined
  const requests = await audited(state, async () => {
    seen = await told()
  })
  assert.equal(writes(requests), [])
  const { code, report, stdout } = seen!
  assert.is(code, 0)
  const [one] = report.groups
  assert.equal(one!.actual, one!.wanted)
  assert.equal(one!.wanted.users, [{ name: 'told-ann' }])
  assert.equal(one!.wanted.limits, { gpu: '1' })
  assert.equal(one!.jobs, { running: 1, held: 1, done: 0 })
  const ann = report.users.find(({ name }) => name === 'told-ann')!
  assert.equal(ann.jobs, { running: 1, held: 1, done: 0 })
  const { age, lastUsed, left } = ann.token as TokenStanding
  assert.equal([age, left], [0, undefined])
  assert.match(lastUsed, /^20\d\d-\d\d-\d\d$/)
  assert.is(report.held.length, 1)
  const [{ job, by, reason }] = report.held as [HeldJob]
  assert.equal([job, by], ['told1/told-2', 'told-ann'])
  assert.match(reason!, /^exceeded quota: told1-compute-resources, requested: requests.nvidia.com\/gpu=1/)
  const secret = (await readFile(state.passwords['bob']!, 'utf8')).trim()
  assert.not.match(stdout, secret)
  assert.not.match(stdout, 'eyJhbGciOi')
})

it('looks once: one exec for each machine, one LIST for each kind', async () => {
  let seen: Awaited<ReturnType<typeof told>> | undefined
  const requests = await audited(state, async () => {
    seen = await told()
  })
  const lists = requests.filter(({ verb }) => verb === 'list').map(({ requestURI }) => requestURI)
  assert.is(new Set(lists).size, lists.length)
  assert.equal(seen!.report.traffic, { execs: state.clients.length, requests: requests.length })
})

it('is about those who are asked for, and calls nothing missing that was not looked at', async () => {
  const { code, report } = await told('--user', 'told-ben')
  assert.is(code, 0)
  assert.equal(
    [report.groups, report.users].map((all) => all.map(({ name }) => name)),
    [['told2'], ['told-ben']],
  )
  assert.equal(report.held, [])
  const machine = (await told('--limit', 'client01')).report
  assert.equal(machine.groups[0]!.actual, { users: [{ name: 'told-ann' }] })
  assert.is(machine.users[0]!.jobs, undefined)
  assert.is(machine.users[0]!.token, 'unknown')
})

it('tells what a machine has that answers when another does not, with 3', async () => {
  const lost = tenants('told', 46_000, state)
  lost.hosts[1]!.port = 1
  const { file, write } = await inventoryFile()
  await write(lost)
  const { code, stdout } = await runText('report', file, '--output', 'lines')
  assert.is(code, 3, stdout)
  assert.match(stdout, /told-ann +told1 .*unknown\n/)
  assert.match(stdout, /actual +told-ann +1 /)
  assert.match(stdout, 'client02')
})

it('names what is not as wanted, in both languages and on a page that fits its window', async () => {
  await runOn('client01', 'chmod 755 /home/told-ben', state)
  for (const [language, said] of [
    ['en', /told-ben .*yes: 1/],
    ['zh', /told-ben .*有：1 处/],
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
    assert.match(stdout, page)
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

it('tells the days that are left of tokens that end, and that nobody knows when they were used', async () => {
  const { file, write } = await inventoryFile()
  await write({ ...tenants('told', 46_000, state), isolation: 'strict' })
  assert.is((await runPlaybook('setup', file)).code, 0)
  const { code, stdout } = await runText('report', file, '--output', 'lines')
  assert.is(code, 0, stdout)
  assert.match(stdout, /told-ann +told1 +1 running, 1 held +0 days +unknown +89 days +no\n/)
})

it('refuses a language, a form and a page that it does not have or cannot write', async () => {
  assert.is((await runText('report', inventory, '--lang', 'fr')).code, 64)
  assert.is((await runText('report', inventory, '--output', 'junit')).code, 64)
  assert.is((await runText('report', inventory, '--html', '/no/such/page.html')).code, 64)
})

it.run()
