import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { oneDisk } from '../support/one-disk.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('homes on two machines', { seconds: 240 })

const HOMES = '/home'
const CLIENTS = ['client01', 'client02'] as const

let state: SandboxState
let file: string
let takeAway: () => Promise<void>

const user = (name: string, uid: number) => ({ name, uid, groups: ['hom1'] })

it.before(async () => {
  state = await sandbox()
  takeAway = await oneDisk(HOMES, state)
  ;({ file } = await inventoryFile())
  const table = tenants('hom', 14_600, state)
  const users = [user('hom-ann', 24_600), user('hom-ben', 24_601), user('hom-cal', 24_602)]
  const inventory: InventoryInput = { ...table, groups: table.groups.slice(0, 1), users, volumes: [] }
  await writeFile(file, JSON.stringify(inventory, null, 2))
})

it.after(() => takeAway())

const run = async (playbook: string, ...flags: string[]): Promise<Told> => {
  const told = await runPlaybook(playbook, file, ...flags)
  assert.is(told.code, 0, told.summary)
  return told
}

/** What is in a directory that only a run needs. */
const debris = (): Promise<string> =>
  runOn('client01', `find ${HOMES} -name '.arena-*' -o -name '.config.*'`, state)

const changedOn = ({ recap }: Told): number[] => CLIENTS.map((host) => recap!.targets[host]!.changed)

const followers = ({ stdout }: Told, id: string): string[] =>
  JSON.parse(stdout.split('\n').findLast((line) => line.includes('"type":"plan"'))!)
    .plan.actions.filter((action: { id: string }) => action.id === id)
    .map(({ on, follows }: { on: string; follows?: string }) => `${on} after ${follows ?? 'nobody'}`)

/** Has client02 tell another start of its kernel, so that it is not known that both have one disk. */
const unrecognised = async (action: () => Promise<void>): Promise<void> => {
  const boot = '/proc/sys/kernel/random/boot_id'
  await runOn(
    'client02',
    `cat /proc/sys/kernel/random/uuid > /run/boot && mount --bind /run/boot ${boot}`,
    state,
  )
  try {
    await action()
  } finally {
    await runOn('client02', `umount ${boot}`, state)
  }
}

const assertWorks = async (name: string): Promise<void> => {
  const get = `runuser -u ${name} -- env HOME=${HOMES}/${name} /opt/arena/current/bin/kubectl get pods -o name`
  for (const host of CLIENTS)
    assert.is(await runOn(host, `${get}; test -s ${HOMES}/${name}/.bashrc`, state), '')
  assert.is(await debris(), '')
}

it('is set up three times at the first go, one machine after the other', async () => {
  for (const round of [1, 2, 3]) {
    await runOn('client01', `rm -rf ${HOMES}/hom-*`, state)
    const told = await run('setup')
    assert.equal(followers(told, 'linux-user/hom-ann'), ['client01 after nobody', 'client02 after client01'])
    assert.equal(followers(told, 'kubeconfig/hom-ann'), ['client01 after nobody', 'client02 after client01'])
    assert.ok(
      changedOn(told).every((changed) => changed >= 4),
      `round ${round}`,
    )
    await assertWorks('hom-ann')
  }
  assert.equal((await run('setup')).changes, [])
})

it('is set up three times where it is not known that they have one disk', () =>
  unrecognised(async () => {
    for (const _ of [1, 2, 3]) {
      await runOn('client01', `rm -rf ${HOMES}/hom-*`, state)
      const told = await run('setup')
      assert.equal(followers(told, 'kubeconfig/hom-ann'), ['client01 after nobody', 'client02 after nobody'])
      await assertWorks('hom-ann')
    }
    assert.equal((await run('setup')).changes, [])
  }))

it('gets users at the first go, and passwords', async () => {
  const passwords = `${dirname(file)}/password`
  for (const [index, name] of ['hom-x', 'hom-y', 'hom-z'].entries()) {
    const uid = String(24_610 + index)
    await run('add-user', '--name', name, '--group', 'hom1', '--uid', uid, '--password-file', passwords)
    await assertWorks(name)
  }
  const told = await run('set-password', '--name', 'hom-x', '--password-file', passwords)
  assert.equal(changedOn(told), [1, 1])
})

it('gets new tokens at the first go, one user after the other', async () => {
  const times =
    'kubectl get secrets -n hom1 -o jsonpath=\'{range .items[*]}{.metadata.creationTimestamp}{"\\n"}{end}\''
  const made = (await runOn('cluster', times, state)).trim().split('\n').map(Date.parse)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.max(...made) + 61_000 - Date.now())))
  for (const name of ['hom-ann', 'hom-ben', 'hom-cal']) {
    const before = await runOn('client02', `sha256sum < /home/${name}/.kube/config`, state)
    await run('rotate-credentials', '--user', name, '--older-than', '1m')
    assert.is.not(await runOn('client02', `sha256sum < /home/${name}/.kube/config`, state), before)
    await assertWorks(name)
  }
})

it.run()
