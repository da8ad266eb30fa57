import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { type Audited, audited, writes } from '../support/audit.ts'
import { ALLOWED, FORBIDDEN, type PodParts, workload } from '../support/forbidden.ts'
import { kubectlIn } from '../support/kubectl.ts'
import { login } from '../support/login.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { claimsOf, tokenWith } from '../support/token.ts'
import { until } from '../support/until.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('strict', { seconds: 240 })

let state: SandboxState
let document: InventoryInput
let strict: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

const setup = async (inventory: InventoryInput, ...flags: string[]): Promise<Told> =>
  runPlaybook('setup', await files.write(inventory), ...flags)

const done = async (inventory: InventoryInput): Promise<Told> => {
  const told = await setup(inventory)
  assert.is(told.code, 0, told.summary)
  return told
}

const inSync = async (inventory: InventoryInput): Promise<void> => {
  const { changes, code } = await setup(inventory, '--check')
  assert.equal(
    changes.map(({ id, change }) => [id, change.diffs]),
    [],
  )
  assert.is(code, 0)
}

const asAnn = (command: string, host = 'client01'): Promise<string> =>
  runOn(host, `su - tight-ann -c '${command}' 2>&1 || true`, state)

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

const isTokenRequest = ({ requestURI }: Audited): boolean => requestURI.endsWith('/token')

/** What the API server says to each of these, created as dry runs by somebody; by the name of each. */
const said = async (
  objects: readonly object[],
  create: (list: string) => Promise<string>,
): Promise<Map<string, string>> => {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const lines = (await create(list)).split('\n')
  return new Map(
    objects.map((object) => {
      const { name } = (object as { metadata: { name: string } }).metadata
      return [name, lines.find((line) => line.includes(`/${name} `) || line.includes(`"${name}"`)) ?? '']
    }),
  )
}

const byAnn = (list: string): Promise<string> =>
  runOn(
    'client01',
    `su - tight-ann -c 'arena-kubectl create --dry-run=server -f -' 2>&1 <<'EOF' || true\n${list}\nEOF`,
    state,
  )

it.before(async () => {
  state = await sandbox()
  document = tenants('tight', 50_000, state)
  strict = { ...document, isolation: 'strict' }
  files = await inventoryFile()
})

it('is planned on an empty world under --check without a write and without a token', async () => {
  assert.match(await kubectl('get namespace arena-tight'), 'NotFound')
  let told: Told | undefined
  const requests = await audited(state, async () => {
    told = await setup(strict, '--check')
  })
  assert.is(told!.code, 2, told!.summary)
  assert.equal(told!.recap!.problems, [])
  assert.equal(writes(requests), [])
  assert.equal(
    told!.recap!.warnings.filter((line) => line.includes('can run pods as')),
    [],
  )
})

it('is made in one run, one token for each user on all machines, and no right before the rules', async () => {
  const requests = await audited(state, () => done(strict))
  const asked = requests.filter(isTokenRequest).map(({ requestURI }) => requestURI)
  assert.equal(asked.toSorted(), [
    '/api/v1/namespaces/arena-tight/serviceaccounts/tight-ann/token',
    '/api/v1/namespaces/arena-tight/serviceaccounts/tight-ben/token',
  ])
  const stored = writes(requests)
    .map(({ requestURI }) => requestURI)
    .filter((uri) => !uri.includes('dryRun=All'))
  const firstRight = stored.findIndex((uri) => uri.includes('/rolebindings/'))
  const lastRule = stored.findLastIndex((uri) =>
    /admissionpolic|networkpolicies|resourcequotas|limitranges|serviceaccounts\/default/.test(uri),
  )
  assert.ok(firstRight > 0 && lastRule > 0)
  const rulesOfAnn = stored.filter((uri) =>
    /(valid|mut)atingadmission|namespaces\/tight1\/(network|resource|limit)/.test(uri),
  )
  const annsRight = stored.findIndex((uri) =>
    uri.includes('/namespaces/tight1/rolebindings/tight-ann-member'),
  )
  assert.is(rulesOfAnn.length, 10 + 1 + 3 + 1)
  for (const rule of rulesOfAnn) assert.ok(stored.indexOf(rule) < annsRight, `${rule} comes before rights`)
})

