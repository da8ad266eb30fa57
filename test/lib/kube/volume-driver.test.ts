import * as assert from 'uvu/assert'
import { directoryReader } from '../../../lib/kube/nas-directory.ts'
import { PERSISTENT_VOLUME } from '../../../lib/kube/object.ts'
import { attributesFor, type CsiDriver, csiDriver, directoryBy } from '../../../lib/kube/volume-driver.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('volume driver')

const DIRECTORY = { server: 'nas.example.com', path: '/a.b/c' }

const volume = (driver: string, volumeAttributes: object) =>
  live(PERSISTENT_VOLUME, 'one', { spec: { csi: { driver, volumeHandle: 'one', volumeAttributes } } })

const FORMS: readonly CsiDriver[] = [
  csiDriver('alibaba')!,
  csiDriver('csi-nfs')!,
  { driver: 'fs.example.com', attributes: { source: '{server}:{path}', protocol: 'nfs' } },
  { driver: 'fs.example.com', attributes: { source: '//{server}{path}' } },
  {
    driver: 'fs.example.com',
    attributes: { host: '{server}', export: '/root{path}', again: '{path}|{path}' },
  },
]

it('what is filled in is read back', () => {
  for (const form of FORMS) {
    const made = volume(form.driver, attributesFor(form, DIRECTORY))
    assert.equal(directoryBy(form, made), DIRECTORY, JSON.stringify(form))
    assert.equal(directoryReader([form])(made), DIRECTORY)
    assert.is(directoryBy({ ...form, driver: 'other' }, made), undefined)
  }
})

it('a directory is not taken for a pattern, and what has another form is not read', () => {
  const form = { driver: 'fs.example.com', attributes: { source: '{server}:{path}' } }
  const odd = { server: 'nas', path: '/$&/{server}' }
  assert.equal(directoryBy(form, volume('fs.example.com', attributesFor(form, odd))), odd)
  assert.is(directoryBy(form, volume('fs.example.com', { source: 'nas' })), undefined)
  assert.is(directoryBy(form, volume('fs.example.com', {})), undefined)
})

it('reads a directory in a share, whatever the case of the attribute, and NFS of Kubernetes', () => {
  const read = directoryReader()
  const inShare = { server: 'NAS', share: '/a', SubDir: 'b' }
  assert.equal(read(volume('nfs.csi.k8s.io', inShare)), { server: 'nas', path: '/a/b' })
  const known = directoryReader([csiDriver('csi-nfs')!])
  assert.equal(known(volume('nfs.csi.k8s.io', inShare)), { server: 'nas', path: '/a/b' })
  const nfs = live(PERSISTENT_VOLUME, 'two', { spec: { nfs: { server: 'nas', path: '/x/' } } })
  assert.equal(read(nfs), { server: 'nas', path: '/x' })
  assert.is(read(volume('disk.example.com', {})), undefined)
})

it.run()
