import * as assert from 'uvu/assert'
import {
  type Kind,
  NAMESPACE,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  ROLE,
} from '../../../lib/kube/object.ts'
import { holdingOf, isStuck } from '../../../lib/kube/terminating.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('terminating')

const held = (kind: Kind, id: string, finalizers: string[], content = {}) =>
  holdingOf(live(kind, id, content, { deletionTimestamp: '2026-11-24T00:00:00Z', finalizers }))

it('names the claim that holds a volume, and the command', () => {
  const claimRef = { namespace: 'dev1', name: 'data' }
  const { reason, hint } = held(PERSISTENT_VOLUME, 'vol', ['kubernetes.io/pv-protection'], {
    spec: { claimRef },
  })
  assert.match(reason, 'dev1/data')
  assert.match(hint, 'kubectl delete pvc data -n dev1')
})

it('says that pods hold a claim', () => {
  const { hint } = held(PERSISTENT_VOLUME_CLAIM, 'dev1/data', ['kubernetes.io/pvc-protection'])
  assert.match(hint, 'kubectl describe pvc data -n dev1')
})

it('names finalizers of others, without their control characters', () => {
  const { reason, hint } = held(ROLE, 'dev1/member', ['example.com/a\u001b[31m'])
  assert.match(reason, 'example.com/a')
  assert.not.match(reason, '\u001b')
  assert.match(hint, 'kubectl patch role member -n dev1')
  assert.match(held(PERSISTENT_VOLUME_CLAIM, 'dev1/data', ['example.com/b']).reason, 'example.com/b')
})

it('has nothing to say of what is on its way out', () => {
  assert.equal(held(ROLE, 'dev1/member', []), {
    reason: 'is being deleted',
    hint: 'wait until it is gone, then run again',
  })
})

it('tells a namespace that cannot be emptied from one that takes its time', () => {
  const namespace = (type: string) =>
    live(NAMESPACE, 'dev1', { status: { conditions: [{ type, status: 'True', message: 'why' }] } })
  assert.is(isStuck(namespace('NamespaceDeletionDiscoveryFailure')), true)
  assert.is(isStuck(namespace('NamespaceContentRemaining')), false)
  assert.is(holdingOf(namespace('NamespaceContentRemaining')).reason, 'is being deleted: why')
})

it('names the finalizers of a namespace itself, and how to see what in it has some', () => {
  const own = held(NAMESPACE, 'dev1', ['example.com/a'])
  assert.match(own.reason, 'example.com/a')
  assert.match(own.hint, 'kubectl patch namespace dev1 ')
  const conditions = [{ type: 'NamespaceFinalizersRemaining', status: 'True', message: 'why' }]
  const inIt = held(NAMESPACE, 'dev1', [], { status: { conditions } })
  assert.is(inIt.reason, 'is being deleted: why')
  assert.match(inIt.hint, '--ignore-not-found')
  assert.match(inIt.hint, '-n dev1 ')
  assert.is(isStuck(live(NAMESPACE, 'dev1', { status: { conditions } })), false)
})

it.run()