it('finds nothing to do the second time: one exec per machine, one LIST per kind, no write', async () => {
  let told: Told | undefined
  const requests = await audited(state, async () => {
    told = await done(strict)
  })
  assert.equal(told!.changes, [])
  assert.equal(writes(requests), [])
  assert.equal(told!.recap!.traffic, { execs: 2, requests: 21 })
  assert.equal(told!.recap!.tokens?.users, 2)
  assert.ok(told!.recap!.tokens!.soonest.days >= 89)
})

it('lets a user work with arena and kubectl, on every machine, as somebody outside their group', async () => {
  for (const { name } of state.clients) {
    assert.match(
      await asAnn('arena-kubectl auth whoami', name),
      'system:serviceaccount:arena-tight:tight-ann',
    )
    assert.match(await asAnn('arena-kubectl get pods', name), 'No resources found in tight1 namespace')
    assert.match(await asAnn('arena list', name), /^NAME/m)
    assert.match(await asAnn('arena data list', name), 'tight1-public')
  }
  for (const forbidden of ['get pods -n tight2', 'get secrets', 'get secrets,pods -n arena-tight'])
    assert.match(await asAnn(`arena-kubectl ${forbidden}`), /Forbidden/)
})

it('lets a job of Arena run', async () => {
  const { code, stderr } = await login(
    'tight-ann',
    state,
    state.passwords['bob']!,
  )(
    'arena submit tf --name=tight-job --gpus=1 --image=busybox --sync-mode=git ' +
      '--sync-source=https://git.example/a.git "sleep 1"',
  )
  assert.is(code, 0, stderr)
  await kubectl('wait --for=create pod/tight-job-chief-0 -n tight1 --timeout=300s')
  const ready = await kubectl('wait --for=condition=Ready pod/tight-job-chief-0 -n tight1 --timeout=300s')
  assert.match(ready, 'condition met')
  const pod = JSON.parse(await kubectl('get pod tight-job-chief-0 -n tight1 -o json'))
  assert.equal(
    pod.spec.volumes.filter(({ projected }: { projected?: object }) => projected),
    [],
  )
  await kubectl('delete tfjob tight-job -n tight1')
})

/** Everything forbidden in a kind is refused by the policy, in its words, and what is near to it is not. */
const judged = async (kind: string, create: (list: string) => Promise<string>): Promise<void> => {
  const canSay = ({ newer }: PodParts): boolean => !newer || kind !== 'kubeflow.org/v1 TFJob'
  const forbidden = Object.entries(FORBIDDEN)
    .filter(([, { odd }]) => !odd || kind.startsWith('kubeflow.org'))
    .filter(([, of]) => canSay(of))
  const bad = await said(
    forbidden.map(([name, of]) => workload(kind, name, of)),
    create,
  )
  for (const [name, { says }] of forbidden) {
    assert.match(bad.get(name)!, "ValidatingAdmissionPolicy 'arena-tight-pods'", `${kind} ${name}`)
    assert.match(bad.get(name)!, says, `${kind} ${name}`)
  }
  const allowed = Object.entries(ALLOWED).filter(([, of]) => canSay(of))
  const good = await said(
    allowed.map(([name, of]) => workload(kind, name, of)),
    create,
  )
  for (const [name, line] of good) assert.match(line, /created \(server dry run\)/, `${kind} ${name}`)
}

it('is proved by verify, with real jobs, which tell how long a held one waits', async () => {
  const proof = await verify(files.file, '--jobs')
  assertClean(proof)
  const waits = proof.gaps.filter(({ check }) => check.id === 'S6')
  assert.is(
    waits.length > 0 && waits.every(({ says }) => /held for \d+ s went on \d+ s after/.test(says)),
    true,
  )
  assert.is(await kubectlIn(state, 'get tfjobs -A -l verify-trial -o name'), '')
})

