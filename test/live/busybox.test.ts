import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { $ } from 'zx'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { debian } from '../support/debian.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify, wordsOf } from '../support/verify.ts'

const it = suite('busybox', { seconds: 120 })

let state: SandboxState
let inventory: string

/** Where a machine's own programs are looked for first. */
const FIRST = '/usr/local/sbin'

/** Makes busybox the shell and all the tools that it has; of ways to act as a user only su is left. */
it.before(async () => {
  state = await sandbox()
  const table = tenants('busy', 36_000, state)
  inventory = await (await inventoryFile()).write({
    ...table,
    hosts: table.hosts.filter(({ name }) => name === 'client02'),
  })
  const input = await readFile((await debian()).path('busybox'))
  await $({ input })`ssh -F ${state.sshConfig} client02 ${'cat > /bin/busybox && chmod 755 /bin/busybox'}`
  await runOn(
    'client02',
    `for tool in $(busybox --list); do [ -e ${FIRST}/$tool ] || ln -s /bin/busybox ${FIRST}/$tool; done
     ln -sfn busybox /bin/sh
     for tool in /usr/bin/setpriv /usr/sbin/runuser; do mv $tool $tool.off; done`,
    state,
  )
})

it.after(() =>
  runOn(
    'client02',
    `for tool in /usr/bin/setpriv /usr/sbin/runuser; do mv $tool.off $tool; done
     ln -sfn dash /bin/sh
     /usr/bin/find ${FIRST} -lname /bin/busybox -delete`,
    state,
  ),
)

it('is the shell and the tools of the machine', async () => {
  const said = await runOn(
    'client02',
    `PATH=${FIRST}:$PATH; readlink /proc/$$/exe; for tool in stat tar awk xargs sha256sum; do $tool ` +
      '--help 2>&1; done || true',
    state,
  )
  assert.match(said, '/busybox')
  assert.is(said.match(/^BusyBox/gm)?.length, 5)
})

it('makes accounts, Arena and kubeconfigs, and finds nothing to do afterwards', async () => {
  assert.is(await runOn('client02', 'getent passwd busy-ann || true', state), '')
  const first = await runPlaybook('setup', inventory)
  assert.is(first.code, 0, first.summary)
  assert.is(
    await runOn('client02', "stat -c '%a %u %g' /home/busy-ann/.kube/config", state),
    '600 36010 36010\n',
  )
  const again = await runPlaybook('setup', inventory)
  assert.equal(
    again.changes.map(({ id, change }) => [id, change.diffs]),
    [],
  )
  assert.is(again.code, 0)
})

it('tries there as the users what verify must know', async () => {
  assertClean(await verify(inventory, '--only', 'A,B4,C6,K'))
  await runOn(
    'client02',
    `install -m 644 /home/busy-ann/.kube/config /tmp/x
     sh -c 'sleep 300; :' job --token=secret-in-arguments >/dev/null 2>&1 </dev/null & echo $! > /run/busy.pid`,
    state,
  )
  try {
    const { failures, unknown } = await verify(inventory, '--only', 'K')
    assert.equal(unknown, [])
    const words = failures.map(wordsOf).toSorted()
    assert.match(words[0]!, /^K1 busy-ben on client02: .*the token of busy-ann in \/tmp\/x/)
    assert.match(words[1]!, /^K5 client02: .*: \S+ \(process \d+ of root\)/)
    assert.is(words.length, 2, words.join('\n'))
  } finally {
    await runOn('client02', 'rm /tmp/x; kill $(cat /run/busy.pid)', state)
  }
})

it('finds what was tampered with by field, and puts it right', async () => {
  await runOn(
    'client02',
    `usermod -s /bin/sh -aG sudo busy-ann
     chmod 0755 /home/busy-ann
     chmod 0644 /home/busy-ann/.kube/config
     chown -R root:root /home/busy-ben/.kube
     chmod g+w /opt/arena/current/bin/arena
     rm /charts
     echo exit >> /usr/local/bin/arena`,
    state,
  )
  const { code, changes, stdout } = await runPlaybook('setup', inventory)
  assert.is(code, 0, stdout)
  const fields = Object.fromEntries(
    changes.map(({ id, change }) => [id, change.diffs.map(({ field }) => field)]),
  )
  assert.equal(fields, {
    'linux-user/busy-ann': ['groups', 'shell', 'home mode'],
    'kubeconfig/busy-ann': ['mode'],
    'kubeconfig/busy-ben': ['.kube owner', 'owner'],
    'arena-client/arena': ['bin/arena', '/charts', '/usr/local/bin/arena'],
  })
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
})

it('is read by adopt like any other', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-busybox-'))
  const out = join(directory, 'busy.yaml')
  const { code, stdout } = await runText(
    'adopt',
    ...(['--kubeconfig', state.kubeconfig, '--ssh-config', state.sshConfig] as const),
    ...['--host', 'client02', '--out', out],
  )
  assert.is(code, 0, stdout)
  const { users } = parse(await readFile(out, 'utf8'))
  await rm(directory, { recursive: true })
  assert.equal(users, [
    { name: 'busy-ann', uid: 36010, groups: ['busy1'] },
    { name: 'busy-ben', uid: 36011, groups: ['busy2'] },
  ])
})

it.run()
