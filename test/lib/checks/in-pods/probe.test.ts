import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { type ProbeInput, scriptOf, testerOf } from '../../../../lib/checks/in-pods/jobs.ts'
import { linesTold, readLog, type Told } from '../../../../lib/checks/in-pods/said.ts'
import { debian } from '../../../support/debian.ts'
import { INVENTORY } from '../../../support/scene.ts'
import { shells } from '../../../support/shells.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('checks/in-pods probe', { seconds: 120 })

const top = mkdtempSync(join(tmpdir(), 'arena-probe-'))
chmodSync(top, 0o755)
it.after(() => rmSync(top, { recursive: true }))

const RUN = '0123456789ab'
const { users, groups } = INVENTORY
const tester = testerOf(users[0]!, groups[0]!, 'tf', [])

/** What a probe says that has these volumes under a directory, run by nobody's uid if that may be chosen. */
const said = async (
  [command, ...args]: [string, ...string[]],
  input: Partial<ProbeInput>,
  path = process.env['PATH'],
): Promise<Told> => {
  const script = scriptOf(tester, { run: RUN, mode: 'look', volumes: [], marks: '.marks.', ...input })
  // Busybox may lie where nobody gets at it.
  const shell = join(top, basename(command))
  copyFileSync(command, shell)
  const probe = spawn(shell, [...args, '-c', script.replaceAll('/verify/', `${top}/`)], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(process.getuid?.() === 0 && { uid: 65_534, gid: 65_534 }),
  })
  return readLog(await text(probe.stdout), RUN)
}

it('a directory that it cannot list is none without files of others, and is not marked', async () => {
  for (const [name, mode] of [
    ['open', 0o777],
    ['shut', 0o333],
  ] as const) {
    mkdirSync(join(top, name))
    writeFileSync(join(top, name, `.arena-verify-${RUN}-tom-in-dev2-two`), '')
    chmodSync(join(top, name), mode)
  }
  const marking = ['open .marks.open tom-in-dev2-two', 'shut .marks.shut tom-in-dev2-two']
  for (const [name, shell] of await shells()) {
    const told = await said(shell, { volumes: ['open', 'shut'], marking })
    assert.ok(told.whole, name)
    assert.equal(
      linesTold(told, 'seen').map((line) => [line.name, line.files]),
      [['open', ['tom-in-dev2-two']]],
      name,
    )
    assert.equal(
      linesTold(told, 'mark').map((line) => line.name),
      ['open'],
      name,
    )
    rmSync(join(top, 'open', '.marks.open'))
  }
})

it('what is stopped while the network of a new pod lets nothing through is tried again when it does', async () => {
  const bin = join(top, 'late')
  mkdirSync(bin)
  const busybox = join(top, 'applets-late')
  copyFileSync((await debian()).path('busybox'), busybox)
  for (const name of ['date', 'sleep', 'tr']) symlinkSync(busybox, join(bin, name))
  const opens = Math.floor(Date.now() / 1000) + 3
  writeFileSync(join(bin, 'nc'), `#!/bin/sh\n[ "$(date +%s)" -ge ${opens} ]\n`)
  chmodSync(join(bin, 'nc'), 0o755)
  const calls = ['c0 stopped 10.0.0.1 80', 'c1 reached 10.0.0.2 80']
  const told = await said(['/bin/dash'], { calls }, bin)
  assert.equal(
    linesTold(told, 'call')
      .map(({ id, got }) => `${id} ${got}`)
      .toSorted(),
    ['c0 reached', 'c1 reached'],
  )
})

it('what waits for a name server has reached nothing', async () => {
  const bin = join(top, 'bin')
  mkdirSync(bin)
  const busybox = join(top, 'applets')
  copyFileSync((await debian()).path('busybox'), busybox)
  for (const name of ['timeout', 'sleep', 'tr', 'nslookup']) symlinkSync(busybox, join(bin, name))
  // As OpenBSD's, which gives up on the connection in time, and not on the address.
  writeFileSync(join(bin, 'nc'), '#!/bin/sh\ncase $3 in *.invalid) exec sleep 30 ;; *) exit 0 ;; esac\n')
  chmodSync(join(bin, 'nc'), 0o755)
  const calls = ['c0 stopped nobody.invalid 80', 'c1 reached 127.0.0.1 80']
  const told = await said(['/bin/dash'], { calls }, bin)
  assert.equal(
    linesTold(told, 'call')
      .map(({ id, got }) => `${id} ${got}`)
      .toSorted(),
    ['c0 unresolved', 'c1 reached'],
  )
})

it.run()
