// What is given to everybody: to all who are logged in, to all service accounts, and to those who are neither.

import { quote } from '../base/shell.ts'
import {
  allowing,
  type Check,
  type Command,
  type Deed,
  type Finding,
  fail,
  type Grant,
  grantsTo,
  type Identity,
  orPass,
  overgranted,
  pass,
  type ReviewTrial,
  type Scene,
  sourceOf,
  wordsOf,
} from '../check.ts'
import { baselineRules, beyondBaseline, isBaseline, rightsIn } from './rights/baseline.ts'
import { grantsOf, MATRIX_KINDS } from './rights/peers.ts'
import { accounts } from './service-accounts.ts'
import { tokens } from './tokens.ts'

const given = (scene: Scene, who: Identity): Grant[] => grantsTo(who, grantsOf(scene))

const everybody: Check = {
  id: 'I2',
  goal: 3,
  title: 'Nothing is given to everybody beyond what Kubernetes itself gives',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    const names = [
      'system:authenticated',
      'system:unauthenticated',
      'system:serviceaccounts',
      ...scene.groups.map(({ name }) => `system:serviceaccounts:${name}`),
    ]
    for (const name of names) {
      const found = given(scene, { username: '', groups: [name] }).flatMap((grant) => excess(name, grant))
      yield* orPass(found, name, 'has what Kubernetes gives it')
    }
  },
}

const excess = (subject: string, grant: Grant): Finding[] => {
  const source = sourceOf(grant)
  if (!isBaseline(grant)) return [overgranted(subject, `is given ${source}`, grant)]
  const says = `may do more than Kubernetes gives it: ${source}`
  return beyondBaseline(grant).map((thing) => fail(subject, says, thing, backToBaseline(grant)))
}

/** Leaves in a role what it gives in every cluster; one that others changed meanwhile stays as it is. */
const backToBaseline = (grant: Grant): Command => {
  const path = '/rules'
  const patch = [
    { op: 'test', path, value: grant.rules },
    { op: 'replace', path, value: baselineRules(grant) },
  ]
  return `kubectl patch clusterrole ${quote(grant.role.name)} --type json -p ${quote(JSON.stringify(patch))}`
}

const NOBODY: Identity = { username: 'system:anonymous', groups: ['system:unauthenticated'] }

const anonymous: Check = {
  id: 'I3',
  goal: 2,
  title: 'Who is not logged in learns whether the cluster is up, and nothing else',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    const subject = NOBODY.username
    const grants = given(scene, NOBODY)
    for (const grant of grants.filter((one) => one.subject.kind !== 'Group' && !isClusterInfo(one)))
      yield overgranted(subject, `is given ${sourceOf(grant)}`, grant)
    for (const deed of forbidden(scene)) yield tried(deed, grants)
  },
}

const tried = (deed: Deed, grants: readonly Grant[]): ReviewTrial => ({
  ask: 'review',
  review: { who: NOBODY, deed },
  judge({ allowed, reason }) {
    const subject = NOBODY.username
    if (!allowed) return pass(subject, 'is refused wherever it was asked')
    const grant = allowing(grants, deed)
    const says = `may do it without logging in: ${reason || 'the API server gives no reason'}`
    const thing = wordsOf(deed)
    if (grant === undefined) return { verdict: 'fail', subjects: [subject], says, thing }
    // Those who look whether the API server lives need what the cluster is born with.
    return isBaseline(grant)
      ? fail(subject, says, thing, backToBaseline(grant))
      : { ...overgranted(subject, says, grant), thing }
  },
})

/** kubeadm lets anybody read the address and the CA of the cluster. */
const isClusterInfo = (grant: Grant): boolean =>
  grant.namespace === 'kube-public' &&
  rightsIn(grant).every((right) => right === 'get configmaps cluster-info')

const PATHS = [
  '/api',
  '/apis',
  '/openapi/v3',
  '/metrics',
  '/logs',
  '/debug/pprof',
  '/configz',
  '/openid/v1/jwks',
]

function* forbidden({ groups }: Scene): Generator<Deed> {
  for (const path of PATHS) yield { verb: 'get', path }
  for (const resource of ['namespaces', 'nodes', 'persistentvolumes', 'secrets', 'configmaps', 'pods'])
    yield { verb: 'list', group: '', resource }
  for (const { name: namespace } of groups) {
    for (const resource of ['secrets', 'configmaps', 'pods'])
      for (const verb of ['list', 'create']) yield { verb, group: '', resource, namespace }
    yield { verb: 'create', group: 'kubeflow.org', resource: 'tfjobs', namespace }
  }
}

/** That nobody has rights by way of an identity that is not their own. */
export const ambient: readonly Check[] = [tokens, ...accounts, everybody, anonymous]
