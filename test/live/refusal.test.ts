import { symlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { verify } from '../support/verify.ts'

const it = suite('refusal', { seconds: 400 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

it.before(async () => {
  state = await sandbox()
  table = tenants('refuse', 32_000, state)
  files = await inventoryFile()
  const { code, summary } = await runPlaybook('setup', await files.write(table))
  assert.is(code, 0, summary)
})

/** Besides the one that is refused, something else drifts: it must be put right all the same. */
const refusedButGoesOn = async (inventory: InventoryInput, id: string): Promise<Told> => {
  await runOn('client02', 'usermod -s /bin/sh refuse-ben', state)
  const told = await runPlaybook('setup', await files.write(inventory))
  assert.is(told.code, 1, told.summary)
  const refused = told.actions.find((action) => action.id === id && action.change.op === 'refuse')
  assert.ok(refused, `${id} is not refused: ${told.stdout}`)
  assert.ok(refused.change.reason && refused.change.hint)
  assert.match(await runOn('client02', 'getent passwd refuse-ben', state), ':/bin/bash')
  return told
}

it('does not make a volume of another directory anew: it says which steps a person must take', async () => {
  const volumes = table.volumes!.map((one) =>
    one.name === 'refuse1-public' ? { ...one, path: '/elsewhere' } : one,
  )
  const told = await refusedButGoesOn({ ...table, volumes }, 'volume/refuse1-public')
  const { change } = told.actions.find(({ id }) => id === 'volume/refuse1-public')!
  assert.equal(change.diffs, [
    { field: 'spec.csi.volumeAttributes.path', from: '/refuse/1', to: '/elsewhere' },
  ])
  assert.match(change.hint!, 'kubectl delete pvc refuse1-public -n refuse1')
})

it('never gives away a uid that another account holds', async () => {
  await runOn('client01', 'useradd -u 32012 stranger', state)
  try {
    const carl = { name: 'refuse-carl', uid: 32_012, groups: ['refuse1'] }
    const told = await refusedButGoesOn({ ...table, users: [...table.users, carl] }, 'linux-user/refuse-carl')
    assert.match(told.actions.find(({ id }) => id === 'linux-user/refuse-carl')!.change.reason!, 'stranger')
    assert.match(await runOn('client02', 'id -u refuse-carl', state), '32012')
  } finally {
    await runOn('client01', 'userdel stranger', state)
  }
})

for (const [sentence, target] of [
  ['/etc', '/etc'],
  ["another user's home", '/home/refuse-ben/.kube'],
] as const)
  it(`does not follow a ~/.kube that is a link to ${sentence}`, async () => {
    const before = await runOn(
      'client01',
      `ls -la ${target}; cat ${target}/config 2>/dev/null || true`,
      state,
    )
    await runOn(
      'client01',
      `mv /home/refuse-ann/.kube /home/refuse-ann/kube.saved; ln -s ${target} ` +
        '/home/refuse-ann/.kube; chown -h refuse-ann: /home/refuse-ann/.kube',
      state,
    )
    try {
      await refusedButGoesOn(table, 'kubeconfig/refuse-ann')
      assert.is(
        await runOn('client01', `ls -la ${target}; cat ${target}/config 2>/dev/null || true`, state),
        before,
      )
    } finally {
      await runOn(
        'client01',
        'rm /home/refuse-ann/.kube; mv /home/refuse-ann/kube.saved /home/refuse-ann/.kube',
        state,
      )
    }
  })

it("leaves another inventory's namespace alone", async () => {
  await runOn(
    'cluster',
    'kubectl create namespace theirs; kubectl label namespace theirs arena-playbooks/inventory=other',
    state,
  )
  const groups = [...table.groups, { name: 'theirs', gid: 32_003, quota: { gpu: 1 } }]
  const told = await refusedButGoesOn({ ...table, groups }, 'namespace/theirs')
  assert.match(told.actions.find(({ id }) => id === 'namespace/theirs')!.change.reason!, '"other"')
  const quotas = await runOn('cluster', 'kubectl get resourcequota -n theirs -o name', state)
  assert.is(quotas, '')
})

it('says what a machine lacks, changes nothing there, and goes on elsewhere', async () => {
  await runOn(
    'client01',
    'usermod -s /bin/sh refuse-ann; mount --bind /dev/null /usr/bin/tar; mv /usr/sbin/usermod /usr/sbin/usermod.off',
    state,
  )
  await runOn('client02', 'usermod -s /bin/sh refuse-ben', state)
  const file = await files.write(table)
  try {
    const told = await runPlaybook('setup', file)
    assert.is(told.code, 1, told.summary)
    const errors = told.actions.flatMap(({ on, hindrance }) => {
      const { error } = (hindrance ?? {}) as { error?: { code: string; subject: string; message: string } }
      return error === undefined ? [] : [[on, error.code, error.subject, error.message]]
    })
    assert.ok(errors.length > 0, told.stdout)
    for (const error of errors)
      assert.equal(error, ['client01', 'refused', 'client01', 'the machine has no tar, usermod'])
    assert.match(await runOn('client01', 'getent passwd refuse-ann', state), ':/bin/sh')
    assert.match(await runOn('client02', 'getent passwd refuse-ben', state), ':/bin/bash')
    const { unknown } = await verify(file, '--only', 'K')
    assert.ok(
      unknown.length > 0 && unknown.every(({ says }) => says.includes('tar')),
      JSON.stringify(unknown),
    )
  } finally {
    await runOn('client01', 'umount /usr/bin/tar; mv /usr/sbin/usermod.off /usr/sbin/usermod', state)
  }
  const { changes, code } = await runPlaybook('setup', file)
  assert.equal([code, ...changes.map(({ id }) => id)], [0, 'linux-user/refuse-ann'])
})

it('says that sudo is not configured, or not there, changes nothing there, and goes on elsewhere', async () => {
  await runOn(
    'client01',
    `useradd -m refuse-ops && install -d -o refuse-ops -m 700 ~refuse-ops/.ssh
     install -o refuse-ops -m 600 ~root/.ssh/authorized_keys ~refuse-ops/.ssh/authorized_keys
     usermod -s /bin/sh refuse-ann`,
    state,
  )
  const [first, ...others] = table.hosts
  const file = await files.write({
    ...table,
    hosts: [{ ...first!, user: 'refuse-ops', sudo: true }, ...others],
  })
  const lacks = async (script: string): Promise<string> => {
    await runOn('client01', script, state)
    await runOn('client02', 'usermod -s /bin/sh refuse-ben', state)
    const told = await runPlaybook('setup', file)
    assert.is(told.code, 3, told.summary)
    const errors = told.actions.flatMap(({ on, hindrance }) => {
      const { error } = (hindrance ?? {}) as { error?: { code: string; message: string; hint: string } }
      return error === undefined ? [] : [JSON.stringify([on, error.code, error.message, error.hint])]
    })
    assert.is(new Set(errors).size, 1, errors.join('\n'))
    assert.match(errors[0]!, /^\["client01","auth",/)
    assert.match(await runOn('client01', 'getent passwd refuse-ann', state), ':/bin/sh')
    assert.match(await runOn('client02', 'getent passwd refuse-ben', state), ':/bin/bash')
    return errors[0]!
  }
  try {
    assert.match(await lacks(':'), 'sudoers')
    assert.match(await lacks('mv /usr/bin/sudo /usr/bin/sudo.off'), 'install sudo')
  } finally {
    await runOn('client01', '[ ! -e /usr/bin/sudo.off ] || mv /usr/bin/sudo.off /usr/bin/sudo', state)
  }
  await runOn('client01', "echo 'refuse-ops ALL=(root) NOPASSWD: ALL' > /etc/sudoers.d/refuse", state)
  const { changes, code, summary } = await runPlaybook('setup', file)
  await runOn('client01', 'rm /etc/sudoers.d/refuse; userdel -rf refuse-ops', state)
  assert.is(code, 0, summary)
  assert.equal(
    changes.map(({ id }) => id),
    ['linux-user/refuse-ann'],
  )
})

it('does not unpack an archive for another processor', async () => {
  const archive = `${dirname(files.file)}/arena-installer-linux-arm64.tar.gz`
  await symlink(state.arena.archive, archive)
  const told = await refusedButGoesOn({ ...table, arena: { ...table.arena, archive } }, 'arena-client/arena')
  assert.match(told.actions.find(({ id }) => id === 'arena-client/arena')!.change.reason!, 'arm64')
})

it('is back in order once the obstacles are gone', async () => {
  const users = [...table.users, { name: 'refuse-carl', uid: 32_012, groups: ['refuse1'] }]
  const told = await runPlaybook('setup', await files.write({ ...table, users }))
  assert.is(told.code, 0, told.summary)
})

it.run()
