import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../../lib/base/errors.ts'
import {
  fingerprint,
  hostKeyAlgorithms,
  type KnownKey,
  knownOf,
  parseKnownHosts,
  pinnedKeys,
  refuseKey,
} from '../../../../lib/connect/ssh/known-hosts.ts'
import { knownHostsNames } from '../../../../lib/connect/ssh/route.ts'
import { suite } from '../../../support/suite.ts'

const test = suite('known hosts')

// Made by ssh-keygen; the hashed lines by `ssh-keygen -H` from client01.example and [10.0.0.5]:2222.
const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEKZk0zDIlIufsQm3afKhjRM3Jrmip10g/HYrN8rni5E'
const PRINT = 'SHA256:qd5s6ASBhERT6kNBljmnWkciYFfxbed1uo5YsvzrUHQ'
const ECDSA =
  'ecdsa-sha2-nistp256 ' +
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMsjmZQ/e0jRNSlHQVU5MlVXL1ASHPeU/a+INaWABbfq' +
  'MZV2vEH+oo9yErAAm/tN9M3bx2m8jghn2Ho42RfqFLM='
const HASHED = [
  `|1|A4ItFzm/NiyX0BuaOfd2s5ZGUvE=|Fx/5DAz8OtfhLg1qnpw3wjAMzuU= ${ED25519}`,
  `|1|8yTV17leMtJBRsIaFImnn9yARzs=|bz6egwBUsqgvvEUYgWP68Mz7gIY= ${ED25519}`,
].join('\n')

const bytes = (line: string): Buffer => Buffer.from(line.split(' ')[1]!, 'base64')
const server = {
  subject: 'client01',
  hostName: 'client01.example',
  port: 22,
  knownAs: ['client01.example'] as [string],
  knownHosts: ['/home/a/.ssh/known_hosts'],
}
const known = (text: string, host = 'client01.example'): KnownKey[] =>
  parseKnownHosts(text, 'known_hosts', host)
const refusal = (line: string, text: string) =>
  refuseKey(bytes(line), { keys: [known(text)], unread: [] }, server)

test('a port other than 22 is part of the name, and case is not', () => {
  assert.equal(knownHostsNames('Client01.Example', 22), ['client01.example'])
  assert.equal(knownHostsNames('10.0.0.5', 2222), ['[10.0.0.5]:2222', '10.0.0.5'])
})

test('a line is for the hosts that its patterns mean', () => {
  const cases: [hosts: string, host: string, matches: boolean][] = [
    ['client01.example', 'client01.example', true],
    ['CLIENT01.example', 'client01.example', true],
    ['other,client01.example', 'client01.example', true],
    ['client0', 'client01.example', false],
    ['*.example', 'client01.example', true],
    ['client0?.example', 'client01.example', true],
    ['client01?.example', 'client01.example', false],
    ['client01.exampl.', 'client01.example', false],
    ['*,!client01.example', 'client01.example', false],
    ['!client02.example', 'client01.example', false],
    ['[10.0.0.5]:2222', '[10.0.0.5]:2222', true],
    ['10.0.0.5', '[10.0.0.5]:2222', false],
    ['[10.0.0.*]:2222', '[10.0.0.5]:2222', true],
    ['[10.0.0.5]:2222', '[10.0.0.5]:22', false],
  ]
  for (const [hosts, host, matches] of cases)
    assert.is(known(`${hosts} ${ED25519}`, host).length === 1, matches, `${hosts} for ${host}`)
})

test('hashed names are found, and only by their own name', () => {
  assert.equal(known(HASHED), [
    { type: 'ssh-ed25519', key: ED25519.split(' ')[1]!, marker: '', from: 'known_hosts:1' },
  ])
  assert.equal(
    known(HASHED, '[10.0.0.5]:2222').map(({ from }) => from),
    ['known_hosts:2'],
  )
  assert.equal(known(HASHED, 'client02.example'), [])
})

test('comments, empty lines and lines that are not understood are passed over', () => {
  const text = [
    '',
    '# client01.example x y',
    'client01.example',
    '|2|a|b ssh-ed25519 AAAA',
    '@strange * a b',
  ].join('\n')
  assert.equal(known(text), [])
})

test('a key that a line names is trusted, with its comment or several keys on the host', () => {
  assert.is(refusal(ED25519, `client01.example ${ED25519} a comment`), undefined)
  assert.is(refusal(ECDSA, `client01.example ${ED25519}\nclient01.example ${ECDSA}`), undefined)
  assert.is(refusal(ED25519, HASHED), undefined)
})

test('an unknown host is refused with the fingerprint and the line to add', () => {
  const error = refusal(ED25519, `client02.example ${ED25519}`)
  assert.is(error?.code, 'host-key')
  assert.is(error?.exitCode, 3)
  assert.match(error!.message, `ssh-ed25519 ${PRINT}`)
  assert.match(error!.hint!, `echo 'client01.example ${ED25519}' >> /home/a/.ssh/known_hosts`)
  assert.match(error!.hint!, `hostKey: ['${ED25519}']`)
  assert.not.match(error!.message, /CHANGED/)
})

test('a changed key is refused in other words, with the place of the old one', () => {
  for (const [shown, text] of [
    [ECDSA, `# a\nclient01.example ${ED25519}`],
    [ED25519, `# a\nclient01.example ${ECDSA}`],
  ] as const) {
    const error = refusal(shown, text)
    assert.is(error?.code, 'host-key')
    assert.match(error!.message, /HAS CHANGED/)
    assert.match(error!.message, 'known_hosts:2')
    assert.match(error!.message, fingerprint(bytes(shown)))
    assert.not.match(error!.hint!, '>>')
  }
})

