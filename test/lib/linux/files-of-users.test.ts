import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { sh } from '../../../lib/base/shell.ts'
import { readFiles, readScript } from '../../../lib/linux/files-of-users.ts'
import { debian } from '../../support/debian.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('files-of-users', { seconds: 120 })

const MOST = 100_000
const NAMES = ['ann', 'ben', 'cat', 'dan']
const root = mkdtempSync(join(tmpdir(), 'files-of-users-'))
const tools = join(root, 'bin')

it.before(async () => {
  mkdirSync(tools)
  for (const tool of ['tar', 'head', 'base64', 'xargs', 'timeout', 'wc', 'tr', 'sed', 'awk', 'cat'])
    symlinkSync((await debian()).path('busybox'), join(tools, tool))
})

it.after(() => rmSync(root, { recursive: true }))

/** A directory with a file for each, and what is said of their sizes when they are about to be read. */
const homes = (): string => {
  const directory = mkdtempSync(join(root, 'homes-'))
  for (const name of NAMES) writeFileSync(join(directory, name), `${name}'s\0\n`)
  return directory
}

/** Reads with each shell, with the tools that are here and with those of busybox. */
const eachRead = async (directory: string, judge: (found: Record<string, string>, with_: string) => void) => {
  const listed = NAMES.map((name) => `6 .${directory}/${name}`)
  const script = readScript(sh`printf '%s\\n' ${listed}`, MOST, { all: 1, one: 1 })
  for (const [name, [command, ...args]] of await shells())
    for (const first of [[], [tools]]) {
      const env = { PATH: [join(directory, 'bin'), ...first, process.env['PATH']].join(':') }
      const { status, stdout, stderr } = spawnSync(command, args, {
        input: `(eval '${String(script).replaceAll("'", "'\\''")}') </dev/null`,
        env,
        maxBuffer: 1e9,
      })
      assert.is(status, 0, `${name}: ${stderr}`)
      const files = readFiles(stdout, MOST)
      judge(
        Object.fromEntries(files.map(({ path, content }) => [path.split('/').at(-1), `${content}`])),
        name,
      )
    }
}

const all = Object.fromEntries(NAMES.map((name) => [name, `${name}'s\0\n`]))
const { ben: _, ...others } = all

it('reads each as it is', () => eachRead(homes(), (found, shell) => assert.equal(found, all, shell)))

it('serves the others when one has grown', async () => {
  const directory = homes()
  for (const size of [MOST + 1, 2 ** 33]) {
    truncateSync(join(directory, 'ben'), size)
    await eachRead(directory, (found, shell) => assert.equal(found, others, `${shell} ${size}`))
  }
})

it('serves the others when one is gone, or has become something else', async () => {
  const directory = homes()
  rmSync(join(directory, 'ben'))
  await eachRead(directory, (found, shell) => assert.equal(found, others, shell))
  assert.is(spawnSync('mkfifo', [join(directory, 'ben')]).status, 0)
  await eachRead(directory, (found, shell) => assert.equal(found, others, shell))
  rmSync(join(directory, 'ben'))
  symlinkSync(join(directory, 'ann'), join(directory, 'ben'))
  await eachRead(directory, (found, shell) => assert.equal(found, others, shell))
})

it('serves the others when one holds up whoever reads it', async () => {
  const directory = homes()
  mkdirSync(join(directory, 'bin'))
  const tar = join(directory, 'bin', 'tar')
  // As a pipe does that was a file when it was looked at.
  writeFileSync(tar, `#!/bin/sh\ncase "$*" in */ben*) exec sleep 300; esac\nexec /bin/tar "$@"\n`)
  chmodSync(tar, 0o755)
  await eachRead(directory, (found, shell) => assert.equal(found, others, shell))
})

it('reads nothing where there is nothing', () => assert.equal(readFiles(Buffer.from('65536\n'), MOST), []))

it.run()
