import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { ensurePart } from '../../sandbox/control-plane.ts'
import { findRunning, stop } from '../../sandbox/process.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { prepareTools } from '../../sandbox/tools.ts'
import { authorizer, type Opinion } from '../support/authorizer.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { assertClean, type Verified, verify } from '../support/verify.ts'

interface Rule {
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
  verbs: string[]
}

/** What a ClusterRole gives, and the checks that must name whoever it is bound to. */
interface Planted {
  rule: Rule
  told: readonly string[]
  /** In the namespace of the other group, or of its accounts, instead of the whole cluster. */
  beside?: 'group' | 'accounts'
  /** A controller fills the ClusterRole that is bound with the rule of another one. */
  isAggregated?: true
  /** To a group of everybody instead of the user. */
  to?: 'system:authenticated' | 'system:serviceaccounts'
}

const rule = (apiGroup: string, resource: string, verbs: string, ...names: string[]): Rule => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs: verbs.split(' '),
  ...(names.length > 0 && { resourceNames: names }),
})

const AUTHENTICATION = 'authentication.k8s.io'
const CERTIFICATES = 'certificates.k8s.io'
const RESOURCE = 'resource.k8s.io'

/** No API lists what most of these are about. */
const PLANTED: Readonly<Record<string, Planted>> = {
  'admin-by-name': { rule: rule('', 'users', 'impersonate', 'sandbox-admin'), told: ['C0', 'D3'] },
  'masters-by-name': { rule: rule('', 'groups', 'impersonate', 'system:masters'), told: ['C0', 'D3'] },
  scopes: { rule: rule(AUTHENTICATION, 'userextras/scopes', 'impersonate'), told: ['C0', 'D3'] },
  'extra-of-others': {
    rule: rule(AUTHENTICATION, 'userextras/example.com~1id', 'impersonate'),
    told: ['C0', 'D3'],
  },
  'user-info': {
    rule: rule(AUTHENTICATION, 'users', 'impersonate:user-info', 'sandbox-admin'),
    told: ['C0', 'D3'],
  },
  'any-node': { rule: rule(AUTHENTICATION, 'nodes', 'impersonate:arbitrary-node'), told: ['C0', 'D3'] },
  'own-node': { rule: rule(AUTHENTICATION, 'nodes', 'impersonate:associated-node'), told: ['C0', 'D3'] },
  'on-secrets': { rule: rule('', 'secrets', 'impersonate-on:user-info:list'), told: ['C0', 'D3'] },
  account: {
    rule: rule(AUTHENTICATION, 'serviceaccounts', 'impersonate:serviceaccount'),
    told: ['C0', 'D3'],
    beside: 'accounts',
  },
  'on-pods': {
    rule: rule('', 'pods', 'impersonate-on:serviceaccount:list'),
    told: ['C0', 'D3'],
    beside: 'group',
  },
  signers: { rule: rule(CERTIFICATES, 'signers', 'approve sign', 'example.com/any'), told: ['C0', 'D8'] },
  approval: { rule: rule(CERTIFICATES, 'certificatesigningrequests/approval', 'patch'), told: ['C0', 'D8'] },
  attest: { rule: rule(CERTIFICATES, 'signers', 'attest request-podcertificate-signer'), told: ['C0', 'D8'] },
  'kubelet-pods': { rule: rule('', 'nodes/pods', 'get'), told: ['C0', 'D9'] },
  'kubelet-config': { rule: rule('', 'nodes/configz', 'get', 'worker01'), told: ['C0', 'D9'] },
  'kubelet-proxy': { rule: rule('', 'nodes/proxy', 'get', 'worker01'), told: ['C0', 'D9'] },
  driver: { rule: rule(RESOURCE, 'resourceclaims/driver', 'arbitrary-node:update'), told: ['C0', 'D9'] },
  mutating: {
    rule: rule('admissionregistration.k8s.io', 'mutatingadmissionpolicies', 'patch', 'x'),
    told: ['C0', 'D11'],
  },
  'out-of-counts': { rule: rule('', 'pods/status', 'patch'), told: ['C0', 'D9'], beside: 'group' },
  addresses: { rule: rule('', 'services/status', 'update'), told: ['C0', 'D9'] },
  resize: { rule: rule('', 'pods/resize', 'patch'), told: ['C0', 'C4'] },
  claims: { rule: rule(RESOURCE, 'resourceclaimtemplates', 'create'), told: ['C0', 'C2'] },
  gangs: { rule: rule('scheduling.k8s.io', 'podgroups', 'create'), told: ['C0', 'C2'] },
  'token-by-name': {
    rule: rule('', 'serviceaccounts/token', 'create', 'default'),
    told: ['C0', 'D2'],
    beside: 'group',
  },
  finalizers: { rule: rule('', 'serviceaccounts/finalizers', 'update'), told: ['C0'] },
  // Which of these two gives a path that both give is not said.
  paths: { rule: { nonResourceURLs: ['/debug/*'], verbs: ['get'] }, told: ['C0'] },
  absent: { rule: rule('example.com', 'widgets', 'get'), told: ['C0', 'C9'] },
  later: { rule: rule('', 'pods', 'teleport'), told: ['C0', 'C9'] },
  shouted: { rule: rule('', 'secrets', 'LIST'), told: ['C0', 'C9'] },
  'no-such-star': { rule: rule('', 'pods/*', 'get'), told: ['C0', 'C9'] },
  'named-star': { rule: rule('', 'secrets', '*', 'least'), told: ['C0', 'D1'] },
  scale: { rule: rule('*', '*/scale', 'patch'), told: ['C0'] },
  'star-of-star': { rule: rule('*', '*/*', 'get'), told: ['C0', 'C9'] },
  'every-path': { rule: { nonResourceURLs: ['*'], verbs: ['get'] }, told: ['C0', 'C5'] },
  'path-by-star': { rule: { nonResourceURLs: ['/metrics*'], verbs: ['*'] }, told: ['C0', 'C5'] },
  aggregated: { rule: rule('', 'secrets', 'list'), told: ['C0', 'D1'], isAggregated: true },
  'shouted-kind': { rule: rule('', 'Secrets', 'list'), told: ['C0', 'C9'] },
  'for-all': { rule: rule('', 'nodes/metrics', 'get'), told: ['C0', 'D9'], to: 'system:authenticated' },
  'for-accounts': { rule: rule('', 'pods/log', 'get'), told: ['C0', 'C4'], to: 'system:serviceaccounts' },
  'any-group': { rule: rule('*', 'users', 'impersonate', 'sandbox-admin'), told: ['C0', 'D3'] },
  escalate: {
    rule: rule('rbac.authorization.k8s.io', 'clusterroles', 'escalate bind', 'cluster-admin'),
    told: ['C0', 'D4'],
  },
}

