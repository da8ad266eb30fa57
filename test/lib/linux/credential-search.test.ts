import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { AT_HOME, SEARCH_HOME } from '../../../lib/linux/credential-search.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('credential search', { seconds: 120 })

const payloadOf = (name: string): string =>
  Buffer.from(JSON.stringify({ sub: `system:serviceaccount:dev1:${name}` })).toString('base64url')
const tokenOf = (name: string): string =>
  [Buffer.from('{"alg":"none"}').toString('base64url'), payloadOf(name), 'x'.repeat(40)].join('.')

/** As in a Secret. */
const encodedOf = (name: string): string => Buffer.from(tokenOf(name)).toString('base64')

const home = mkdtempSync(join(tmpdir(), 'arena-search-'))
it.after(() => rmSync(home, { recursive: true }))

/** What is said of a home with these files and no others, each file by its path there. */
const said = (
  [command, ...args]: [string, ...string[]],
  files: Readonly<Record<string, string>>,
): string[] => {
  rmSync(home, { recursive: true })
  mkdirSync(home)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(home, dirname(path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  const { status, stdout, stderr } = spawnSync(command, [...args, '-c', SEARCH_HOME], {
    env: { PATH: process.env['PATH'], HOME: home },
    encoding: 'utf8',
  })
  assert.is(stderr, '')
  assert.is(status, 0)
  const lines = stdout.split('\n').filter(Boolean)
  return lines.map((line) => line.replace(`credential ${process.getuid!()} ${home}/`, ''))
}

it('tells whom tokens at home name, two levels deep, also encoded as in a Secret, and prints none', async () => {
  const files = {
    notes: `x ${tokenOf('bob')} y`,
    'a/b': `token: ${tokenOf('tom')}`,
    'a/b.yaml': `data:\n  token: ${encodedOf('eve')}\n`,
    'a/cut': `token: ${encodedOf('eve').slice(0, 40)}`,
    'a/c/too-deep': tokenOf('bob'),
    large: tokenOf('bob') + 'x'.repeat(256 * 1024),
    nothing: 'x',
  }
  for (const [name, shell] of await shells()) {
    const lines = said(shell, files)
    assert.equal(
      lines.toSorted(),
      [
        ...['a/b', `token ${payloadOf('tom')}`, 'a/b.yaml', `token ${payloadOf('eve')}`],
        ...['a/cut', 'encoded', 'notes', `token ${payloadOf('bob')}`],
      ].toSorted(),
      name,
    )
    assert.is(lines[0], 'a/b.yaml', 'names that tell come first')
    assert.is(lines.indexOf(`token ${payloadOf('bob')}`), lines.indexOf('notes') + 1)
    assert.not.match(lines.join('\n'), tokenOf('bob'))
  }
})

it('tells of an encoded token beside one that can be read, and of more than it decodes', async () => {
  const wrapped = `${encodedOf('eve').slice(0, 76)}\n${encodedOf('eve').slice(76)}`
  const names = Array.from({ length: 21 }, (_, index) => `user${index}`)
  const files = {
    both: `${encodedOf('bob')}\n${wrapped}\n`,
    many: names.map(encodedOf).join('\n'),
  }
  for (const [name, shell] of await shells()) {
    const lines = said(shell, files)
    const after = (file: string): string[] => lines.slice(lines.indexOf(file) + 1)
    const ofMany = after('many').slice(0, 21)
    assert.equal(after('both').slice(0, 2).toSorted(), ['encoded', `token ${payloadOf('bob')}`], name)
    assert.is(
      ofMany.filter((line) => names.map(payloadOf).includes(line.replace('token ', ''))).length,
      20,
      name,
    )
    assert.is(ofMany.at(-1), 'encoded', name)
  }
})

it('prints the certificate beside the key of a client, and not the key', async () => {
  const [certificate, key] = ['Q2VydA'.repeat(10), 'S2V5'.repeat(20)]
  const files = {
    'admin.conf': `users: [{user: {client-certificate-data: ${certificate}==, client-key-data: ${key}}}]`,
    'b.json': `{"client-certificate-data":"${certificate}","client-key-data":"${key}"}`,
    'no-key': `client-certificate-data: ${certificate}`,
  }
  for (const [name, shell] of await shells())
    assert.equal(
      said(shell, files).toSorted(),
      ['admin.conf', 'b.json', `certificate ${certificate}`, `certificate ${certificate}==`, 'key', 'key'],
      name,
    )
})

it('says when there is more than is looked through: files, holders, names with a line break', async () => {
  const many = (count: number, text: string, more: Record<string, string> = {}): Record<string, string> => ({
    ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, text])),
    ...more,
  })
  const [, shell] = [...(await shells())][0]!
  const yaml = { 'x.yaml': tokenOf('bob') }
  assert.equal(said(shell, many(AT_HOME.files - 1, 'x', yaml)), ['x.yaml', `token ${payloadOf('bob')}`])
  assert.equal(said(shell, many(AT_HOME.files, 'x', yaml)), ['more', 'x.yaml', `token ${payloadOf('bob')}`])
  const holders = said(shell, many(AT_HOME.holders + 1, tokenOf('bob')))
  assert.equal(
    [holders.filter((line) => line === 'more').length, holders.length],
    [1, 2 * AT_HOME.holders + 1],
  )
  assert.equal(said(shell, { 'a\nb': tokenOf('bob') }), ['odd'])
  assert.equal(said(shell, {}), [])
})

it.run()
