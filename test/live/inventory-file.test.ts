// Inventories as people write them, and such as would end or hold up the process: nothing ends with 0 unread.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { runOn } from '../../sandbox/tampering.ts'
import { runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('inventory file', { seconds: 600 })

const BODIES: Record<string, [body: string, said: string]> = {
  'ends the process': ['process.exit(0)', 'ends the process'],
  'fails where nobody catches it': [
    "Promise.reject(new Error('stray'))\nawait new Promise((done) => setTimeout(done, 60_000))",
    'ends the process',
  ],
  'waits for nothing': ['await new Promise(() => {})', 'does not end loading'],
  'waits for ever': [
    'await new Promise((done) => setInterval(() => done === undefined, 1000))',
    'does not end loading within 1 s',
  ],
}

for (const [title, [body, said]] of Object.entries(BODIES))
  it(`one that ${title} is refused with 65`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'arena-inventory-'))
    const file = join(directory, 'inventory.mts')
    try {
      await writeFile(file, 'export default { name: 1 }\n')
      assert.match((await runText('setup', file, '--check')).stdout, /name: is 1, not a text/)
      await writeFile(file, `${body}\nexport default { name: 1 }\n`)
      const { code, stdout, stderr } = await runText('setup', file, '--check', '--timeout', '1')
      assert.is(code, 65, stdout + stderr)
      assert.match(stdout + stderr, said)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

it('one that is saved as GBK is refused with 65, to be read and to be edited, and stays as it is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-inventory-'))
  const file = join(directory, 'inventory.yaml')
  const told = async (name: string, ...flags: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runText(name, file, ...flags)
    assert.is(code, 65, stdout + stderr)
    return stdout + stderr
  }
  const add = ['--name', 'ann', '--group', 'dev1']
  try {
    await writeFile(file, 'name: 1 # 组\n')
    assert.not.match(await told('setup', '--check'), 'UTF-8')
    const gbk = Buffer.concat([Buffer.from('name: 1 # '), Buffer.from('d7e9', 'hex'), Buffer.from('\n')])
    await writeFile(file, gbk)
    assert.match(await told('setup', '--check'), 'UTF-8')
    assert.match(await told('add-user', ...add), 'UTF-8')
    assert.ok(gbk.equals(await readFile(file)))
  } finally {
    await rm(directory, { recursive: true })
  }
})

it('one with merge keys reaches a machine at ::1, whose host key is known by an alias, on another port', async () => {
  const state = await sandbox()
  const directory = await mkdtemp(join(tmpdir(), 'arena-inventory-'))
  const [file, known, config] = ['inventory.yaml', 'known_hosts', 'ssh_config'].map((one) =>
    join(directory, one),
  )
  const on = (script: string): Promise<string> => runOn('client01', script, state)
  const [type, key] = (await on('cat /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')
  const typeAndKey = `${type} ${key}`
  const port = 20_000 + (process.pid % 10_000)
  const { hosts, groups, users, volumes: _, ...rest } = tenants('inv', 14_700, state)
  const host = { ...hosts[0]!, address: '::1', port, sshConfig: config, knownHosts: known }
  const write = (address: string, more = ''): Promise<void> =>
    writeFile(
      file!,
      `${stringify({ ...rest, hosts: [{ ...host, address }], users: users!.slice(0, 1) })}groups:
  - &group { name: inv1, gid: 14700, quota: { gpu: 1 } }
  - <<: *group
    name: inv2
    gid: 14701
${more}`,
    )
  const setup = (...flags: string[]) => runPlaybook('setup', file!, ...flags)
  try {
    await on(`/usr/sbin/sshd -o ListenAddress=[::1]:${port} -o PidFile=/run/sshd-six.pid`)
    await writeFile(config!, 'Host ::1\n  HostKeyAlias the-machine\n')
    await writeFile(known!, `[::1]:${port} ${typeAndKey}\n`)
    await write('::1')
    const unknown = await setup('--check', '--limit', 'client01')
    assert.is(unknown.code, 3, `the alias is not known: ${unknown.summary}`)
    await writeFile(known!, `the-machine ${typeAndKey}\n`)
    assert.is(await on('getent group inv1 inv2 || true'), '')

    // Fails in the middle: what comes after it is told in words for people.
    await on("printf '#!/bin/sh\\nexit 1\\n' > /usr/local/sbin/useradd && chmod 755 /usr/local/sbin/useradd")
    const failed = await runText('setup', file!, '--output', 'lines')
    await on('rm /usr/local/sbin/useradd')
    assert.is(failed.code, 1, failed.stdout)
    assert.match(failed.stdout, 'needs linux-user/inv-ann on client01')
    assert.not.match(failed.stdout + failed.stderr, /client01:\w/)

    const { code, summary } = await setup()
    assert.is(code, 0, summary)
    assert.is(await on('getent group inv2 | cut -d: -f3'), '14701\n')
    assert.is((await setup('--check')).code, 0)

    await write('[::1]')
    const bracketed = await runText('setup', file!, '--check', '--output', 'lines')
    assert.is(bracketed.code, 65, bracketed.stdout)
    assert.match(bracketed.stdout + bracketed.stderr, /hosts\[0\].*address.*brackets/)
    await write('::1', 'retired: &all [*all]\n')
    const circle = await runText('setup', file!, '--check', '--output', 'lines')
    assert.is(circle.code, 65, circle.stdout + circle.stderr)
    assert.match(circle.stdout + circle.stderr, 'retired[0]: leads back')
  } finally {
    await on('kill $(cat /run/sshd-six.pid) 2>/dev/null || true')
    await rm(directory, { recursive: true })
  }
})

it.run()