/** How a binding names the first user. */
const SUBJECTS = [
  (namespace: string, name: string) => ({ kind: 'ServiceAccount', namespace, name }),
  (namespace: string, name: string) => ({ kind: 'User', name: `system:serviceaccount:${namespace}:${name}` }),
  (namespace: string) => ({ kind: 'Group', name: `system:serviceaccounts:${namespace}` }),
]

const RBAC = 'rbac.authorization.k8s.io'

const PROFILES = [
  ['document', 'vfya', 55_000],
  ['strict', 'vfyb', 55_100],
] as const

for (const [isolation, name, id] of PROFILES) {
  const it = suite(`verify rights, ${isolation}`, { seconds: 600 })
  const [one, two, ann] = [`${name}1`, `${name}2`, `${name}-ann`]
  const home = isolation === 'strict' ? `arena-${name}` : one
  const accounts = isolation === 'strict' ? home : two
  const member = `system:serviceaccount:${accounts}:${name}-ben`
  const ONLY = ['--only', 'B1,C,D,I']

  let state: SandboxState
  let table: InventoryInput
  let files: Awaited<ReturnType<typeof inventoryFile>>
  let inventory: string

  const kubectl = (...objects: object[]): Promise<string> =>
    runOn(
      'cluster',
      `kubectl apply -f - <<'EOF'\n${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })}\nEOF`,
      state,
    )

  const objectsOf = (
    [key, { rule: given, beside, isAggregated, to }]: [string, Planted],
    index: number,
  ): object[] => {
    const metadata = { name: `${name}-${key}` }
    const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: metadata.name }
    const { kind, ...rest } =
      to === undefined ? SUBJECTS[index % SUBJECTS.length]!(home, ann) : { kind: 'Group', name: to }
    const subjects = [{ kind, ...(kind !== 'ServiceAccount' && { apiGroup: RBAC }), ...rest }]
    const [clusterRole, matchLabels] = [
      { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole' },
      { 'rights.test/part': key },
    ]
    const part = { name: `${metadata.name}-part`, labels: matchLabels }
    return [
      ...(isAggregated
        ? [
            { ...clusterRole, metadata: part, rules: [given] },
            { ...clusterRole, metadata, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } },
          ]
        : [{ ...clusterRole, metadata, rules: [given] }]),
      {
        apiVersion: `${RBAC}/v1`,
        kind: beside ? 'RoleBinding' : 'ClusterRoleBinding',
        metadata: beside ? { ...metadata, namespace: beside === 'group' ? two : accounts } : metadata,
        roleRef,
        subjects,
      },
    ]
  }

  /**
   * What the first user gets of the other group's pods, acting as its member in the mode for service accounts. kubectl
   * asks as the member, too, what the API serves, which that mode does not give; what it has in its cache it does not.
   */
  const actingAsMember = (): Promise<string> =>
    runOn(
      'client01',
      `su - ${ann} -s /bin/sh -c 'arena-kubectl get pods -n ${one} >/dev/null 2>&1
arena-kubectl get pods -n ${two} --as ${member}' 2>&1 || true`,
      state,
    )

  it.before(async () => {
    state = await sandbox()
    table = { ...tenants(name, id, state), isolation, volumes: [] }
    files = await inventoryFile()
    inventory = await files.write(table)
    const { code, summary } = await runPlaybook('setup', inventory)
    assert.is(code, 0, summary)
  })

  it('gives no false alarm on a clean set-up, and tells up to which Kubernetes it knows rights', async () => {
    const verified = await verify(inventory, ...ONLY)
    assertClean(verified)
    assert.equal(verified.report.knows, { upTo: '1.37', server: '1.37' })
    const notices = verified.report.goals.flatMap(({ found }) =>
      found.filter(({ verdict, check }) => verdict === 'notice' && check.id === 'C9'),
    )
    assert.equal(notices, [])
  })

  it('finds whatever a role gives, by its names, in every mode, and passes once each repair was run', async () => {
    assert.match(await actingAsMember(), 'orbidden')
    await kubectl(...Object.entries(PLANTED).flatMap(objectsOf))
    await until(actingAsMember, 'No resources found')
    await until(
      () => runOn('cluster', `kubectl get clusterrole ${name}-aggregated -o jsonpath={.rules}`, state),
      'secrets',
    )
    const { code, failures } = await verify(inventory, ...ONLY)
    assert.is(code, 1)
    const missing = Object.entries(PLANTED).flatMap(([key, { told }]) =>
      told
        .filter(
          (check) =>
            !failures.some(
              (said) =>
                said.check.id === check &&
                said.cause?.binding.name === `${name}-${key}` &&
                said.subjects.includes(ann),
            ),
        )
        .map((check) => `${check} ${key}`),
    )
    assert.equal(missing, [])
    const repairs = [...new Set(failures.flatMap(({ repair }) => repair ?? []))]
    await runOn('cluster', repairs.join('\n'), state)
    // The API server remembers for ten seconds what one may do as somebody else.
    await until(actingAsMember, 'orbidden')
    assertClean(await verify(inventory, ...ONLY))
  })

  it('holds roles of the inventory to the same: refused, warned of, noticed', async () => {
    const withRole = (given: Rule): Promise<string> =>
      files.write({
        ...table,
        roles: [{ name: 'annotator', rules: [given as Required<Rule>] }],
      })
    const acting = await withRole(rule(AUTHENTICATION, 'serviceaccounts', 'impersonate:serviceaccount'))
    assert.is((await runPlaybook('setup', acting, '--check')).code, 65)
    const typo = await withRole(rule('apps', 'deploymets', 'get'))
    const { recap } = await runPlaybook('setup', typo, '--check')
    assert.ok(recap!.warnings.some((warning) => warning.includes('deploymets.apps')))
    const { code, report } = await verify(typo, '--only', 'C9')
    assert.is(code, 0)
    const notices = report.goals.flatMap(({ found }) => found.filter(({ verdict }) => verdict === 'notice'))
    assert.equal(
      notices.map(({ check, thing }) => `${check.id} ${thing}`),
      ['C9 get deploymets.apps'],
    )
  })

  if (isolation === 'strict')
    it('cannot tell where an authorizer beside RBAC does not answer, and names its yes', async () => {
      const another = await authorizer(state)
      const proved = (): Promise<Verified> => verify(inventory, '--only', 'C5')
      try {
        assertClean(await proved())
        await restartWith(another.configuration)
        assertClean(await proved())
        // The API server goes by what it was told before for a second.
        const told = async (
          opinion: Opinion,
          part: 'failures' | 'unknown',
          id: string,
        ): Promise<Verified> => {
          another.say(opinion)
          let proof: Verified | undefined
          const ids = () => [...new Set(proof?.[part].map(({ check }) => check.id))].join()
          await until(async () => {
            proof = await proved()
            return ids()
          }, id)
          assert.is(ids(), id)
          return proof!
        }
        const { code, failures } = await told('broken', 'unknown', 'C5')
        assert.equal(failures, [])
        assert.not(code === 0)
        await told('allowed', 'failures', 'C5')
        another.say('none')
        await until(async () => ((await proved()).code === 0 ? 'clean' : ''), 'clean')
      } finally {
        another.close()
      }
    })

  const restartWith = async (authorization: string): Promise<void> => {
    await stop(state.directory, (part) => part === 'kube-apiserver')
    const tools = await prepareTools(console.log, state.variant)
    const started = { ...state, variant: { ...state.variant, authorization } }
    await ensurePart(started, tools, 'kube-apiserver', await findRunning(state.directory))
  }

  it.after(async () => {
    if (state === undefined) return
    const roles = Object.keys(PLANTED).flatMap((key) => [`${name}-${key}`, `${name}-${key}-part`])
    await runOn('cluster', `kubectl delete clusterrole ${roles.join(' ')} --ignore-not-found`, state)
  })

  it.run()
}