it('tells a user at submission what none of their pods may hold, and takes everything else', async () => {
  for (const kind of ['kubeflow.org/v1 TFJob', 'apps/v1 Deployment']) await judged(kind, byAnn)
})

/** Ways round a template that is submitted: each a command of ann's, and what the command prints. */
const ROUND: readonly (readonly [command: string, says: string | RegExp])[] = [
  [
    'apply --server-side --force-conflicts --field-manager=kube-controller-manager -f bad.json',
    'hostNetwork, hostPID',
  ],
  [
    `patch deployment round --type=merge -p {"spec":{"template":{"spec":{"hostPID":true}}}}`,
    'hostNetwork, hostPID',
  ],
  ['set serviceaccount deployment/round tight-ann', 'serviceAccountName'],
  ['set env deployment/round NVIDIA_VISIBLE_DEVICES=all', 'env: variables'],
  ['set resources deployment/round --limits=cpu=1m,memory=1Mi,hugepages-2Mi=2Mi', 'resources: only'],
  ['set image deployment/round tensorflow=alpine', 'image updated'],
  ['scale deployment/round --replicas=1', 'deployments/scale'],
  ['patch deployment round --subresource=status --type=merge -p {}', 'deployments/status'],
  ['run round --image=busybox --overrides={"spec":{"hostPID":true}}', /cannot create resource "pods"/],
  ['debug round-pod --image=busybox -- true', 'pods/ephemeralcontainers'],
  ['debug round-pod --image=busybox --copy-to=round-copy -- true', /cannot create resource "pods"/],
  ['debug node/worker01 --image=busybox -- true', /cannot get resource "nodes"/],
  ['attach round-pod', 'pods/attach'],
  [
    'patch pod round-pod --subresource=status --type=merge -p {"status":{"phase":"Succeeded"}}',
    'pods/status',
  ],
  ['patch pod round-pod --subresource=resize --type=merge -p {}', 'pods/resize'],
  ['create --raw /api/v1/namespaces/tight1/pods/round-pod/eviction -f eviction.json', 'pods/eviction'],
  ['create --raw /api/v1/namespaces/tight1/pods/round-pod/binding -f eviction.json', 'pods/binding'],
]

it('lets nobody round that by another verb, a subresource or what kubectl makes of them', async () => {
  const deployment = (of: PodParts) => JSON.stringify(workload('apps/v1 Deployment', 'round', of))
  await kubectl('run round-pod --image=busybox -n tight1')
  const script = [
    'cd "$(mktemp -d)"',
    `echo '${deployment({})}' > good.json`,
    `echo '${deployment({ pod: { hostPID: true } })}' > bad.json`,
    `echo '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"round-pod"}}' > eviction.json`,
    'echo "== begun"; arena-kubectl apply --server-side -f good.json 2>&1',
    ...ROUND.map(
      ([command]) => `echo "== "; arena-kubectl ${command.replace(/\{.*\}/, "'$&'")} </dev/null 2>&1`,
    ),
  ].join('\n')
  const [, begun, ...told] = (
    await runOn(
      'client01',
      `cat > /tmp/round.sh <<'EOF'\n${script}\nEOF\nsu - tight-ann -c 'sh /tmp/round.sh' || true`,
      state,
    )
  ).split('== ')
  assert.match(begun!, 'serverside-applied')
  for (const [index, [command, says]] of ROUND.entries()) assert.match(told[index]!, says, command)
  await kubectl('delete deployment/round pod/round-pod -n tight1 --cascade=foreground --timeout=300s')
})

const podWith = (name: string, { pod = {}, container = {}, annotations = {} }: PodParts): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: { containers: [{ name: 'main', image: 'busybox', ...container }], ...pod },
})