test('a revoked key is refused also where it is known', () => {
  const error = refusal(ED25519, `client01.example ${ED25519}\n@revoked * ${ED25519}`)
  assert.is(error?.code, 'host-key')
  assert.match(error!.message, 'known_hosts:2')
  assert.is(refusal(ED25519, `client01.example ${ED25519}\n@revoked * ${ECDSA}`), undefined)
})

test('a certificate authority is not taken for a host key, and the refusal says so', () => {
  const error = refusal(ED25519, `@cert-authority *.example ${ED25519}`)
  assert.is(error?.code, 'host-key')
  assert.match(error!.message, 'known_hosts:1')
})

test('a server is asked first for the kinds of key that are known', () => {
  assert.is(hostKeyAlgorithms([])[0], 'ssh-ed25519')
  assert.is(hostKeyAlgorithms([known(`client01.example ${ECDSA}`)])[0], 'ecdsa-sha2-nistp256')
  const rsa = pinnedKeys([`ssh-rsa ${wire('ssh-rsa')}`], 'client01')
  assert.equal(hostKeyAlgorithms([rsa]).slice(0, 2), ['rsa-sha2-512', 'rsa-sha2-256'])
  assert.is(hostKeyAlgorithms([rsa]).length, hostKeyAlgorithms([]).length)
})

const wire = (type: string): string => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(8)]).toString('base64')
}

test('a key known by the name without the port is trusted, unless the name with it is known', () => {
  const asked = (shown: string, text: string) =>
    refuseKey(
      bytes(shown),
      { keys: knownHostsNames('client01.example', 2222).map((name) => known(text, name)), unread: [] },
      { ...server, port: 2222, knownAs: ['[client01.example]:2222'] },
    )
  const bare = `client01.example ${ED25519}`
  assert.is(asked(ED25519, bare), undefined)
  assert.match(asked(ECDSA, bare)!.hint!, `echo '[client01.example]:2222 ${ECDSA}'`)
  assert.match(asked(ED25519, `${bare}\n[client01.example]:2222 ${ECDSA}`)!.message, /HAS CHANGED/)
  assert.match(asked(ED25519, `${bare}\n@revoked client01.example ${ED25519}`)!.message, 'known_hosts:2')
  const names = knownHostsNames('client01.example', 2222)
  const text = `${bare}\n[client01.example]:2222 ${ECDSA}`
  assert.is(hostKeyAlgorithms(names.map((name) => known(text, name)))[0], 'ecdsa-sha2-nistp256')
})

test('pinned keys are trusted alone, and what is not a key is an inventory error', () => {
  const pinned = (line: string) => ({ keys: [pinnedKeys([line], 'client01')], unread: [] })
  assert.is(refuseKey(bytes(ED25519), pinned(`${ED25519} root@client01`), server), undefined)
  const changed = refuseKey(bytes(ECDSA), pinned(ED25519), server)
  assert.match(changed!.message, 'hostKey[0] of client01')
  for (const line of ['', 'ssh-ed25519', 'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIEKZ', 'AAAA', PRINT])
    assert.throws(
      () => pinnedKeys([ED25519, line], 'client01'),
      (error: unknown) =>
        isAutomationError(error) && error.code === 'inventory' && error.subject === 'hostKey[1] of client01',
      JSON.stringify(line),
    )
})

test('all files count, and one that is not there has no keys', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'known-'))
  try {
    const [first, second] = [join(dir, 'first'), join(dir, 'second')]
    await writeFile(first, `client01.example ${ED25519}\n`)
    await writeFile(second, `\nclient01.example ${ECDSA}\n`)
    const knownHosts = [first, join(dir, 'none'), join(first, 'under a file'), second]
    const { keys: names, unread } = await knownOf({ ...server, hostKey: undefined, knownHosts })
    const [keys = []] = names
    assert.equal(unread, [])
    assert.equal(
      keys.map(({ type, from }) => [type, from]),
      [
        ['ssh-ed25519', `${first}:1`],
        ['ecdsa-sha2-nistp256', `${second}:2`],
      ],
    )
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('a file that cannot be read is named where a key is unknown, and nowhere else', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'known-'))
  try {
    const [folder, loop, file] = [join(dir, 'folder'), join(dir, 'loop'), join(dir, 'file')]
    await mkdir(folder)
    await symlink(loop, loop)
    await writeFile(file, `client01.example ${ED25519}\n`)
    const found = await knownOf({ ...server, hostKey: undefined, knownHosts: [folder, loop, file] })
    assert.equal(found.unread, [
      { path: folder, code: 'EISDIR' },
      { path: loop, code: 'ELOOP' },
    ])
    assert.is(refuseKey(bytes(ED25519), found, server), undefined)
    assert.not.match(refuseKey(bytes(ECDSA), found, server)!.message, folder)
    const error = refuseKey(bytes(ED25519), { ...found, keys: [[]] }, server)!
    assert.is(error.code, 'host-key')
    assert.match(error.reason, `${folder} cannot be read (EISDIR)`)
    assert.match(error.reason, `${loop} cannot be read (ELOOP)`)
    assert.match(error.hint!, `ls -ld ${folder} ${loop}`)
  } finally {
    await rm(dir, { recursive: true })
  }
})

test.run()
