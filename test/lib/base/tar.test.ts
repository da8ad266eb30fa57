import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readTar } from '../../../lib/base/tar.ts'
import { suite } from '../../support/suite.ts'

const it = suite('tar')

const packed = (files: Record<string, string>, ...options: string[]): Buffer => {
  const root = mkdtempSync(join(tmpdir(), 'tar-test-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), content)
    }
    const names = Object.keys(files).map((path) => `./${path}`)
    const { stdout, status, stderr } = spawnSync('tar', ['-cf', '-', ...options, ...names], { cwd: root })
    assert.is(status, 0, stderr.toString())
    return stdout
  } finally {
    rmSync(root, { recursive: true })
  }
}

it('reads what tar packs: paths, owners, modes and bytes', () => {
  const content = `${'é'.repeat(700)}\0end`
  const files = readTar(
    packed(
      { 'home/bob/.kube/config': content, empty: '' },
      '--owner=:20001',
      '--group=:20002',
      '--mode=0640',
    ),
  )
  assert.equal(
    files.map(({ path, uid, gid, mode }) => ({ path, uid, gid, mode })),
    [
      { path: './home/bob/.kube/config', uid: 20001, gid: 20002, mode: '0640' },
      { path: './empty', uid: 20001, gid: 20002, mode: '0640' },
    ],
  )
  assert.is(files[0]!.content.toString(), content)
  assert.is(files[1]!.content.length, 0)
})

it('reads ids that have no room in octal digits, and paths that have none in a header', () => {
  const path = `${'deep/'.repeat(40)}config`
  const [file] = readTar(packed({ [path]: 'x' }, '--owner=:4000000000'))
  assert.is(file!.path, `./${path}`)
  assert.is(file!.uid, 4_000_000_000)
})

it('reads archives that follow each other, as xargs makes them', () => {
  const two = Buffer.concat([packed({ a: '1' }), packed({ b: '2' })])
  assert.equal(
    readTar(two).map(({ path }) => path),
    ['./a', './b'],
  )
})

it('passes over directories and links', () => {
  const archive = packed({ 'dir/file': 'x' })
  assert.equal(
    readTar(Buffer.concat([packed({ 'dir/a': 'x' }, '--exclude=a', '--', 'dir'), archive])).map(
      ({ path }) => path,
    ),
    ['./dir/file'],
  )
})

it('leaves out a file of which the end is missing', () => {
  const archive = packed({ a: 'x'.repeat(2000) })
  assert.equal(readTar(archive.subarray(0, 1024)), [])
  assert.equal(readTar(Buffer.alloc(0)), [])
})

it('ends where what a machine sent is no archive', () => {
  const archive = packed({ a: 'x'.repeat(2000) })
  for (const size of ['-0000001000', '0000000000x', '99999999999'])
    assert.equal(readTar(Buffer.concat([withSize(archive, size), packed({ b: '2' })])), [])
})

const withSize = (archive: Buffer, size: string): Buffer => {
  const copy = Buffer.from(archive)
  copy.write(size, 124, 'latin1')
  return copy
}

it.run()
