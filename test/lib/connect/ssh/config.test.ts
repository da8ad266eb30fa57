import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../../lib/base/errors.ts'
import { type Asked, readOptions } from '../../../../lib/connect/ssh/config.ts'
import { parseJump, routeTo } from '../../../../lib/connect/ssh/route.ts'
import type { Host } from '../../../../lib/inventory/schema.ts'
import { debian } from '../../../support/debian.ts'
import { rejects, suite } from '../../../support/suite.ts'

const test = suite('ssh_config')

let dir: string
test.before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ssh-config-'))
})
test.after(() => rm(dir, { recursive: true }))

let files = 0
const write = async (text: string): Promise<string> => {
  const path = join(dir, `config${files++}`)
  await writeFile(path, text)
  return path
}

const options = async (text: string, asked: Asked = { address: 'client01' }) =>
  Object.fromEntries(await readOptions(asked, await write(text)))

const route = async (text: string, more: Partial<Host> = {}) =>
  routeTo({
    name: 'client01',
    address: 'client01',
    connection: 'ssh',
    sshConfig: await write(text),
    ...more,
  })

const target = async (text: string, more: Partial<Host> = {}) => (await route(text, more)).at(-1)!

const refusal = async (promise: Promise<unknown>, code: string, ...words: string[]) => {
  const error = await rejects(promise)
  assert.ok(isAutomationError(error), String(error))
  assert.is(error.code, code)
  for (const word of words) assert.match(error.message, word)
}

test('the first value counts, sections in the order of the file, keywords in any case', async () => {
  const text = `
USER first
Host client*
  user second
  PORT=2222
Host *
  Port 22
  HostName "real.example"
`
  assert.equal(await options(text), {
    user: ['first'],
    port: ['2222'],
    hostname: ['real.example'],
  })
})

test('a section counts when a pattern matches and no negated one does', async () => {
  const text = 'Host * !client01\n  User others\nHost client0? !client09\n  User ours\n'
  assert.equal((await options(text))['user'], ['ours'])
  assert.equal((await options(text, { address: 'client09' }))['user'], ['others'])
  assert.equal((await options(text, { address: 'client01x' }))['user'], ['others'])
})

test('identity files add up, each once', async () => {
  const text =
    'Host client01\n IdentityFile a\n IdentityFile "b c"\nHost *\n IdentityFile a\n IdentityFile d\n'
  assert.equal((await options(text))['identityfile'], ['a', 'b c', 'd'])
})

test("the inventory's name for a host is looked up too, but for where it is", async () => {
  const text =
    'Host client01\n  HostName elsewhere.example\n  User deploy\n  ProxyJump bastion\nHost *\n  User common\n'
  const asked = { address: '10.0.0.5', name: 'client01' }
  assert.equal(await options(text, asked), { user: ['deploy'], proxyjump: ['bastion'] })
  assert.equal((await options(text, { address: '10.0.0.5' }))['user'], ['common'])
  assert.equal((await options(text, { address: 'client01' }))['hostname'], ['elsewhere.example'])
  const excluded = 'Host * !client01\n  User common\n'
  assert.equal((await options(excluded, asked))['user'], undefined)
})

test('Match host, originalhost, user, localuser and all are understood, negated too', async () => {
  const me = userInfo().username
  const cases: [criteria: string, applies: boolean][] = [
    ['all', true],
    ['originalhost client01', true],
    ['originalhost other', false],
    ['host client01', false],
    ['host real.example', true],
    ['host other,real.*', true],
    ['!host real.example', false],
    ['user deploy', true],
    ['user root', false],
    [`localuser ${me}`, true],
    [`localuser !${me},*`, false],
    ['host real.example user root', false],
    ['canonical all', false],
  ]
  for (const [criteria, applies] of cases) {
    const text = `Host client01\n  HostName real.example\n  User deploy\nMatch ${criteria}\n  Port 2222\n`
    assert.is((await options(text))['port']?.[0] === '2222', applies, criteria)
  }
})

test('Match exec is refused where it would decide something, and never run', async () => {
  const witness = join(dir, 'witness')
  const section = (criteria: string) => `Match ${criteria}exec "touch ${witness}"\n  User x\n`
  await refusal(options(section('')), 'inventory', 'Match exec', 'client01', 'only ssh itself')
  await refusal(options(section('host client01 ')), 'inventory', 'Match exec')
  assert.equal(await options(section('host other ')), {})
  assert.equal(await options(`Host other\n${section('host other ')}`), {})
  await rejects(access(witness))
})

