import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { askedScript } from '../../../lib/engine/ask.ts'
import { type Mounts, mountsProbe, readMounts } from '../../../lib/linux/mounts.ts'
import { answersWith } from '../../support/answers.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('mounts')

const read = (text: string): Mounts =>
  readMounts(
    answersWith(() => text),
    'mounts',
  )

/** What a host prints, with the places that were asked about and where they really are. */
const seen = (places: Readonly<Record<string, string>>, ...lines: string[]): Mounts =>
  read(
    `${Object.entries(places)
      .map(([path, real]) => `${path}\0${real}\0`)
      .join('')}\0${['1 0 8:1 / / rw - ext4 /dev/sda1 rw', ...lines].join('\n')}\n`,
  )

const points = (mounts: Mounts, path: string): string[] => mounts.within(path).map(({ point }) => point)

it('tells what is mounted on a path and below it, last first, and not on its neighbours', () => {
  const mounts = seen(
    {},
    '2 1 0:40 / /home/bob/nas rw,relatime shared:7 - nfs4 nas:/export/all rw,vers=4.1',
    '3 1 8:1 /srv/shared /home/bob/bind rw - ext4 /dev/sda1 rw',
    '4 2 0:41 / /home/bob/nas/tmp rw - tmpfs tmpfs rw',
    '5 1 0:42 / /home/bobby rw - tmpfs tmpfs rw',
    '6 5 0:43 / /home/bobby rw - tmpfs tmpfs rw',
  )
  assert.equal(points(mounts, '/home/bob'), ['/home/bob/nas/tmp', '/home/bob/bind', '/home/bob/nas'])
  assert.equal(points(mounts, '/home/bobby'), ['/home/bobby', '/home/bobby'])
  assert.equal(points(mounts, '/home/eve'), [])
  assert.equal(mounts.of('/home/bob/nas/a'), {
    point: '/home/bob/nas',
    root: '/',
    device: '0:40',
    type: 'nfs4',
    source: 'nas:/export/all',
  })
  assert.is(mounts.of('/home/bob/bind')!.root, '/srv/shared')
  assert.is(mounts.of('/home/bobby/x')!.device, '0:43')
  assert.is(mounts.of('/home/eve')!.point, '/')
})

it('reads names with blanks, line breaks and backslashes', () => {
  const mounts = seen({}, '2 1 0:40 / /home/bob/a\\040b\\012c\\134040 rw - tmpfs my\\040disk rw')
  assert.equal(points(mounts, '/home/bob'), ['/home/bob/a b\nc\\040'])
  assert.is(mounts.within('/home/bob')[0]!.source, 'my disk')
})

it('finds mounts below where a path really leads, also when only the directory above is there', () => {
  const mounts = seen(
    { '/home/bob': '/data/people/bob', '/home': '/data/people' },
    '2 1 0:40 / /data/people/bob/nas rw - tmpfs tmpfs rw',
    '3 1 0:40 / /data/people/eve rw - tmpfs tmpfs rw',
  )
  assert.equal(points(mounts, '/home/bob'), ['/data/people/bob/nas'])
  assert.equal(points(mounts, '/home/eve'), ['/data/people/eve'])
  assert.is(mounts.real('/home/eve'), '/data/people/eve')
  assert.is(mounts.real('/srv/x'), '/srv/x')
})

it('gives one place to two paths of one directory', () => {
  const mounts = seen(
    { '/srv/link': '/home/ned' },
    '2 1 8:1 /home/ned /srv/bind rw - ext4 /dev/sda1 rw',
    '3 1 0:40 / /data rw - tmpfs tmpfs rw',
    '4 1 0:40 /ned /srv/part rw - tmpfs tmpfs rw',
  )
  assert.is(mounts.place('/srv/link'), mounts.place('/home/ned'))
  assert.is(mounts.place('/srv/bind'), mounts.place('/home/ned'))
  assert.is(mounts.place('/srv/bind/app'), mounts.place('/home/ned/app'))
  assert.is(mounts.place('/srv/part/x'), mounts.place('/data/ned/x'))
  assert.is.not(mounts.place('/data/ned'), mounts.place('/ned'))
  assert.is(mounts.place('/'), '8:1:')
})

it('leaves out what nobody can reach, because something was mounted above it later', () => {
  const mounts = seen(
    {},
    '2 1 0:40 / /home/bob/nas rw - tmpfs tmpfs rw',
    '3 2 0:41 / /home/bob/nas/x rw - tmpfs tmpfs rw',
    '4 1 0:42 / /home rw - tmpfs tmpfs rw',
  )
  assert.equal(points(mounts, '/home/bob'), [])
  assert.is(mounts.of('/home/bob/nas')!.device, '0:42')
})

it('takes no other text for a table of mounts', () => {
  assert.throws(() => seen({}, 'nothing is mounted'), /mountinfo/)
})

it('asks in every shell', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'mounts-test-')))
  try {
    mkdirSync(join(root, 'real', "it's a home"), { recursive: true })
    symlinkSync('real', join(root, 'link'))
    const paths = [join(root, 'link', "it's a home"), join(root, 'link', 'none')]
    const script = askedScript([mountsProbe('mounts', paths)])
    for (const [name, [command, ...args]] of await shells()) {
      const { status, stdout, stderr } = spawnSync(command, args, { input: String(script), encoding: 'utf8' })
      assert.is(status, 0, `${name}: ${stderr}`)
      const mounts = read(stdout)
      assert.is(mounts.real(join(root, 'link', "it's a home")), join(root, 'real', "it's a home"), name)
      assert.is(mounts.real(join(root, 'link', 'none')), join(root, 'real', 'none'), name)
      assert.is(mounts.of('/proc/self')!.type, 'proc', name)
    }
  } finally {
    rmSync(root, { recursive: true })
  }
})

it.run()
