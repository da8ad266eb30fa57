import * as assert from 'uvu/assert'
import { missingMount, readDueMounts } from '../../../lib/linux/due-mounts.ts'
import { readMounts } from '../../../lib/linux/mounts.ts'
import type { Answers } from '../../../lib/resource/type.ts'
import { answersWith } from '../../support/answers.ts'
import { suite } from '../../support/suite.ts'

const it = suite('due mounts')

const answer = (text: string): Answers => answersWith(() => text)

it('reads blanks in the names of fstab, and a slash at the end means nothing', () => {
  assert.equal(readDueMounts(answer('/etc/fstab\t/my\\040data/\n/etc/fstab\t/\n')), [
    { file: '/etc/fstab', point: '/my data' },
    { file: '/etc/fstab', point: '/' },
  ])
})

it('tells what is missing at a path and above it, through links too, and not beside it', () => {
  const mounts = readMounts(
    answer(
      '/home\0/data/people\0\x001 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /srv rw - ext4 /dev/sdb1 rw\n',
    ),
    'mounts',
  )
  const missing = (path: string, ...points: string[]): string | undefined =>
    missingMount(
      path,
      mounts,
      points.map((point) => ({ file: '/etc/fstab', point })),
    )?.point
  assert.is(missing('/data/bob', '/', '/data'), '/data')
  assert.is(missing('/data', '/data'), '/data')
  assert.is(missing('/home/bob', '/data'), '/data')
  assert.is(missing('/data/bob', '/dat', '/data/bo', '/data/bob/nas'), undefined)
  assert.is(missing('/srv/bob', '/srv'), undefined)
})

it.run()
