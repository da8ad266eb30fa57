import * as assert from 'uvu/assert'
import { partsOf, textWith, withoutRemains } from '../../lib/linux/authorized-keys.ts'
import { authorizedKeys } from '../../tasks/authorized-keys.ts'
import { cases, OWNER } from '../support/cases.ts'
import { filesRead, printed } from '../support/printed.ts'
import { suite } from '../support/suite.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH bob@laptop'
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI bob@home'
const want = { user: 'bob', uid: 20001, home: '/home/bob', keys: [KEY] }

/** So that bob is somebody for whom there are none. */
const nobody = { ...want, user: 'tom', uid: 20002, home: '/home/tom', keys: [] }

const MOUNTED = `\0${[
  '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
  '2 1 0:40 / /home/bob/.ssh rw - fuse.sshfs bob@far: rw',
].join('\n')}\n`

const HOME = '41c0 20001 20001 3 4096 /home/bob'
const DIRECTORY = '41c0 20001 20001 2 4096 /home/bob/.ssh'
const FILE = '8180 20001 20001 1 200 /home/bob/.ssh/authorized_keys'

const there = (content: string | undefined, lines = [HOME, DIRECTORY, FILE], uid = 20001) => ({
  accounts: printed(`passwd:bob:x:20001:20001::/home/bob:/bin/bash
    passwd:tom:x:20002:20002::/home/tom:/bin/bash
    group:arena-prod:995:bob,tom
    shadow:bob:set:
    today:1795478400`),
  'ssh directories': printed(lines.join('\n')),
  'authorized keys files': filesRead(
    ...(content === undefined ? [] : [{ path: './home/bob/.ssh/authorized_keys', uid, content }]),
  ),
})

const block = (...keys: string[]): string => textWith([], OWNER, keys)

const it = suite('block of keys')

it('a block whose end is gone is not ours, so no line of the user is lost', () => {
  const open = block(KEY).split('\n').slice(0, 2).join('\n')
  assert.equal(partsOf(`a\n${open}\nb\n`, OWNER).own.length, 4)
  assert.equal(partsOf(`a\n${block(KEY)}b\n`, OWNER), { own: ['a', 'b'], block: [KEY] })
  assert.equal(partsOf(block(KEY), 'another').block, undefined)
  assert.equal(partsOf(`${open}\n${OTHER}\n${block(KEY)}`, OWNER).block, [KEY])
  assert.ok(partsOf(`${open}\n${OTHER}\n${block(KEY)}`, OWNER).own.includes(OTHER))
  assert.equal(withoutRemains(['a', KEY, ...open.split('\n'), OTHER, KEY], OWNER, [KEY]), [
    'a',
    KEY,
    OTHER,
    KEY,
  ])
})

it.run()