const crd = (kind: string, versions: readonly string[]): object => {
  const plural = `${kind.toLowerCase()}s`
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.kubeflow.org`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group: 'kubeflow.org',
      scope: 'Namespaced',
      names: { kind, plural },
      versions: versions.map((name, index) => ({ name, served: true, storage: index === 0, schema })),
    },
  }
}

/** A namespace that the policies hold for, and nothing else of a group's does: no Pod Security, no quota, no roles. */
const SCRATCH = 'tight-scratch'

const inScratch =
  (user = '') =>
  (list: string): Promise<string> =>
    runOn(
      'cluster',
      `kubectl create --dry-run=server ${user} -n ${SCRATCH} -f - 2>&1 <<'EOF' || true\n${list}\nEOF`,
      state,
    )

const ANN = '--as=system:serviceaccount:arena-tight:tight-ann --as-group=system:masters'

/** What makes jobs or claims with the mark of somebody else on them. */
const marked = (kind: 'batch/v1 CronJob' | 'apps/v1 StatefulSet'): object => {
  const metadata = { labels: { 'arena-playbooks/made-by': 'tight-ben' } }
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const of = workload(
    kind === 'batch/v1 CronJob' ? kind : 'apps/v1 Deployment',
    kind.slice(-7).toLowerCase(),
    {},
  ) as {
    spec: { jobTemplate?: object }
  }
  const { jobTemplate } = of.spec
  const spec = jobTemplate
    ? { ...of.spec, jobTemplate: { ...jobTemplate, metadata } }
    : {
        ...of.spec,
        serviceName: 'any',
        volumeClaimTemplates: [{ metadata: { name: 'v', ...metadata }, spec: claim }],
      }
  return { ...of, kind: kind.split(' ')[1], spec }
}

it('judges every other kind that makes pods', async () => {
  const names = 'crd/pytorchjobs.kubeflow.org crd/mpijobs.kubeflow.org'
  const crds = [crd('PyTorchJob', ['v1']), crd('MPIJob', ['v1', 'v1alpha1'])].map((one) =>
    JSON.stringify(one),
  )
  await runOn('cluster', `kubectl apply -f - <<'EOF'\n${crds.join('\n---\n')}\nEOF`, state)
  await kubectl(`create namespace ${SCRATCH}`)
  try {
    await runOn('cluster', `kubectl wait --for=condition=Established ${names} --timeout=300s`, state)
    const before = await said([workload('batch/v1 Job', 'hostpath', FORBIDDEN['hostpath']!)], inScratch())
    assert.match(before.get('hostpath')!, 'created')
    await kubectl(
      `label namespace ${SCRATCH} arena-playbooks/inventory=tight arena-playbooks/group=${SCRATCH}`,
    )
    for (const kind of [
      'kubeflow.org/v1 PyTorchJob',
      'kubeflow.org/v1 MPIJob',
      'kubeflow.org/v1alpha1 MPIJob',
      'batch/v1 Job',
      'batch/v1 CronJob',
      'v1 ReplicationController',
    ]) {
      const hostpath = JSON.stringify(workload(kind, 'hostpath', FORBIDDEN['hostpath']!))
      await until(() => inScratch(ANN)(hostpath), 'ValidatingAdmissionPolicy')
      await judged(kind, inScratch(ANN))
    }
    const made = await said([marked('batch/v1 CronJob'), marked('apps/v1 StatefulSet')], inScratch(ANN))
    for (const [name, line] of made) assert.match(line, 'labels of arena-playbooks', name)
  } finally {
    await kubectl(`delete ${names}`)
  }
})

it('judges pods too, whoever makes them, and what is added to one that runs', async () => {
  await kubectl(`create serviceaccount job-launcher -n ${SCRATCH}`)
  await kubectl(`create serviceaccount colleague -n ${SCRATCH}`)
  const { runtime: _, ...forbidden } = FORBIDDEN
  const entries = Object.entries(forbidden).filter(([, { odd }]) => !odd)
  const byUser = await said(
    entries.map(([name, of]) => podWith(name, of)),
    inScratch(ANN),
  )
  for (const [name, { says }] of entries) assert.match(byUser.get(name)!, says, name)
  // An operator makes an account for the launcher of an MPIJob; a user may not pose as one.
  const byOther = await said(
    entries.map(([name, of]) => podWith(name, of)),
    inScratch(),
  )
  for (const [name, { says, othersMay }] of entries)
    assert.match(byOther.get(name)!, othersMay ? 'created' : says, name)
  const good = await said(
    Object.entries(ALLOWED).map(([name, of]) => podWith(name, of)),
    inScratch(),
  )
  for (const [name, line] of good) assert.match(line, 'created', name)
  assert.match(
    await kubectl(
      `run shared --image=busybox -n tight1 --dry-run=server --overrides='{"spec":{"hostPID":true}}'`,
    ),
    'violates PodSecurity "baseline',
  )

  await kubectl(`run running --image=busybox -n ${SCRATCH}`)
  await kubectl(`wait --for=condition=Ready pod/running -n ${SCRATCH} --timeout=300s`)
  const add = (container: object): Promise<string> => {
    const spec = { ephemeralContainers: [{ name: 'added', image: 'busybox', ...container }] }
    return kubectl(
      `patch pod running -n ${SCRATCH} --subresource=ephemeralcontainers -p '${JSON.stringify({ spec })}'`,
    )
  }
  assert.match(await add({ securityContext: { privileged: true } }), 'privileged')
  assert.match(await add({}), 'patched')
  await kubectl(`delete namespace ${SCRATCH} --wait=false`)
})

it('lets what was there before go on and end', async () => {
  const space = 'tight-before'
  const deployment = (container: object): object => ({
    ...workload('apps/v1 Deployment', 'old', { ...FORBIDDEN['hostpath']!, container }),
    metadata: { name: 'old', namespace: space },
  })
  const apply = (object: object, how = ''): Promise<string> =>
    runOn('cluster', `kubectl apply ${how} -f - 2>&1 <<'EOF' || true\n${JSON.stringify(object)}\nEOF`, state)
  await kubectl(`create namespace ${space}`)
  await apply(deployment({}))
  await kubectl(`rollout status deployment old -n ${space} --timeout=300s`)
  await kubectl(`label namespace ${space} arena-playbooks/inventory=tight arena-playbooks/group=${space}`)
  await until(() => apply(deployment({ image: 'alpine' }), '--dry-run=server'), 'volumes: only')
  assert.match(
    await apply(deployment({ image: 'alpine' })),
    'volumes: only',
    'its template cannot be changed and keep it',
  )
  assert.match(await kubectl(`label deployment old -n ${space} note=mine`), 'labeled')
  assert.match(await kubectl(`scale deployment old -n ${space} --replicas=0`), 'scaled')
  await kubectl(`wait --for=delete pod -l a=b -n ${space} --timeout=300s`)
  assert.match(await kubectl(`get pod -n ${space}`), 'No resources found')
  assert.match(
    await kubectl(`delete deployment old -n ${space} --cascade=foreground --timeout=300s`),
    'deleted',
  )
  await kubectl(`delete namespace ${space} --wait=false`)
})

it('lets nobody be reached from outside, nor take the addresses of others', async () => {
  const service = (name: string, spec: object, annotations = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations },
    spec: { ports: [{ port: 80 }], selector: { a: 'b' }, ...spec },
  })
  const answers = await said(
    [
      service('inside', {}),
      service('nodeport', { type: 'NodePort' }),
      service('balancer', { type: 'LoadBalancer' }),
      service('addresses', { externalIPs: ['192.0.2.1'] }),
      service('named', {}, { 'addon.example/hostname': 'colleague.example' }),
      service('noted', {}, { note: 'mine', 'prometheus.io/scrape': 'true' }),
    ],
    byAnn,
  )
  assert.match(answers.get('inside')!, 'created')
  assert.match(answers.get('nodeport')!, 'exceeded quota: tight1-object-counts')
  assert.match(answers.get('balancer')!, 'exceeded quota: tight1-object-counts')
  assert.match(answers.get('addresses')!, 'externalIPs')
  assert.match(answers.get('named')!, 'annotations: only')
  assert.match(answers.get('noted')!, 'created')

  const service80 = 'service tight-given -n tight1'
  const hostname = (value: string, by = '') =>
    kubectl(`annotate ${by} ${service80} --overwrite addon.example/hostname=${value}`)
  await kubectl('create service clusterip tight-given --tcp=80 -n tight1')
  assert.match(await hostname('ours.example', ANN), 'annotations: only')
  assert.match(await hostname('ours.example'), 'annotated')
  assert.match(await hostname('theirs.example', ANN), 'annotations: only')
  assert.match(await kubectl(`label ${ANN} ${service80} note=mine`), 'labeled')
  await kubectl(`delete ${service80}`)
})

/** What somebody does to the guards, and what must be planned of it. */
const TAMPERED: readonly (readonly [script: string, resource: string, field: string])[] = [
  [
    `patch validatingadmissionpolicy arena-tight-pods --type merge -p '{"spec":{"failurePolicy":"Ignore"}}'`,
    'admission-policy/arena-tight-pods',
    'spec.failurePolicy',
  ],
  [
    'patch validatingadmissionpolicy arena-tight-pods --type json -p ' +
      `'[{"op":"add","path":"/spec/variables/-","value":{"name":"extra","expression":"true"}}]'`,
    'admission-policy/arena-tight-pods',
    'spec.variables',
  ],
  [
    `patch validatingadmissionpolicybinding arena-tight-pods --type merge -p '{"spec":{"validationActions":["Warn"]}}'`,
    'admission-policy-binding/arena-tight-pods',
    'spec.validationActions',
  ],
  ['delete validatingadmissionpolicy arena-tight-services', 'admission-policy/arena-tight-services', ''],
  [
    `patch mutatingadmissionpolicy arena-tight-makers --type merge -p '{"spec":{"failurePolicy":"Ignore"}}'`,
    'mutating-policy/arena-tight-makers',
    'spec.failurePolicy',
  ],
  [
    'delete mutatingadmissionpolicybinding arena-tight-makers',
    'mutating-policy-binding/arena-tight-makers',
    '',
  ],
  [
    'patch networkpolicy tight1-own-namespace -n tight1 --type json -p ' +
      `'[{"op":"add","path":"/spec/egress/-","value":{}}]'`,
    'network-policy/tight1/tight1-own-namespace',
    'spec.egress',
  ],
  [
    `patch serviceaccount default -n tight1 -p '{"automountServiceAccountToken":true}'`,
    'default-service-account/tight1',
    'automountServiceAccountToken',
  ],
  [
    'delete serviceaccount default -n tight1',
    'default-service-account/tight1',
    'automountServiceAccountToken',
  ],
  [
    'label namespace tight1 --overwrite pod-security.kubernetes.io/enforce=privileged',
    'namespace/tight1',
    'metadata.labels.pod-security.kubernetes.io/enforce',
  ],
  [
    `patch resourcequota tight1-object-counts -n tight1 --type merge -p '{"spec":{"hard":{"services.nodeports":"5"}}}'`,
    'resource-quota/tight1/tight1-object-counts',
    'spec.hard.services.nodeports',
  ],
  [
    'delete limitrange tight1-container-defaults -n tight1',
    'limit-range/tight1/tight1-container-defaults',
    '',
  ],
]

it('finds, names and mends what was done to the guards', async () => {
  for (const [script, resource, field] of TAMPERED) {
    await inSync(strict)
    await runOn('cluster', `kubectl ${script}`, state)
    const check = await setup(strict, '--check')
    const found = check.changes.find(({ id }) => id === resource)
    assert.ok(found, `${script}: ${check.changes.map(({ id }) => id)}`)
    const fields = found.change.diffs.map((diff) => diff.field)
    assert.ok(field === '' || fields.some((name) => name.startsWith(field)), `${script}: ${fields}`)
    await done(strict)
  }
  await inSync(strict)
})

const CONFIG = '/home/tight-ann/.kube/config'

const tokenOn = async (host: string): Promise<string> =>
  /token: "?([\w.-]+)/.exec(await runOn(host, `cat ${CONFIG}`, state))![1]!

const putToken = (host: string, token: string): Promise<string> =>
  runOn(host, `sed -i 's/token: .*/token: "${token}"/' ${CONFIG}`, state)

/** What is planned after a token was put into ann's kubeconfig on client01 is a new one there, and nothing else. */
const renews = async (token: string, why: string): Promise<void> => {
  const before = await tokenOn('client02')
  await putToken('client01', token)
  let told: Told | undefined
  const requests = await audited(state, async () => {
    told = await done(strict)
  })
  assert.equal(
    told!.changes.map(({ id, on, change }) => [
      id,
      on,
      change.diffs.map(({ field, from }) => `${field} ${from}`),
    ]),
    [['kubeconfig/tight-ann', 'client01', [`token ${why}`]]],
  )
  assert.is(requests.filter(isTokenRequest).length, 1)
  assert.is(await tokenOn('client02'), before, 'the other machine keeps what is good')
  assert.match(await asAnn('arena-kubectl get pods'), 'No resources found')
}

it('knows without asking which token in a kubeconfig will do', async () => {
  const [anchor, account] = await Promise.all(
    ['secret tight-ann-token-1', 'serviceaccount tight-ann'].map((object) =>
      kubectl(`get ${object} -n arena-tight -o jsonpath='{.metadata.uid}'`),
    ),
  )
  const bound = {
    kind: 'bound' as const,
    namespace: 'arena-tight',
    serviceAccount: 'tight-ann',
    anchor: { name: 'tight-ann-token-1', uid: anchor! },
    seconds: 7_776_000,
  }
  const now = Math.floor(Date.now() / 1000)
  const late = { from: now - 80 * 86_400, until: now + 10 * 86_400 }
  const until = new Date(late.until * 1000).toISOString().slice(0, 10)
  await renews(tokenWith(claimsOf(bound, account!, late)), `expires ${until}`)
  const past = { from: now - 90 * 86_400, until: now - 86_400 }
  const ended = new Date(past.until * 1000).toISOString().slice(0, 10)
  await renews(tokenWith(claimsOf(bound, account!, past)), `expired ${ended}`)
  const ben = await runOn('client01', 'cat /home/tight-ben/.kube/config', state)
  await renews(/token: "?([\w.-]+)/.exec(ben)![1]!, 'of another service account')
  await renews('of-my-own', 'one that does not expire')
})

it('rotates tokens: a new anchor beside the old, tried as the user, and then the old token is dead', async () => {
  const young = await runPlaybook('rotate-credentials', files.file, '--user', 'tight-ann')
  assert.equal([young.code, young.changes], [0, []], young.summary)
  assert.is(young.recap!.warnings.filter((one) => /tight-ann \(.*--now/.test(one)).length, 1)
  const rotate = () => runPlaybook('rotate-credentials', files.file, '--user', 'tight-ann', '--now')
  const before = await tokenOn('client01')
  const told = await rotate()
  assert.is(told.code, 0, told.summary)
  assert.not(before === (await tokenOn('client01')))
  assert.match(await kubectl('get secret tight-ann-token-1 -n arena-tight'), 'NotFound')
  const again = await rotate()
  assert.is(again.code, 0, again.summary)
  assert.match(await kubectl('get secret tight-ann-token-2 -n arena-tight'), 'NotFound')
  assert.match(await asAnn('arena-kubectl get pods'), 'No resources found')
  await inSync(strict)
})

it('makes a token void with its anchor, and mends that in one run', async () => {
  const before = await tokenOn('client01')
  await kubectl('delete secret tight-ann-token-3 -n arena-tight')
  for (let tries = 0; !/Unauthorized|logged in/.test(await asAnn('arena-kubectl get pods')); tries++) {
    assert.ok(tries < 240, 'the token still works')
    await sleep(1000)
  }
  const told = await done(strict)
  assert.equal(
    told.changes.map(({ id, on }) => `${id} on ${on}`),
    [
      'bound-token/arena-tight/tight-ann on cluster',
      'kubeconfig/tight-ann on client01',
      'kubeconfig/tight-ann on client02',
    ],
  )
  assert.not(before === (await tokenOn('client01')))
  assert.match(await asAnn('arena-kubectl get pods'), 'No resources found')
  await inSync(strict)
})

it('makes a token anew when its service account was made again', async () => {
  await kubectl('delete serviceaccount tight-ann -n arena-tight')
  await kubectl('create serviceaccount tight-ann -n arena-tight')
  const told = await done(strict)
  assert.ok(told.changes.some(({ id }) => id === 'kubeconfig/tight-ann'))
  assert.match(await asAnn('arena-kubectl get pods'), 'No resources found')
  await inSync(strict)
})

it('takes a user in and lets them go again like everybody else', async () => {
  const who = ['--name', 'tight-cat'] as const
  const passwordFile = `${files.file}.password`
  const added = await runPlaybook(
    'add-user',
    files.file,
    ...who,
    '--group',
    'tight1',
    '--password-file',
    passwordFile,
  )
  assert.is(added.code, 0, added.summary)
  assert.match(
    await runOn(
      'client01',
      'runuser -u tight-cat -- arena-kubectl --kubeconfig /home/tight-cat/.kube/config auth whoami',
      state,
    ),
    'system:serviceaccount:arena-tight:tight-cat',
  )
  const removed = await runPlaybook('remove-user', files.file, ...who)
  assert.is(removed.code, 0, removed.summary)
  assert.is(
    await kubectl('get secret,serviceaccount -n arena-tight -l arena-playbooks/user=tight-cat -o name'),
    '',
  )
})

it('goes back to the document in one run, and leaves nothing of itself that matters', async () => {
  await runOn(
    'cluster',
    `kubectl patch serviceaccount default -n tight1 -p '{"imagePullSecrets":[{"name":"registry"}]}'`,
    state,
  )
  const accountBefore = await kubectl('get serviceaccount default -n tight1 -o jsonpath={.metadata.uid}')
  const told = await done(document)
  assert.ok(
    told.changes.some(
      ({ id, change }) => id === 'service-account/arena-tight/tight-ann' && change.op === 'remove',
    ),
  )
  assert.is(told.recap!.tokens, undefined)
  await inSync(document)
  const left = await kubectl(
    'get ' +
      'validatingadmissionpolicy,validatingadmissionpolicybinding,mutatingadmissionpolicy,' +
      'mutatingadmissionpolicybinding,networkpolicy,secret,serviceaccount,resourcequota,limitrange ' +
      '-A -o name -l arena-playbooks/inventory=tight',
  )
  assert.not.match(left, /admission|networkpolic|object-counts|system-priorities|no-pods/)
  const account = JSON.parse(await kubectl('get serviceaccount default -n tight1 -o json'))
  assert.is(account.metadata.uid, accountBefore)
  assert.equal(
    [account.automountServiceAccountToken, account.imagePullSecrets],
    [undefined, [{ name: 'registry' }]],
  )
  assert.not.match(await kubectl('get namespace tight1 -o jsonpath={.metadata.labels}'), 'pod-security')
  assert.match(await asAnn('arena-kubectl auth whoami'), 'system:serviceaccount:tight1:tight-ann')
  const [line] = (
    await said([workload('kubeflow.org/v1 TFJob', 'hostpath', FORBIDDEN['hostpath']!)], byAnn)
  ).values()
  assert.match(line!, 'created', 'nothing but strict keeps a job from the files of a node')
})

it('comes again in one run, and the old tokens and accounts go', async () => {
  await done(strict)
  await inSync(strict)
  assert.match(await kubectl('get serviceaccount tight-ann -n tight1'), 'NotFound')
  assert.equal(
    (
      await kubectl('get secret -n tight1 --field-selector type=kubernetes.io/service-account-token -o name')
    ).trim(),
    '',
  )
  assert.match(await asAnn('arena-kubectl get pods'), 'No resources found')
  const [line] = (
    await said([workload('kubeflow.org/v1 TFJob', 'hostpath', FORBIDDEN['hostpath']!)], byAnn)
  ).values()
  assert.match(line!, 'volumes: only')
})

it.run()