test('included files count where the line stands', async () => {
  await mkdir(join(dir, 'conf.d'))
  await writeFile(join(dir, 'conf.d/2'), 'Host *\n  User late\n  Port 2\n')
  await writeFile(join(dir, 'conf.d/1'), 'Host client01\n  User early\n')
  const text = `Host other\n  Include ${dir}/conf.d/1\nHost client*\n  Include ${dir}/conf.d/*\n  Port 3\n`
  assert.equal(await options(text), { user: ['early'], port: ['2'] })
  assert.equal(await options(`Include ${dir}/none/*\nPort 4\n`), { port: ['4'] })
  const loop = join(dir, 'loop')
  await writeFile(loop, `Include ${loop}\n`)
  await refusal(options(`Include ${loop}\n`), 'inventory', 'too deeply')
})

test('a named file that is missing or broken is an inventory error', async () => {
  await refusal(target('', { sshConfig: join(dir, 'missing') }), 'inventory', 'missing', 'ENOENT')
  await refusal(target('Host "a\n'), 'inventory', 'cannot be understood')
})

test('the inventory wins over ssh_config, and ssh_config over defaults', async () => {
  const text = 'Host client01\n  HostName 10.0.0.5\n  User deploy\n  Port 2222\n  IdentityFile /k/config\n'
  const fromFile = await target(text)
  assert.equal([fromFile.hostName, fromFile.user, fromFile.port], ['10.0.0.5', 'deploy', 2222])
  assert.equal(fromFile.identityFiles, [{ path: '/k/config', named: true }])
  const given = await target(text, { user: 'root', port: 22, identityFile: '~/own' })
  assert.equal([given.hostName, given.user, given.port], ['10.0.0.5', 'root', 22])
  assert.equal(given.identityFiles, [{ path: join(homedir(), 'own'), named: true }])
  const bare = await target('')
  assert.equal([bare.hostName, bare.user, bare.port], ['client01', userInfo().username, 22])
  assert.ok(bare.identityFiles.every(({ named }) => !named))
})

test('tokens are replaced, and one that is not known is an error', async () => {
  const text = `Host client01
  HostName %h.example
  User deploy
  Port 2222
  IdentityFile ~/.ssh/%r@%h:%p-%n%%
  UserKnownHostsFile %d/a \${HOME}/b
`
  const found = await target(text)
  assert.is(found.hostName, 'client01.example')
  assert.is(found.identityFiles[0]?.path, join(homedir(), '.ssh/deploy@client01.example:2222-client01%'))
  assert.equal(found.knownHosts.slice(0, 2), [join(homedir(), 'a'), `${process.env['HOME']}/b`])
  await refusal(target('IdentityFile %Z\n'), 'inventory', '%Z')
})

test('agent, known hosts and key names come from where ssh takes them', async () => {
  const saved = process.env['SSH_AUTH_SOCK']
  process.env['SSH_AUTH_SOCK'] = '/agent/standard'
  process.env['OTHER_AGENT'] = '/agent/other'
  try {
    const socket = async (text: string, more: Partial<Host> = {}) => (await target(text, more)).agentSocket
    assert.is(await socket(''), '/agent/standard')
    assert.is(await socket('', { agent: false }), undefined)
    assert.is(await socket('IdentityAgent none\n'), undefined)
    assert.is(await socket('IdentityAgent SSH_AUTH_SOCK\n'), '/agent/standard')
    assert.is(await socket('IdentityAgent $OTHER_AGENT\n'), '/agent/other')
    assert.is(await socket('IdentityAgent ~/agent\n'), join(homedir(), 'agent'))
  } finally {
    delete process.env['OTHER_AGENT']
    if (saved === undefined) delete process.env['SSH_AUTH_SOCK']
    else process.env['SSH_AUTH_SOCK'] = saved
  }
  const found = await target('HostKeyAlias known\nUserKnownHostsFile /a /b\nGlobalKnownHostsFile none\n')
  assert.equal(found.knownAs, ['known'])
  assert.equal((await target('HostKeyAlias Known\nPort 2222\n')).knownAs, ['known'])
  assert.equal(found.knownHosts, ['/a', '/b'])
  assert.equal((await target('UserKnownHostsFile /a\n', { knownHosts: '~/k' })).knownHosts, [
    join(homedir(), 'k'),
  ])
  assert.ok((await target('IdentitiesOnly yes\n')).identitiesOnly)
})

