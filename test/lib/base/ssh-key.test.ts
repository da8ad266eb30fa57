import { generateKeyPairSync } from 'node:crypto'
import * as assert from 'uvu/assert'
import { keyInShort, keyPartOf, sshKey } from '../../../lib/base/ssh-key.ts'
import { suite } from '../../support/suite.ts'

const it = suite('ssh key')

const blob = (...strings: readonly (string | Buffer)[]): string =>
  Buffer.concat(
    strings.flatMap((one) => {
      const size = Buffer.alloc(4)
      size.writeUInt32BE(one.length)
      return [size, Buffer.from(one)]
    }),
  ).toString('base64')

const ED25519 = `ssh-ed25519 ${blob('ssh-ed25519', Buffer.alloc(32, 7))}`

it('takes each type that sshd takes, with and without a comment', () => {
  for (const key of [
    ED25519,
    `${ED25519} bob@laptop of the office\n`,
    `ssh-rsa ${blob('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(256, 1))}`,
    `ecdsa-sha2-nistp256 ${blob('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4))}`,
    `sk-ssh-ed25519@openssh.com ${blob('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), 'ssh:')}`,
  ])
    assert.is(sshKey(key), undefined, key)
})

const WRONG: Readonly<Record<string, readonly [key: string, reason: RegExp]>> = {
  'a private key': [
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    /private key/,
  ],
  'two keys in one': [`${ED25519}\n${ED25519}`, /line break/],
  'options before it': [`from="10.0.0.0/8" ${ED25519}`, /options/],
  'an option alone before it': [`restrict ${ED25519}`, /options/],
  'a type that sshd gave up': [`ssh-dss ${blob('ssh-dss')}`, /ssh-dss/],
  'a certificate': [`ssh-ed25519-cert-v01@openssh.com ${blob('x')}`, /certificate/],
  'no type': [blob('ssh-ed25519', Buffer.alloc(32)), /no type/],
  'no base64': ['ssh-ed25519 bob@laptop', /base64/],
  'cut short': [ED25519.slice(0, -4), /cut short/],
  'another type than it says': [
    ED25519.replace('ssh-ed25519', 'ssh-ed25519').replace(/^\S+/, 'ssh-rsa'),
    /cut short|another type/,
  ],
  nothing: ['', /no type/],
}

for (const [sentence, [key, reason]] of Object.entries(WRONG))
  it(`refuses ${sentence}, and quotes nothing of it`, () => {
    const mistake = sshKey(key)!
    assert.match(mistake.reason, reason)
    const said = `${mistake.reason} ${mistake.hint}`
    for (const part of key.split(/\s+/).filter((word) => word.length > 24))
      assert.not.match(said, part.slice(0, 24))
  })

it('takes no word of JavaScript for a type or an option', () => {
  for (const word of ['constructor', 'toString', '__proto__'])
    assert.equal(sshKey(ED25519.replace('ssh-ed25519', word)), sshKey(ED25519.replace('ssh-ed25519', 'none')))
})

it('is told by its fingerprint and comment', () => {
  assert.match(keyInShort(`${ED25519} bob@laptop`), /^ssh-ed25519 SHA256:[A-Za-z0-9+/]{43} bob@laptop$/)
  assert.is(keyInShort(`from="10.0.0.1",no-pty ${ED25519} bob`), keyInShort(`${ED25519} bob`))
  const tabs = `${ED25519} bob`.replaceAll(' ', '\t')
  assert.is(keyInShort(tabs), keyInShort(`${ED25519} bob`))
  assert.is(keyPartOf(tabs), ED25519.split(' ')[1])
})

it('is not shown where it is none: a line of a private one', () => {
  assert.is(keyInShort('b3BlbnNzaC1rZXktdjEAAAAA bob'), 'a line that is no key')
})

it.run()
