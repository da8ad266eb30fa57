import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import * as assert from 'uvu/assert'
import { sh } from '../../../lib/base/shell.ts'
import { type PathInfo, type Paths, readPaths, statScript } from '../../../lib/linux/paths.ts'
import { answersWith } from '../../support/answers.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('paths', { seconds: 60 })

/** Whoever is root can look everywhere. */
const NOBODY = { uid: 65_534, gid: 65_534 }

let top: string

it.before(() => {
  top = mkdtempSync(join(tmpdir(), 'arena-paths-'))
  chmodSync(top, 0o755)
  for (const directory of ['homes', 'homes/ann', 'homes/ann/.kube', 'homes/with space', 'shut', 'shut/ann'])
    mkdirSync(join(top, directory))
  for (const file of ['homes/file', 'homes/annabel', 'homes/a*b', 'homes/ann/.kube/configs'])
    writeFileSync(join(top, file), 'x')
  symlinkSync('homes', join(top, 'link'))
  symlinkSync('nowhere', join(top, 'dangling'))
  chmodSync(join(top, 'shut'), 0o000)
})

it.after(() => rmSync(top, { recursive: true }))

const lookedAt = (
  [command, ...args]: [string, ...string[]],
  paths: readonly string[],
  path = process.env['PATH'],
): Paths => {
  const script = String(statScript(sh`printf '%s\\n' ${paths.map((one) => join(top, one))}`))
  // Busybox may lie where nobody gets at it.
  const shell = join(top, basename(command))
  rmSync(shell, { force: true })
  copyFileSync(command, shell)
  const { status, stdout, stderr } = spawnSync(shell, args, {
    input: script,
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: path, LC_ALL: 'C' },
    ...(process.getuid?.() === 0 && NOBODY),
  })
  assert.is(status, 0, stderr)
  const at = readPaths(
    answersWith(() => stdout),
    '',
  )
  return (one) => at(join(top, one))
}

const typeOf = (at: Paths, path: string): PathInfo['type'] | 'absent' | 'unknown' => {
  try {
    return at(path)?.type ?? 'absent'
  } catch {
    return 'unknown'
  }
}

const PATHS = {
  homes: 'directory',
  'homes/with space': 'directory',
  'homes/a*b': 'file',
  'homes/ann/.kube/configs': 'file',
  dangling: 'symbolic link',
  'link/ann': 'directory',
  'homes/an': 'absent',
  'homes/a*': 'absent',
  'homes/bob': 'absent',
  'homes/bob/.kube/config': 'absent',
  'homes/ann/.kube/config': 'absent',
  'homes/file/below': 'absent',
  'link/bob': 'absent',
  shut: 'directory',
  'shut/ann': 'unknown',
  'shut/bob/.kube': 'unknown',
  'dangling/below': 'unknown',
} as const

it('tells absent from not to be seen, in every shell', async () => {
  for (const [name, shell] of await shells()) {
    const at = lookedAt(shell, Object.keys(PATHS))
    assert.equal(Object.fromEntries(Object.keys(PATHS).map((path) => [path, typeOf(at, path)])), PATHS, name)
  }
})

it('takes nothing for absent where there is no stat, and asks nothing about nothing', async () => {
  const bin = join(top, 'bin')
  mkdirSync(bin)
  for (const tool of ['awk', 'tr', 'xargs']) symlinkSync(`/usr/bin/${tool}`, join(bin, tool))
  for (const [name, [command, ...args]] of await shells()) {
    if (name === 'busybox') continue
    const at = lookedAt([command, ...args], ['homes', 'homes/bob'], bin)
    assert.equal([typeOf(at, 'homes'), typeOf(at, 'homes/bob')], ['unknown', 'absent'], name)
    lookedAt([command, ...args], [])
  }
})

it.run()
