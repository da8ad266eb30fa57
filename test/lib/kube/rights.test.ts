import * as assert from 'uvu/assert'
import {
  isKnownResource,
  isRemembered,
  kindOfVerb,
  newerThanRead,
  READ_UP_TO,
} from '../../../lib/kube/rights.ts'
import { suite } from '../../support/suite.ts'

const it = suite('kubernetes-rights')

it('tells verbs of requests from those that give more, and from those that no Kubernetes has', () => {
  for (const [verb, kind] of [
    ['list', 'request'],
    ['impersonate', 'power'],
    ['impersonate:user-info', 'power'],
    ['impersonate-on:serviceaccount:list', 'power'],
    ['arbitrary-node:update', 'power'],
    ['request-podcertificate-signer', 'power'],
    ['attest', 'power'],
    ['escalate', 'power'],
    ['use', 'other'],
    ['impersonate:ghost', 'unknown'],
    ['impersonate-on:ghost:list', 'unknown'],
    ['LIST', 'unknown'],
    ['', 'unknown'],
  ] as const)
    assert.is(kindOfVerb(verb), kind, verb)
})

it('knows resources that no API lists, kinds that are off by default, and those of the charts of Arena', () => {
  for (const [group, resource] of [
    ['', 'users'],
    ['authentication.k8s.io', 'userextras/any~2Fkey'],
    ['certificates.k8s.io', 'signers'],
    ['', 'nodes/configz'],
    ['scheduling.k8s.io', 'workloads'],
    ['kubeflow.org', 'mpijobs'],
    ['kubeflow.org', 'mpijobs/finalizers'],
    ['*', 'users'],
    ['*', '*/scale'],
    ['apps', '*'],
    ['*', '*'],
  ] as const)
    assert.ok(isKnownResource(group, resource), `${resource}.${group}`)
})

it('knows nothing else, but for what a cluster serves', () => {
  for (const [group, resource] of [
    ['', 'pods/*'],
    ['', 'widgets'],
    ['example.com', 'widgets'],
    ['example.com', '*'],
    ['*', '*/frobnicate'],
    ['apps', 'pods'],
  ] as const)
    assert.not.ok(isKnownResource(group, resource), `${resource}.${group}`)
  assert.ok(isKnownResource('example.com', 'widgets', [{ group: 'example.com', resource: 'widgets' }]))
})

it('speaks of a server that is newer than what was read, and of no other', () => {
  assert.is(READ_UP_TO, '1.37')
  for (const minor of ['27', '37', '37+', ''])
    assert.is(newerThanRead({ major: '1', minor }), undefined, minor)
  assert.match(newerThanRead({ major: '1', minor: '38+' })!, 'runs Kubernetes 1.38+')
})

it('knows which rights a server remembers after they were taken away', () => {
  assert.ok(isRemembered('impersonate:user-info') && isRemembered('impersonate-on:user-info:get'))
  assert.not.ok(isRemembered('impersonate') || isRemembered('get'))
})

it.run()
