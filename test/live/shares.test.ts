import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { otherManagersOf } from '../../lib/kube/managers.ts'
import type { KubeObject } from '../../lib/kube/object.ts'
import type { TenantsReport } from '../../lib/survey/standing.ts'
import { findRunning } from '../../sandbox/process.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { applyIn, kubectlIn } from '../support/kubectl.ts'
import { inventoryFile, runPlaybook, runText, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('shares', { seconds: 480 })

const KEY = 'count/pytorchjobs.kubeflow.org'

let state: SandboxState
let document: InventoryInput
let strict: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

const apply = (...objects: object[]): Promise<string> => applyIn(state, objects)

const asAnn = (command: string): Promise<string> =>
  runOn('client01', `su - shar-ann -c '${command}' 2>&1 || true`, state)

/** What the API server says to ann, who creates it as a dry run. */
const tried = (object: object): Promise<string> =>
  runOn(
    'client01',
    "su - shar-ann -c 'arena-kubectl create --dry-run=server -f -' 2>&1 <<'EOF' || " +
      `true\n${JSON.stringify(object)}\nEOF`,
    state,
  )

/** Does something until a command in the cluster prints that. */
const comes = async (command: string, wanted: RegExp, meanwhile = async () => {}): Promise<void> => {
  for (let tries = 0; !wanted.test(await kubectl(command)); tries++) {
    if (tries === 90) throw new Error(`${command} never printed ${wanted}`)
    await meanwhile()
    await sleep(500)
  }
}

const setup = async (inventory: InventoryInput, ...flags: string[]): Promise<Told> =>
  runPlaybook('setup', await files.write(inventory), '--limit', 'cluster,client01', ...flags)

const done = async (inventory: InventoryInput): Promise<void> => {
  const told = await setup(inventory)
  assert.is(told.code, 0, told.summary)
}

const reported = async (): Promise<TenantsReport> => {
  const { stdout } = await runText(
    'report',
    await files.write(document),
    '--output',
    'json',
    '--limit',
    'cluster',
  )
  return JSON.parse(stdout.split('\n').find((one) => one.includes('"type":"tenants"'))!).report
}

const proved = async (inventory: InventoryInput, only: string) =>
  verify(await files.write(inventory), '--limit', 'cluster,client01', '--only', only)

/** Stops a part of the cluster where it stands, or lets it go on. */
const send = async (part: string, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
  const running = await findRunning(state.directory)
  process.kill(running.find((one) => one.part === part)!.pid, signal)
}

it.after(async () => {
  if (state === undefined) return
  for (const part of ['training-operator', 'kube-controller-manager']) await send(part, 'SIGCONT')
})

it.before(async () => {
  state = await sandbox()
  files = await inventoryFile()
  document = tenants('shar', 47_500, state)
  strict = { ...document, isolation: 'strict' }
  await done(document)
})

it('names the field that a mutating policy changes back, and says that another run does not help', async () => {
  await apply(
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: 'shar-more-pods' },
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['resourcequotas'],
            },
          ],
        },
        matchConditions: [{ name: 'ours', expression: "object.metadata.name == 'shar1-compute-resources'" }],
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: { expression: "[JSONPatch{op: 'add', path: '/spec/hard/pods', value: '7'}]" },
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: 'shar-more-pods' },
      spec: { policyName: 'shar-more-pods' },
    },
  )
  const hard = 'get quota shar1-compute-resources -n shar1 -o jsonpath={.spec.hard.pods}'
  assert.is((await kubectl(hard)).trim(), '')
  await comes(hard, /7/, async () => {
    await kubectl(`annotate quota shar1-compute-resources -n shar1 --overwrite shar/touched=${Date.now()}`)
  })
  const { code, recap, summary } = await setup(document)
  assert.is(code, 1)
  assert.equal(
    recap!.problems.map(({ action }) => action.id),
    ['resource-quota/shar1/shar1-compute-resources'],
  )
  assert.match(summary, 'spec.hard.pods')
  assert.match(summary, 'mutating policy or webhook')
  const see = /kubectl api-resources .* get %/.exec(summary)
  assert.match(await runOn('cluster', see![0], state), 'shar-more-pods')
  await kubectl('delete mutatingadmissionpolicybinding,mutatingadmissionpolicy shar-more-pods')
  await comes('get mutatingadmissionpolicies -o name', /^(?!.*shar-more)/s)
})

