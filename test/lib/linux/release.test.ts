import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { LISTING } from '../../../lib/linux/release.ts'
import { releaseChange } from '../../../lib/linux/release-change.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('release', { seconds: 60 })

const scratch = mkdtempSync(join(tmpdir(), 'arena-release-'))

it.after(() => rmSync(scratch, { recursive: true }))

it('puts links and fronts in place, keeps what was there, and touches no name beside them', async () => {
  const programs = join(scratch, 'programs')
  mkdirSync(programs)
  // Only root can give files to root.
  writeFileSync(join(programs, 'chown'), '#!/bin/sh\n')
  chmodSync(join(programs, 'chown'), 0o755)
  for (const [name, [command, ...args]] of await shells()) {
    const top = join(scratch, name)
    const front = join(top, 'bin/arena')
    const link = join(top, 'charts')
    mkdirSync(join(top, 'bin'), { recursive: true })
    mkdirSync(link)
    for (const path of [front, `${front}.new`, `${link}.new`]) writeFileSync(path, `of others: ${path}`)
    const root = join(top, 'opt')
    const release = {
      ...{ root, sha256: 'a'.repeat(64), archive: '/dev/null', contents: [] },
      links: { [link]: 'charts' },
      fronts: { [front]: 'ours' },
    }
    const paths = new Map([
      [front, '0755 root, other content'],
      [link, 'directory 0755 root'],
    ])
    const [step] = releaseChange(release, { paths, differing: [] }).steps
    assert.ok(step?.do === 'run')
    const { stderr, status } = spawnSync(command, args, {
      env: { ...process.env, PATH: `${programs}:${process.env['PATH']}` },
      input: String(step.script),
      encoding: 'utf8',
    })
    assert.equal([status, stderr], [0, ''], name)
    assert.is(readFileSync(front, 'utf8'), 'ours', name)
    for (const path of [`${front}.new`, `${link}.new`])
      assert.is(readFileSync(path, 'utf8'), `of others: ${path}`, name)
    assert.equal(readdirSync(join(top, 'bin')).toSorted(), ['arena', 'arena.new'], name)
    assert.equal(readdirSync(top).toSorted(), ['bin', 'charts', 'charts.new', 'opt'], name)
    assert.is(readdirSync(join(root, 'replaced')).length, 2, name)
  }
})

it('tells a file that was written again with as many bytes, by a list that has times', async () => {
  for (const [name, [command, ...args]] of await shells()) {
    const top = mkdtempSync(join(scratch, 'files-'))
    const sh = (script: string): string => {
      const { stdout, stderr, status } = spawnSync(command, [...args, '-c', `${LISTING}\n${script}`], {
        cwd: join(top, 'release'),
        encoding: 'utf8',
      })
      assert.equal([status, stderr], [0, ''], name)
      return stdout
    }
    mkdirSync(join(top, 'release/charts'), { recursive: true })
    const chart = join(top, 'release/charts/values.yaml')
    writeFileSync(chart, 'replicas: 1\n')
    utimesSync(chart, 1_700_000_000, 1_700_000_000)
    for (const other of ['two  spaces', 'name@1']) {
      writeFileSync(join(top, 'release', other), '')
      symlinkSync(other, join(top, 'release/charts', `link to  ${other}`))
    }
    sh('list_files >../list')
    sh("find . -exec stat -c '%f %u:%g %s %n' {} + | awk '/^4/ { $3 = 0 } { print }' >../list-before")
    assert.is(sh('files_changed ../list; files_changed ../list-before'), '', name)
    writeFileSync(chart, 'replicas: 9\n')
    assert.match(
      sh('files_changed ../list'),
      /^now \w+ \S+ 12@\d+ (.*)\nwas \w+ \S+ 12@1700000000 \1\n$/,
      name,
    )
    assert.is(sh('files_changed ../list-before'), '', name)
  }
})

it.run()