test('jump hosts are looked up themselves, in the order they are passed', async () => {
  const text = `
Host client01
  ProxyJump first,deploy@second:2202
Host first
  HostName 10.0.0.1
  User gate
  ProxyJump zeroth
Host second
  HostName 10.0.0.2
  User ignored
  ProxyJump not-this-one
`
  const hops = await route(text, { identityFile: '/k/inventory' })
  assert.equal(
    hops.map(({ user, hostName, port }) => `${user}@${hostName}:${port}`),
    [
      `${userInfo().username}@zeroth:22`,
      'gate@10.0.0.1:22',
      'deploy@10.0.0.2:2202',
      `${userInfo().username}@client01:22`,
    ],
  )
  assert.match(hops[1]!.subject, 'client01 (jump host first)')
  assert.is(hops[1]!.identityFiles[0]?.path, '/k/inventory')
  assert.is((await route(text, { proxyJump: 'none' })).length, 1)
  assert.equal(
    (await route(text, { proxyJump: 'second' })).map(({ hostName }) => hostName),
    ['not-this-one', '10.0.0.2', 'client01'],
  )
})

test('jumps that lead in a circle, and words that are no jump host, are inventory errors', async () => {
  await refusal(route('Host *\n  ProxyJump bastion\n'), 'inventory', 'leads back to bastion')
  for (const text of ['', '-oProxyCommand=x', 'a b', 'user@', 'host:port'])
    await refusal(route('', { proxyJump: text }), 'inventory', 'is not a jump host')
  assert.equal(parseJump('ssh://bob@[::1]:2222', ''), { address: '::1', user: 'bob', port: 2222 })
})

test('ProxyCommand is refused where ssh would use it', async () => {
  const text = 'Host client01\n  ProxyCommand nc %h %p\n'
  await refusal(route(text), 'inventory', 'ProxyCommand', 'client01')
  assert.is((await route(text, { proxyJump: 'none' })).length, 1)
  assert.is((await route('ProxyCommand none\n')).length, 1)
  assert.is((await route('Host other\n  ProxyCommand nc %h %p\n')).length, 1)
})

test('ssh itself reads the same from the same file', async () => {
  const config = await write(`
Host gate gate-*
  User gatekeeper
Host client01 # the first
  HostName=%h.example
  IdentityFile ~/.ssh/one
  ProxyJump gate
Match originalhost client01 user root
  Port 2201
Host "client02"
  HostName 10.0.0.2
  Port 2202
  HostKeyAlias two
  UserKnownHostsFile /known/a /known/b
Host * !client02
  User root
  IdentityFile ~/.ssh/two
  IdentitiesOnly yes
Match host 10.0.0.*
  User ten
`)
  const ssh = (await debian()).path('ssh')
  for (const address of ['client01', 'client02', 'gate-1', 'other']) {
    const { stdout } = await promisify(execFile)(ssh, ['-G', '-F', config, address])
    const lines = stdout.split('\n').map((line) => [line.split(' ')[0], line.split(' ').slice(1).join(' ')])
    const says = (keyword: string) => lines.filter(([word]) => word === keyword).map(([, value]) => value!)
    const ours = (
      await routeTo({ name: address, address, connection: 'ssh', sshConfig: config, agent: false })
    ).at(-1)!
    assert.is(ours.hostName, says('hostname')[0], address)
    assert.is(ours.user, says('user')[0], address)
    assert.is(String(ours.port), says('port')[0], address)
    assert.is(ours.knownAs.at(-1), says('hostkeyalias')[0] ?? says('hostname')[0], address)
    assert.is(ours.identitiesOnly, says('identitiesonly')[0] === 'yes', address)
    const files = says('userknownhostsfile')[0]!
      .split(' ')
      .map((path) => path.replace(/^~/, homedir()))
    assert.equal(ours.knownHosts.slice(0, files.length), files, address)
    const named = ours.identityFiles.filter(({ named }) => named).map(({ path }) => path)
    const theirs = says('identityfile').map((path) => path.replace(/^~/, homedir()))
    if (named.length > 0) assert.equal(named, theirs, address)
    const jump = (await readOptions({ address }, config)).get('proxyjump')?.[0]
    assert.is(jump, says('proxyjump')[0], address)
  }
})

test.run()
