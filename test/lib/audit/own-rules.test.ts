import * as assert from 'uvu/assert'
import { Asker } from '../../../lib/audit/ask.ts'
import { rulesReviewed } from '../../../lib/audit/own-rules.ts'
import type { Deed } from '../../../lib/audit/question.ts'
import { Secret } from '../../../lib/base/secret.ts'
import type { Inquiry, KubeConnection, Reply } from '../../../lib/connect/connection.ts'
import { serviceAccountIdentity } from '../../../lib/inventory/identity.ts'
import { suite } from '../../support/suite.ts'

const it = suite('own-rules')

const PODS = { verbs: ['list'], apiGroups: [''], resources: ['pods'] }
const METRICS = { verbs: ['get'], nonResourceURLs: ['/metrics'] }

const status = (more: object = {}) => ({
  status: { resourceRules: [PODS], nonResourceRules: [METRICS], incomplete: false, ...more },
})

it('are all of them only where the API server says so', () => {
  assert.is(rulesReviewed(status())?.length, 2)
  assert.equal(rulesReviewed(status({ resourceRules: null, nonResourceRules: null })), [])
  assert.is(rulesReviewed(status({ incomplete: true })), undefined)
  assert.is(rulesReviewed(status({ evaluationError: 'webhook authorizer does not list rules' })), undefined)
  const missing = 'clusterroles.rbac.authorization.k8s.io "gone" not found'
  assert.is(rulesReviewed(status({ evaluationError: missing }))?.length, 2)
  assert.is(rulesReviewed(status({ resourceRules: [{ ...PODS, conditions: ['weekdays'] }] })), undefined)
  assert.is(rulesReviewed({ status: 'Failure' }), undefined)
})

const TOKEN = new Secret('bob', 'x')

const who = serviceAccountIdentity('dev1', 'bob')

/** What came of reviews, and the last words of the paths asked. */
const reviewed = async (
  deeds: readonly Deed[],
  answer: (namespace: string) => Reply,
  { hasToken = true, isListed = true } = {},
) => {
  const paths: string[] = []
  const inquire = async ({ path, body, token: as }: Inquiry): Promise<Reply> => {
    paths.push(path.split('/').at(-1)!)
    if (!path.endsWith('rulesreviews'))
      return { status: 201, body: { status: { allowed: true, reason: 'asked' } } }
    assert.is(as, TOKEN)
    return answer((body as { spec: { namespace: string } }).spec.namespace)
  }
  const asker = new Asker({
    connection: { inquire } as Partial<KubeConnection> as KubeConnection,
    tokenOf: () => TOKEN,
    ownTokenOf: () => (hasToken ? TOKEN : undefined),
    signal: new AbortController().signal,
    onAnswer() {},
  })
  const answers = await Promise.all(
    deeds.map((deed) => asker.review({ who, deed, ...(isListed && { listedFor: 'bob' }) })),
  )
  return { allowed: answers.map(({ allowed }) => allowed), paths: paths.toSorted() }
}

const list = (resource: string, namespace?: string): Deed => ({
  verb: 'list',
  group: '',
  resource,
  ...(namespace !== undefined && { namespace }),
})

const inDev1 = (namespace: string): Reply => ({
  status: 201,
  body: status(namespace === 'dev1' ? {} : { resourceRules: [] }),
})

it('of a user decide many deeds by one request for each place', async () => {
  const deeds = [list('pods', 'dev1'), list('secrets', 'dev1'), list('pods', 'dev2'), list('pods')]
  assert.equal(await reviewed([...deeds, { verb: 'get', path: '/metrics' }], inDev1), {
    allowed: [true, false, false, false, true],
    paths: ['selfsubjectrulesreviews', 'selfsubjectrulesreviews', 'selfsubjectrulesreviews'],
  })
})

it('that cannot be listed are asked for one by one', async () => {
  const deeds = [list('pods', 'dev1'), list('secrets', 'dev1')]
  const each = ['subjectaccessreviews', 'subjectaccessreviews']
  const incomplete = (): Reply => ({ status: 201, body: status({ incomplete: true }) })
  const refused = (): Reply => ({ status: 403, body: {} })
  const allowed = [true, true]
  assert.equal(await reviewed(deeds, incomplete), { allowed, paths: ['selfsubjectrulesreviews', ...each] })
  assert.equal(await reviewed(deeds, refused), { allowed, paths: ['selfsubjectrulesreviews', ...each] })
  assert.equal(await reviewed(deeds, inDev1, { hasToken: false }), { allowed, paths: each })
  assert.equal(await reviewed(deeds, inDev1, { isListed: false }), { allowed, paths: each })
})

it.run()