it('knows from the API server which client changed a field', async () => {
  await kubectl(`patch quota shar1-compute-resources -n shar1 -p '{"spec":{"hard":{"services":"9"}}}'`)
  const quota: KubeObject = JSON.parse(
    await kubectl('get quota shar1-compute-resources -n shar1 -o json --show-managed-fields'),
  )
  assert.equal(otherManagersOf(quota, 'spec.hard.services'), ['kubectl-patch'])
  assert.equal(otherManagersOf(quota, 'spec.hard.requests.nvidia.com/gpu'), [])
  await comes(
    'get quota shar1-compute-resources -n shar1 -o jsonpath={.spec.hard.services}',
    /^$/,
    async () => {
      await setup(document)
    },
  )
})

it('tells that the share of a held job is free again, and by which command its user wakes it', async () => {
  const submit = (name: string) => `arena submit tf --name=${name} --gpus=1 --image=busybox "sleep 9"`
  await asAnn(submit('shar-1'))
  await comes('get tfjob shar-1 -n shar1 -o jsonpath={.status.conditions[*].type}', /Running/)
  await asAnn(submit('shar-2'))
  const events = 'get events -n shar1 --field-selector involvedObject.name=shar-2'
  await comes(events, /exceeded quota/)
  const [held] = (await reported()).held
  assert.equal([held!.job, held!.wake], ['shar1/shar-2', undefined])
  // Asleep between two tries, as the operator is for up to 16 min 40 s.
  await send('training-operator', 'SIGSTOP')
  await kubectl('delete tfjob shar-1 -n shar1 --wait=false')
  await kubectl('delete pods --all -n shar1 --now')
  await comes('get quota -n shar1 -o jsonpath={.items[*].status.used}', /gpu":"0"/)
  const [free] = (await reported()).held
  assert.is(free!.job, 'shar1/shar-2')
  assert.match(free!.reason!, 'exceeded quota')
  const said = await asAnn(free!.wake!.replace(/^kubectl/, 'arena-kubectl'))
  assert.match(said, 'annotated')
  await send('training-operator', 'SIGCONT')
  await comes('get tfjob shar-2 -n shar1 -o jsonpath={.status.conditions[*].type}', /Running/)
  assert.equal((await reported()).held, [])
  await kubectl('delete tfjob shar-2 -n shar1')
})

it('tells by the version of the kubelets what IfNotPresent opens', async () => {
  const whyOf = async (): Promise<string> => {
    const { gaps } = await proved(document, 'E14')
    return gaps.map(({ says, things }) => `${things} ${says}`).find((one) => one.includes('IfNotPresent'))!
  }
  assert.match(await whyOf(), 'before 1.35')
  const upgraded = `for node in $(kubectl get nodes -o name); do
    kubectl patch $node --subresource=status -p '{"status":{"nodeInfo":{"kubeletVersion":"v1.35.0"}}}'; done`
  // The sandbox's nodes write their own version again with each heartbeat.
  for (let tries = 0; tries < 8; tries++) {
    await runOn('cluster', upgraded, state)
    if ((await whyOf()).includes('from 1.35')) return
  }
  assert.unreachable('the version of the kubelets made no difference')
})

it('names what a TFJob drops without a word, which kubectl refuses', async () => {
  const job = {
    apiVersion: 'kubeflow.org/v1',
    kind: 'TFJob',
    metadata: { name: 'sidecar', namespace: 'shar1' },
    spec: {
      tfReplicaSpecs: {
        Worker: {
          replicas: 1,
          template: {
            spec: {
              containers: [{ name: 'tensorflow', image: 'busybox' }],
              initContainers: [{ name: 'sidecar', image: 'busybox', restartPolicy: 'Always' }],
            },
          },
        },
      },
    },
  }
  assert.match(await tried(job), 'unknown field')
  const { gaps } = await proved(document, 'B5')
  const things = gaps.flatMap(({ things }) => things).join('\n')
  for (const field of [
    'initContainers[].restartPolicy',
    'volumes[].image',
    'resources of the pod',
    'resourceClaims[].resourceClaimTemplateName',
    'env[].valueFrom.fileKeyRef',
    'lifecycle.preStop.sleep',
    'containers[].restartPolicyRules',
    'hostnameOverride',
    'volumes[].projected.sources[].clusterTrustBundle',
  ])
    assert.ok(things.includes(field), things)
})

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'pytorchjobs.kubeflow.org',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, test' },
  },
  spec: {
    group: 'kubeflow.org',
    scope: 'Namespaced',
    names: { plural: 'pytorchjobs', singular: 'pytorchjob', kind: 'PyTorchJob', listKind: 'PyTorchJobList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

const PYTORCH_JOB = {
  apiVersion: 'kubeflow.org/v1',
  kind: 'PyTorchJob',
  metadata: { name: 'any', namespace: 'shar1' },
  spec: { pytorchReplicaSpecs: {} },
}

it('tells that the server does not count yet a kind that was installed a moment ago', async () => {
  const told = ({ actions }: Told): string[] =>
    actions
      .filter(({ change }) => change.warnings?.some((one) => one.includes(KEY)))
      .map(({ id }) => id)
      .toSorted()
  await done(strict)
  // The machine that is not looked at keeps the old accounts alive, which alone would be a 2.
  const before = await setup(strict, '--check')
  assert.equal([before.changes, told(before)], [[], []])
  assertClean(await proved(strict, 'F3'))
  // It would count anew in up to five minutes.
  await send('kube-controller-manager', 'SIGSTOP')
  await apply(CRD)
  await kubectl('wait crd/pytorchjobs.kubeflow.org --for=condition=Established --timeout=300s')
  await comes('get --raw /apis/kubeflow.org/v1', /pytorchjobs/)
  const late = await setup(strict, '--check')
  assert.equal(late.changes, [])
  assert.equal(told(late), [
    'resource-quota/shar1/shar1-object-counts',
    'resource-quota/shar2/shar2-object-counts',
  ])
  assert.match(await tried(PYTORCH_JOB), 'status unknown for quota')
  const { failures } = await proved(strict, 'F3')
  assert.ok(failures.some(({ things }) => things.includes(KEY)))
  await send('kube-controller-manager', 'SIGCONT')
  // It counts at once where what a quota says changes.
  for (const group of ['shar1', 'shar2']) {
    const amount = async () =>
      void (await kubectl(
        `patch quota ${group}-object-counts -n ${group} -p '{"spec":{"hard":{"${KEY}":"${Date.now() % 999}"}}}'`,
      ))
    await comes(
      `get quota ${group}-object-counts -n ${group} -o jsonpath={.status.used}`,
      /pytorchjobs/,
      amount,
    )
  }
  await done(strict)
  const after = await setup(strict, '--check')
  assert.equal([after.changes, told(after)], [[], []])
  assert.match(await tried(PYTORCH_JOB), 'created')
  assertClean(await proved(strict, 'F3'))
  await kubectl('delete crd pytorchjobs.kubeflow.org')
})

it("has strict tell at submit that a pod's own resources do not fit the defaults of its containers", async () => {
  const deployment = (limits?: object) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'whole', namespace: 'shar1' },
    spec: {
      selector: { matchLabels: { app: 'whole' } },
      template: {
        metadata: { labels: { app: 'whole' } },
        spec: {
          resources: { limits: { cpu: '100m', memory: '64Mi' } },
          containers: [{ name: 'one', image: 'busybox', ...(limits && { resources: { limits } }) }],
        },
      },
    },
  })
  assert.match(await tried(deployment()), 'state the same')
  assert.match(await tried(deployment({ cpu: '100m' })), 'state the same')
  assert.match(await tried(deployment({ cpu: '100m', memory: '64Mi' })), 'created')
})

it.run()
