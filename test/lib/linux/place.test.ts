import * as assert from 'uvu/assert'
import { readMounts } from '../../../lib/linux/mounts.ts'
import { placesOn } from '../../../lib/linux/place.ts'
import { answersWith } from '../../support/answers.ts'
import { suite } from '../../support/suite.ts'

const it = suite('place')

interface Seen {
  boot?: string
  /** Where /home leads, through a link. */
  home?: string
}

const place = (
  path: string,
  line: string,
  { boot = 'one', home = '/home' }: Seen = {},
): string | undefined => {
  const text = `/home\0${home}\0\u00001 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 ${line}\n`
  const answers = answersWith((id) => (id === 'mounts' ? text : boot))
  return placesOn(answers, readMounts(answers, 'mounts'))(path)
}

const same = (...places: (string | undefined)[]): void => {
  assert.ok(places[0] !== undefined)
  for (const one of places) assert.is(one, places[0])
}

const differ = (...places: (string | undefined)[]): void => assert.is(new Set(places).size, places.length)

it('is the same where machines mount one share, whatever else they mount and wherever', () =>
  same(
    place('/home/bob', '0:40 / /home rw - nfs4 nas:/export/home rw'),
    place('/home/bob', '0:77 /home /home rw - nfs4 nas:/export/home rw', { boot: 'two' }),
    place('/home/bob', '0:40 / /home/bob rw - nfs4 nas:/export/home/bob rw', { boot: 'two' }),
    place('/home/bob', '0:40 / /nfs rw - nfs4 nas:/export/home rw', { home: '/nfs' }),
  ))

it('is another for another share, directory or server', () =>
  differ(
    place('/home/bob', '0:40 / /home rw - nfs4 nas:/export/home rw'),
    place('/home/tom', '0:40 / /home rw - nfs4 nas:/export/home rw'),
    place('/home/bob', '0:40 / /home rw - nfs4 nas2:/export/home rw'),
    place('/home/bob', '0:40 / /home rw - cifs //nas/export/home rw'),
    place('/home/bob', '0:40 /part /home rw - cifs //nas/export/home rw'),
    place('/home/bob', '0:40 / /srv rw - nfs4 nas:/export/home rw'),
  ))

it('knows a disk again under the kernel that has it, and under no other, which may be a clone', () => {
  const disk = '8:2 / /home rw - ext4 /dev/sda2 rw'
  same(place('/home/bob', disk), place('/home/bob', '8:2 /bob /home/bob rw - ext4 /dev/mapper/home rw'))
  differ(
    place('/home/bob', disk),
    place('/home/bob', disk, { boot: 'two' }),
    place('/home/bob', '8:3 / /home rw - ext4 /dev/sda2 rw'),
  )
  assert.is(place('/home/bob', disk, { boot: '' }), undefined)
  assert.ok(place('/bob', disk)!.endsWith(' /bob'))
})

it.run()
