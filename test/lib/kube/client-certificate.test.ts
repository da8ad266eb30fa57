import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { clientNamedBy, sameAuthority } from '../../../lib/kube/client-certificate.ts'
import { makeCertificates } from '../../../sandbox/certificates.ts'
import { suite } from '../../support/suite.ts'

const it = suite('client certificate')

let directory: string
const pem = (name: string): Promise<string> => readFile(join(directory, 'pki', `${name}.crt`), 'utf8')
const inKubeconfig = async (name: string): Promise<string> => Buffer.from(await pem(name)).toString('base64')

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-certificates-'))
  await mkdir(join(directory, 'pki'))
  await makeCertificates(directory)
})

it.after(() => rm(directory, { recursive: true }))

it('names whom a certificate of this cluster makes somebody, whichever of its authorities has signed it', async () => {
  const ours = await pem('cluster-ca')
  const bootstrap = await inKubeconfig('bootstrap')
  assert.is(clientNamedBy(bootstrap, ours), 'O=system:masters, CN=sandbox-bootstrap')
  assert.is(clientNamedBy(bootstrap, `${await pem('etcd-ca')}\n${ours}`), clientNamedBy(bootstrap, ours))
})

it('names nobody for what another authority has signed, what is no certificate, and where there is none', async () => {
  const ours = await pem('cluster-ca')
  assert.is(clientNamedBy(await inKubeconfig('etcd-client'), ours), undefined)
  assert.is(clientNamedBy(await inKubeconfig('bootstrap'), ''), undefined)
  for (const other of ['', '!', Buffer.from('no certificate').toString('base64')])
    assert.is(clientNamedBy(other, ours), undefined)
})

it('an authority is the same however its text is broken into lines, and where none is given nothing is', async () => {
  const ours = await pem('cluster-ca')
  assert.ok(sameAuthority(ours, `${await pem('etcd-ca')}${ours.replaceAll('\n', '\r\n')}`))
  assert.not.ok(sameAuthority(ours, await pem('etcd-ca')))
  assert.not.ok(sameAuthority('', ''))
})

it.run()