cases(authorizedKeys, {
  'no file → made as the user, in a directory of theirs': {
    want,
    have: there(undefined, [HOME]),
    op: 'create',
    why: ['ssh key'],
    does: ['absent', '/home/bob .ssh authorized_keys no', '--reuid=20001'],
  },
  'the block as it is, below lines of the user → kept': {
    want,
    have: there(`# mine\n${OTHER}\n${block(KEY)}`),
  },
  'lines of the user alone → the block comes below': {
    want,
    have: there(OTHER),
    op: 'update',
    why: ['ssh key'],
  },
  'a key that the inventory no longer has → goes, and only it': {
    want,
    have: there(`${OTHER}\n${block(KEY, OTHER)}`),
    op: 'update',
    why: ['ssh key'],
  },
  'the last key goes → the block goes, the lines of the user stay': {
    want: { ...want, keys: [] },
    have: there(`${OTHER}\n${block(KEY)}`),
    op: 'update',
    why: ['ssh key'],
  },
  'a block whose end is gone → made anew in one run, the lines of the user below it stay': {
    want,
    have: there(`${block(KEY).split('\n').slice(0, 2).join('\n')}\n${OTHER}\n`),
    op: 'update',
    why: ['ssh key'],
  },
  'what was made of it → kept': { want, have: there(`${OTHER}\n${block(KEY)}`) },
  'no keys and no block → left alone': { want: { ...want, keys: [] }, have: there(OTHER) },
  'a line written into the block → the block is written anew': {
    want,
    have: there(block(KEY, '# mine')),
    op: 'update',
    why: ['block of ssh keys'],
  },
  'the only ones → lines of others go, and are named': {
    want: { ...want, exclusive: true },
    have: there(`${OTHER}\n${block(KEY)}`),
    op: 'update',
    why: ['ssh key of others'],
  },
  'others may write to it, so sshd passes over it → closed': {
    want,
    have: there(block(KEY), [HOME, DIRECTORY, FILE.replace('8180', '81b0')]),
    op: 'update',
    why: ['mode'],
  },
  'others may put another in its place, so sshd passes over it → the directory is closed': {
    want,
    have: there(block(KEY), [HOME, DIRECTORY.replace('41c0', '41fd'), FILE]),
    op: 'update',
    why: ['.ssh mode'],
    does: ['/home/bob .ssh authorized_keys yes'],
  },
  'an open directory of whoever has no keys of ours → left alone': {
    want: { ...want, keys: [] },
    have: there(OTHER, [HOME, DIRECTORY.replace('41c0', '41ff'), FILE]),
  },
  'a link in its place → refused': {
    want,
    have: there(undefined, [HOME, DIRECTORY, FILE.replace('8180', 'a1ff')]),
    op: 'refuse',
    names: ['authorized_keys', 'bob'],
  },
  'a pipe in its place → refused': {
    want,
    have: there(undefined, [HOME, DIRECTORY, FILE.replace('8180', '1180')]),
    op: 'refuse',
    names: ['authorized_keys'],
  },
  'larger than any list of keys → refused, not read': {
    want,
    have: there(undefined, [HOME, DIRECTORY, FILE.replace(' 200 ', ' 65537 ')]),
    op: 'refuse',
    names: ['64 KiB'],
  },
  'hard links → refused': {
    want,
    have: there(undefined, [HOME, DIRECTORY, FILE.replace(' 1 200', ' 2 200')]),
    op: 'refuse',
    names: ['2'],
  },
  'a directory of root → refused: it may be meant to keep them out': {
    want,
    have: there(block(KEY), [HOME, DIRECTORY.replace('20001 20001', '0 0'), FILE]),
    op: 'refuse',
    names: ['root', 'chown 20001:20001 /home/bob/.ssh'],
  },
  'bytes that are no text → refused': {
    want,
    have: there('a\0b\n'),
    op: 'refuse',
    names: ['authorized_keys'],
  },
  'a block of somebody for whom there are no keys → named, and goes with --prune': {
    want: nobody,
    have: there(block(KEY)),
    strays: { bob: 'remove' },
  },
  'the only ones, beside bytes that are no text → the lines that go are named all the same': {
    want: { ...want, exclusive: true },
    have: there(`a\0b\n${block(KEY)}`),
    op: 'update',
    why: ['ssh key of others'],
  },
  'a block of somebody for whom there are no keys, beside bytes that are no text → told, not lost': {
    want: nobody,
    have: there(`a\0b\n${block(KEY)}`),
    strays: { bob: 'refuse' },
  },
  'a link that sshd follows and we do not, of somebody for whom there are no keys → told': {
    want: nobody,
    have: there(undefined, [HOME, DIRECTORY, FILE.replace('8180', 'a1ff')]),
    strays: { bob: 'refuse' },
  },
  'a file with another name, of somebody for whom there are no keys → told': {
    want: nobody,
    have: there(undefined, [HOME, DIRECTORY, FILE.replace(' 1 200', ' 2 200')]),
    strays: { bob: 'refuse' },
  },
  'what they have mounted there, of somebody for whom there are no keys → told': {
    want: nobody,
    have: { ...there(undefined, [HOME]), 'mounts at ssh directories': MOUNTED },
    strays: { bob: 'refuse' },
  },
  'a block in a file of root that they cannot read → lets nobody in, and is not shown to them': {
    want: nobody,
    have: there(block(KEY), [HOME, DIRECTORY, FILE.replace('20001 20001', '0 0')], 0),
    strays: {},
  },
  'no file of somebody for whom there are no keys → nothing': {
    want: nobody,
    have: there(undefined, [HOME]),
    strays: {},
  },
}).run()
