import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { Secret } from '../../../lib/base/secret.ts'
import { lines, quote, sh } from '../../../lib/base/shell.ts'
import { suite } from '../../support/suite.ts'

const it = suite('shell')

const echoed = (word: string): string =>
  execFileSync('sh', ['-c', `printf %s ${quote(word)}`], { encoding: 'utf8' })

it('quotes a word so that the shell gives it back', () => {
  for (const word of ['', 'plain', 'a b', "it's", '$HOME `id` $(id)', '\\', '\n', '*', '!x', '-n', '组'])
    assert.is(echoed(word), word)
})

it('quotes any word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (word) => word.includes('\0') || echoed(word) === word),
    { numRuns: 100 },
  )
})

it('refuses a NUL, which no shell word can hold', () => {
  assert.throws(() => quote('a\0b'), /NUL/)
})

it('quotes what is put into a script, and joins lists as words', () => {
  assert.is(
    String(sh`useradd -u ${20001} -c ${'Bob B'} -G ${['dev1', 'a b']} ${'bob;id'}`),
    "useradd -u 20001 -c 'Bob B' -G dev1 'a b' 'bob;id'",
  )
})

it('keeps secrets sealed when printed, also through another script', () => {
  const password = new Secret('password of bob', 'hunter2')
  const script = lines(sh`printf %s ${password} | chpasswd`, sh`true`)
  assert.is(String(script), 'printf %s «secret:password of bob» | chpasswd\ntrue\n')
  assert.equal(script.secrets, [password])
  assert.not.match(JSON.stringify(sh`${script}`), 'hunter2')
})

it.run()
