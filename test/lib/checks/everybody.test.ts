import * as assert from 'uvu/assert'
import { ambient } from '../../../lib/checks/everybody.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type KubeObject,
  ROLE,
  ROLE_BINDING,
} from '../../../lib/kube/object.ts'
import { bound, clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('ambient')

const role = (name: string, ...rules: object[]): KubeObject => live(CLUSTER_ROLE, name, { rules })

const urls = (...nonResourceURLs: string[]): object => ({ nonResourceURLs, verbs: ['get'] })

const BASIC = {
  apiGroups: ['authorization.k8s.io'],
  resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  verbs: ['create'],
}

/** As a cluster is born. */
const BORN = [
  role('system:basic-user', BASIC),
  bound(CLUSTER_ROLE_BINDING, 'system:basic-user', 'ClusterRole system:basic-user', 'system:authenticated'),
  role('system:public-info-viewer', urls('/healthz', '/version')),
  bound(
    CLUSTER_ROLE_BINDING,
    'system:public-info-viewer',
    'ClusterRole system:public-info-viewer',
    'system:unauthenticated',
  ),
]

const everybody = (...objects: KubeObject[]): string[] =>
  found(ambient, 'I2', clusterOf(objects)).filter((line) => !line.startsWith('pass'))

it('finds nothing wrong with what Kubernetes gives everybody', () => {
  assert.equal(everybody(...BORN), [])
  assert.is(found(ambient, 'I2', clusterOf(BORN)).length, 5)
})

it('names a binding to everybody, to all service accounts, or to those of one group', () => {
  const peep = role('peep', { apiGroups: [''], resources: ['pods'], verbs: ['list'] })
  for (const group of [
    'system:authenticated',
    'system:serviceaccounts',
    'system:serviceaccounts:dev1',
    'system:unauthenticated',
  ])
    assert.equal(everybody(...BORN, peep, bound(CLUSTER_ROLE_BINDING, 'peep', 'ClusterRole peep', group)), [
      `fail ${group} by ClusterRoleBinding peep of ClusterRole peep → kubectl delete clusterrolebinding peep`,
    ])
})

it('names what was added to a role that everybody has', () => {
  const [line] = everybody(
    ...BORN.slice(1),
    role('system:basic-user', BASIC, { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }),
  )
  const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }
  const patch = [
    { op: 'test', path: '/rules', value: [BASIC, secrets] },
    { op: 'replace', path: '/rules', value: [BASIC] },
  ]
  assert.is(
    line,
    'fail system:authenticated: get secrets → kubectl patch clusterrole ' +
      `system:basic-user --type json -p '${JSON.stringify(patch)}'`,
  )
})

it('is not taken in by a name: neither a role of a namespace nor what only those who are logged in get', () => {
  const namesake = live(ROLE, 'dev1/system:basic-user', { rules: [] })
  const binding = bound(ROLE_BINDING, 'dev1/odd', 'Role system:basic-user', 'system:authenticated')
  assert.is(
    everybody(...BORN, namesake, binding)[0]!,
    'fail system:authenticated (dev1/odd) by RoleBinding dev1/odd of Role system:basic-user → ' +
      'kubectl delete rolebinding odd -n dev1',
  )
  const old = bound(CLUSTER_ROLE_BINDING, 'old', 'ClusterRole system:basic-user', 'system:unauthenticated')
  assert.is(
    everybody(...BORN, old)[0]!,
    'fail system:unauthenticated by ClusterRoleBinding old of ClusterRole system:basic-user → ' +
      'kubectl delete clusterrolebinding old',
  )
})

it('quotes the names of roles and bindings in commands', () => {
  const trap = bound(CLUSTER_ROLE_BINDING, 'x; reboot', 'ClusterRole view', 'system:authenticated')
  assert.match(everybody(...BORN, trap)[0]!, /→ kubectl delete clusterrolebinding 'x; reboot'$/)
})

const anonymous = (allowed: (path?: string) => boolean, ...objects: KubeObject[]): string[] => [
  ...new Set(
    found(ambient, 'I3', clusterOf(objects), {
      review: ({ who, deed }) => {
        assert.equal(who, { username: 'system:anonymous', groups: ['system:unauthenticated'] })
        return { allowed: allowed(deed.path), reason: 'by ClusterRole "peep"' }
      },
    }),
  ),
]

it('asks what somebody may do who is not logged in', () => {
  assert.equal(
    anonymous(() => false, ...BORN),
    ['pass system:anonymous'],
  )
  const peep = [
    role('peep', urls('/metrics')),
    bound(CLUSTER_ROLE_BINDING, 'peep', 'ClusterRole peep', 'system:unauthenticated'),
  ]
  assert.ok(
    anonymous((path) => path === '/metrics', ...BORN, ...peep).includes(
      'fail system:anonymous: get /metrics by ClusterRoleBinding peep of ClusterRole peep → ' +
        'kubectl delete clusterrolebinding peep',
    ),
  )
})

it('leaves those who are not logged in what the cluster is born with, and takes what was added', () => {
  const [first, second] = [urls('/healthz', '/version'), urls('/metrics')]
  const more = [...BORN.slice(0, 2), BORN[3]!, role('system:public-info-viewer', first, second)]
  const patch = [
    { op: 'test', path: '/rules', value: [first, second] },
    { op: 'replace', path: '/rules', value: [first] },
  ]
  assert.equal(
    anonymous((path) => path === '/metrics', ...more).filter((line) => line.startsWith('fail')),
    [
      'fail system:anonymous: get /metrics → kubectl patch clusterrole system:public-info-viewer ' +
        `--type json -p '${JSON.stringify(patch)}'`,
    ],
  )
})

it('lets kubeadm tell everybody the address of the cluster, and nothing beside it', () => {
  const info = (id: string, resourceNames: string[]): KubeObject[] => [
    live(ROLE, `${id}`, {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'], resourceNames }],
    }),
    live(ROLE_BINDING, id, {
      subjects: [{ kind: 'User', name: 'system:anonymous' }],
      roleRef: { kind: 'Role', name: id.split('/')[1] },
    }),
  ]
  const said = (...objects: KubeObject[]): string => anonymous(() => false, ...objects)[0]!
  assert.match(said(...info('kube-public/info', ['cluster-info'])), /^pass/)
  assert.is(
    said(...info('kube-public/info', ['other'])),
    'fail system:anonymous (kube-public/info) by RoleBinding kube-public/info of Role info → run setup',
  )
  assert.match(said(...info('dev1/info', ['cluster-info'])), /^fail/)
})

it.run()
