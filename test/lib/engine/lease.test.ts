import * as assert from 'uvu/assert'
import { type Lease, lossIn, renewalLimit } from '../../../lib/engine/lease.ts'
import { suite } from '../../support/suite.ts'

const it = suite('lease')

it('is renewed, or given up, well before others may take it', () => {
  const duration = 15_000
  // Tried in time; then each second after a failure, the last time just after two thirds of the duration.
  assert.is(renewalLimit({ sinceLast: 5000, isLate: false }, duration), 5000)
  for (let sinceLast = 5001; sinceLast <= 11_000; sinceLast += 100) {
    const end = sinceLast + renewalLimit({ sinceLast, isLate: true }, duration)
    assert.ok(end <= 12_000, `${sinceLast} → ${end}`)
  }
})

it('has some time after a stall', () => {
  assert.is(renewalLimit({ sinceLast: 60_000, isLate: false }, 15_000), 5000)
})

it('says by whom it was lost, as far as that can be known', () => {
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'arena-playbooks', namespace: 'kube-system' },
  }
  assert.match(lossIn(undefined), /^was deleted; .*audit log/)
  assert.is(lossIn(lease), 'was taken away')
  assert.is(lossIn({ ...lease, spec: { holderIdentity: 'ben' } }), 'was taken over by ben')
})

it.run()
