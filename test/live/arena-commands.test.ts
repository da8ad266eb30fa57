import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { together } from '../../lib/audit/report.ts'
import { type JobKindName, jobKind, resourceOfKind } from '../../lib/conventions/job-kinds.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { applyIn, kubectlIn } from '../support/kubectl.ts'
import { type AsUser, loginsOf } from '../support/login.ts'
import { takeCrons, takeMoreJobs } from '../support/operators.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { assertClean, type Verified, verify, wordsOf } from '../support/verify.ts'

const it = suite('commands of Arena', { seconds: 900 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
/** Two users, of a group each. */
let asAnn: AsUser
let asBen: AsUser

const done = async (inventory: InventoryInput): Promise<void> => {
  const { code, summary } = await runPlaybook(
    'setup',
    await files.write(inventory),
    '--limit',
    'cluster,client01',
  )
  assert.is(code, 0, summary)
}

/** Every command that was seen to work. */
const worked = new Set<string>()

const works = async (as: AsUser, command: string): Promise<string> => {
  const { code, stdout, stderr } = await as(command)
  assert.is(code, 0, `${command}: ${stderr}`)
  assert.not.match(stderr, 'nodes is forbidden')
  worked.add(command)
  return stdout
}

const refused = async (as: AsUser, command: string): Promise<void> =>
  assert.is((await as(command)).code, 1, command)

/** What only a kubelet could answer, and nobody refused: the user may ask for it. */
const reachesKubelet = async (command: string): Promise<void> => {
  const { stderr } = await asAnn(command)
  assert.not.match(stderr, /forbidden|privileges/)
  assert.match(stderr, /:10250/, command)
  worked.add(command)
}

const shows = (command: string, words: string): Promise<void> =>
  until(async () => (await works(asAnn, command)).replaceAll(/ +/g, ' '), words)

const showsNot = async (command: string, words: string): Promise<void> =>
  assert.not.match(await works(asAnn, command), words)

it.before(async () => {
  state = await sandbox()
  await takeMoreJobs(state)
  files = await inventoryFile()
  table = tenants('cmds', 48_500, state)
  ;({ asAnn, asBen } = loginsOf('cmds', state))
})

for (const isolation of ['document', 'strict'] as const) {
  it(`are set up, ${isolation}`, () => done({ ...table, isolation }))

  it(`run a PyTorchJob from submit to delete, ${isolation}`, async () => {
    await showsNot('arena list', 'py')
    await works(asAnn, 'arena submit pytorch --name=py --gpus=1 --image=busybox "sleep 9"')
    await shows('arena list', 'py RUNNING PYTORCHJOB')
    await shows('arena get py', 'py-master-0 Running')
    await reachesKubelet('arena logs py')
    await reachesKubelet('arena attach py')
    await works(asAnn, 'arena top job')
    await works(asAnn, 'arena prune -s 24h')
    await works(asAnn, 'arena whoami')
    assert.not.match(await works(asBen, 'arena list'), 'PYTORCHJOB')
    await works(asAnn, 'arena delete py')
    await until(() => kubectlIn(state, 'get pytorchjobs,pods -n cmds1'), 'No resources found')
  })

  it(`take an MPIJob of the version that Arena knows, ${isolation}`, async () => {
    await showsNot('arena list', 'mp')
    await works(asAnn, 'arena submit mpi --name=mp --workers=2 --image=busybox "sleep 9"')
    await shows('arena list', 'mp PENDING MPIJOB')
    await shows('arena get mp', 'MPIJOB')
    assert.match((await asAnn('arena logs mp')).stderr, 'not found instances of the job mp')
    await works(asAnn, 'arena delete mp')
    await until(() => kubectlIn(state, 'get mpijobs.v1alpha1.kubeflow.org -n cmds1'), 'No resources found')
  })

  it(`serve: list, get, logs, attach, update and delete need no --type, ${isolation}`, async () => {
    await showsNot('arena serve list', 'web')
    const serve = '--name=web --version=v1 --image=busybox --port=8080 "sleep 9"'
    await works(asAnn, `arena serve custom ${serve}`)
    await shows('arena serve list', 'web Custom v1 1')
    await shows('arena serve get web', 'Running')
    await reachesKubelet('arena serve logs web')
    await reachesKubelet('arena serve attach web')
    await works(asAnn, 'arena serve update custom --name=web --replicas=2')
    await shows('arena serve list', 'web Custom v1 2')
    assert.not.match(await works(asBen, 'arena serve list'), 'web')
    assert.is((await asBen('arena serve list -n cmds1')).code, 1)
    await works(asAnn, 'arena serve delete web')
    await until(() => kubectlIn(state, 'get deployments,pods -n cmds1'), 'No resources found')
  })

  it(`evaluate and analyze models, ${isolation}`, async () => {
    await showsNot('arena evaluate list', 'ev')
    const paths = '--model-name=m --model-path=/m --dataset-path=/d --metrics-path=/r'
    await works(asAnn, `arena evaluate model --name=ev ${paths} --image=busybox "sleep 9"`)
    await shows('arena evaluate list', 'ev m Running')
    await shows('arena evaluate get ev', 'ModelName: m')
    await works(asAnn, 'arena evaluate delete ev')
    await showsNot('arena model analyze list', 'pr')
    await works(
      asAnn,
      'arena model analyze profile --name=pr --model-config-file=/m --report-path=/r --image=busybox',
    )
    await shows('arena model analyze list', 'pr RUNNING Profile')
    await shows('arena model analyze get pr', 'Profile')
    await works(asAnn, 'arena model analyze delete pr')
    await until(() => kubectlIn(state, 'get jobs,pods -n cmds1'), 'No resources found')
  })

  it(`show nothing of another group, ${isolation}`, async () => {
    for (const command of ['list', 'serve list', 'evaluate list', 'model analyze list', 'data list']) {
      await works(asBen, `arena ${command} -n cmds2`)
      assert.is((await asAnn(`arena ${command} -n cmds2`)).code, 1, command)
    }
  })
}

const passesOf = ({ report }: Verified, id: string): string[] =>
  together(report.goals.flatMap(({ found }) => found))
    .filter(({ check, verdict }) => check.id === id && verdict === 'pass')
    .map(wordsOf)

/** Kinds as their operators' CRDs name them; what is in them is not looked at. */
const CRDS = [
  ['ray.io', 'v1', 'RayJob', 'rayjobs'],
  ['sparkoperator.k8s.io', 'v1beta2', 'SparkApplication', 'sparkapplications'],
  ['batch.volcano.sh', 'v1alpha1', 'Job', 'jobs'],
  ['serving.kserve.io', 'v1beta1', 'InferenceService', 'inferenceservices'],
  ['leaderworkerset.x-k8s.io', 'v1', 'LeaderWorkerSet', 'leaderworkersets'],
].map(([group, name, kind, plural]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.${group}`,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
  },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind!.toLowerCase() },
    versions: [
      {
        name,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}))

/** The first group may submit these, and name a priority class. */
const withKinds = (kinds: JobKindName[]): InventoryInput => {
  const [first, ...others] = table.groups
  return {
    ...table,
    groups: [{ ...first!, jobs: { kinds }, pods: { priorityClasses: ['cmds-high'] } }, ...others],
  }
}

it('are tried by verify as jobs of a kind that a group has, and one that has none of those is named', async () => {
  const kinds: JobKindName[][] = [['pytorch'], ['mpi']]
  await done({
    ...table,
    groups: table.groups.map((group, index) => ({ ...group, jobs: { kinds: kinds[index]! } })),
  })
  const proof = await verify(files.file, '--jobs', '--only', 'S')
  assertClean(proof)
  const told = proof.report.goals
    .flatMap(({ found }) => found)
    .filter(({ check }) => ['S2', 'S3'].includes(check.id))
    .map(({ check, subjects, verdict }) => [check.id, ...subjects, verdict].join(' '))
  assert.equal(told.toSorted(), [
    'S2 cmds-ann pass',
    'S2 cmds2 untested',
    'S3 cmds-ann pass',
    'S3 cmds2 untested',
  ])
  assert.is(
    await kubectlIn(state, 'get pytorchjobs,mpijobs.v1alpha1.kubeflow.org -A -l verify-trial -o name'),
    '',
  )
})

const SUBMIT = '--image=busybox "sleep 9"'
const RAY = `arena submit rayjob --name=ra --worker-replicas=1 ${SUBMIT}`
const CRON = 'arena cron tf --name=cr --schedule="* * * * *"'

it('says which kinds the cluster does not have, before any is used', async () => {
  const kinds: JobKindName[] = ['tf', 'pytorch', 'cron', 'ray', 'spark', 'volcano', 'kserve', 'distributed']
  const warned = async (): Promise<string[]> => {
    const { recap } = await runPlaybook(
      'setup',
      await files.write(withKinds(kinds)),
      '--check',
      '--limit',
      'cluster',
    )
    return recap!.warnings.filter((one) => one.includes('jobs.kinds'))
  }
  assert.is((await warned()).length, 6)
  await applyIn(state, CRDS)
  await takeCrons(state)
  assert.equal(await warned(), [])
})

it('run with a kind, in the group that has it, and not in another', async () => {
  for (const command of [RAY, `${CRON} ${SUBMIT}`]) await refused(asAnn, command)
  await done(withKinds(['tf', 'ray', 'spark', 'volcano']))
  await works(asAnn, RAY)
  await works(asAnn, 'arena submit sparkjob --name=sp')
  await works(asAnn, 'arena submit volcanojob --name=vo --task-images=busybox "sleep 9"')
  for (const row of ['ra PENDING RAYJOB', 'sp SPARKJOB', 'vo VOLCANOJOB']) await shows('arena list', row)
  await works(asBen, 'arena list')
  await refused(asBen, RAY)
  await works(asAnn, 'arena delete ra sp vo')
  // What a group may not submit any more, its members may still look for.
  await refused(asAnn, `arena submit pytorch --name=py ${SUBMIT}`)
})

/**
 * A quota that names a kind which was installed lately refuses all of it, until the quota controller has looked which
 * kinds there are: every half minute.
 */
const countable = (...kinds: readonly string[]): Promise<void> =>
  until(async () => {
    await kubectlIn(state, 'delete quota probe -n default --ignore-not-found')
    const hard = kinds.map((kind) => `count/${kind}=9`).join()
    await kubectlIn(state, `create quota probe -n default --hard=${hard}`)
    await kubectlIn(state, "wait quota/probe -n default --for=jsonpath='{.status.hard}' --timeout=5s")
    const used = await kubectlIn(state, 'get quota probe -n default -o jsonpath={.status.used}')
    return kinds.every((kind) => used.includes(`count/${kind}`)) ? 'counted' : ''
  }, 'counted')

it('are held to the rules of strict, with kinds that it can hold', async () => {
  await countable(
    ...(['cron', 'ray', 'kserve', 'distributed'] as const).map((kind) => resourceOfKind(jobKind(kind))),
  )
  await kubectlIn(state, 'delete quota probe -n default')
  await done({ ...withKinds(['tf', 'cron', 'ray', 'kserve', 'distributed']), isolation: 'strict' })
  await works(asAnn, RAY)
  await works(asAnn, `${CRON} ${SUBMIT}`)
  await shows('arena cron list', 'cr TFJob * * * * * false')
  for (const command of ['get', 'suspend', 'resume', 'delete']) await works(asAnn, `arena cron ${command} cr`)
  const { stdout } = await asAnn(`${CRON} --hostNetwork ${SUBMIT} 2>&1`)
  assert.match(stdout, /ValidatingAdmissionPolicy 'arena-cmds-pods'.*hostNetwork/)
  for (const pods of ['headGroupSpec', 'workerGroupSpecs/0']) {
    const path = `/spec/rayClusterSpec/${pods}/template/spec/hostNetwork`
    const patch = JSON.stringify([{ op: 'add', path, value: true }])
    const refusal = await asAnn(`arena-kubectl patch rayjob ra --type json -p '${patch}'`)
    assert.match(refusal.stderr, /ValidatingAdmissionPolicy 'arena-cmds-pods'.*hostNetwork/, pods)
  }
  await works(asAnn, 'arena serve kserve --name=ks --model-format=sklearn --storage-uri=pvc://a/b')
  await works(
    asAnn,
    'arena serve distributed --name=di --version=v1 --image=busybox --port=80 --command="sleep 9"',
  )
  await shows('arena serve list', 'ks KServe')
  for (const job of ['serve delete ks', 'serve delete di', 'delete ra']) await works(asAnn, `arena ${job}`)
})

/** Where each kind of isolation strict has the spec of a pod. */
const SPECS: readonly (readonly [name: string, kind: string, spec: string])[] = [
  ['rayjob', 'ra', '/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0'],
  ['cron', 'cr', '/spec/template/workload/spec/tfReplicaSpecs/Chief/template/spec/containers/0'],
  ['inferenceservice', 'ks', '/spec/predictor/model'],
  [
    'leaderworkerset',
    'di-v1-distributed-serving',
    '/spec/leaderWorkerTemplate/workerTemplate/spec/containers/0',
  ],
]

it('have no device in any kind that the quota does not name, and others pass', async () => {
  await works(asAnn, RAY)
  await works(asAnn, `${CRON} ${SUBMIT}`)
  await works(asAnn, 'arena serve kserve --name=ks --model-format=sklearn --storage-uri=pvc://a/b')
  await works(
    asAnn,
    'arena serve distributed --name=di --version=v1 --image=busybox --port=80 --command="sleep 9"',
  )
  for (const [kind, name, container] of SPECS) {
    const asking = (device: string): string => {
      const value = { limits: { [device]: '1' }, requests: { [device]: '1' } }
      const patch = JSON.stringify([{ op: 'add', path: `${container}/resources`, value }])
      return `arena-kubectl patch ${kind} ${name} --dry-run=server --type json -p '${patch}'`
    }
    const refusal = await asAnn(asking('devices.test/card'))
    assert.match(refusal.stderr, /ValidatingAdmissionPolicy 'arena-cmds-pods'.*resources: only/, kind)
    await works(asAnn, asking('nvidia.com/gpu'))
  }
  for (const job of ['serve delete ks', 'serve delete di', 'cron delete cr', 'delete ra'])
    await works(asAnn, `arena ${job}`)
})

it('are tried by verify in every kind: what pods ask for, and the priority that a job names for them', async () => {
  const strict = await files.write({
    ...withKinds(['tf', 'cron', 'ray', 'kserve', 'distributed']),
    isolation: 'strict',
  })
  const proved = () => verify(strict, '--limit', 'cluster,client01', '--only', 'B3,E15,E16')
  const kinds = ['tfjobs.kubeflow.org', 'crons.apps.kubedl.io', 'rayjobs.ray.io']
  const others = ['inferenceservices.serving.kserve.io', 'leaderworkersets.leaderworkerset.x-k8s.io']
  const clean = await proved()
  assertClean(clean)
  const passed = clean.report.goals.flatMap(({ found }) => found.filter(({ verdict }) => verdict === 'pass'))
  for (const kind of kinds)
    assert.ok(
      passed.some(({ check, thing }) => check.id === 'E16' && thing?.includes(`for all pods of ${kind}`)),
      kind,
    )
  await kubectlIn(state, 'delete validatingadmissionpolicybinding arena-cmds-pods')
  const found = async (): Promise<string> =>
    (await proved()).failures
      .flatMap(({ check, says, things }) => things.map((thing) => `${check.id} ${says} ${thing}`))
      .join('\n')
  await until(found, `for all pods of ${kinds.at(-1)}`)
  const failures = await found()
  for (const kind of kinds) assert.match(failures, `for all pods of ${kind}`)
  const [named] = failures.split('\n').filter((one) => /^E15.* nodeName/.test(one))
  for (const kind of [...kinds, ...others]) assert.match(named!, kind)
  await done({ ...withKinds(['tf', 'cron', 'ray', 'kserve', 'distributed']), isolation: 'strict' })
  await until(async () => String((await proved()).failures.length), '0')
})

it('take the priority classes of the group, and no other', async () => {
  for (const [name, value] of [
    ['cmds-high', 10],
    ['cmds-other', 5],
  ])
    await applyIn(state, [
      { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value },
    ])
  await works(asAnn, `arena submit tf --priority=cmds-high --name=urgent ${SUBMIT}`)
  await shows('arena get urgent', 'urgent-chief-0 Running')
  assert.match(
    await kubectlIn(state, 'get pod urgent-chief-0 -n cmds1 -o yaml'),
    'priorityClassName: cmds-high',
  )
  await refused(asAnn, `arena submit tf --priority=cmds-other --name=other ${SUBMIT}`)
  await works(asAnn, 'arena delete urgent')
})

it('tell why a job waits, by one request more, and what the share is', async () => {
  await works(asAnn, `arena submit tf --name=one --gpus=1 ${SUBMIT}`)
  await shows('arena list', 'one RUNNING')
  const quiet = await asAnn('arena list')
  assert.is(quiet.stderr, '')
  await works(asAnn, `arena submit tf --name=two --gpus=1 ${SUBMIT}`)
  await until(
    async () => (await asAnn('arena list')).stderr,
    'two waits: exceeded quota: cmds1-compute-resources',
  )
  assert.match((await asAnn('arena get two')).stderr, /^two waits: exceeded quota/)
  assert.match((await asAnn('arena quota')).stdout, /requests\.nvidia\.com\/gpu +1 +1/)
  await works(asAnn, 'arena delete one two')
})

it('let rules be added to what every member may', async () => {
  const list = 'arena-kubectl get configmaps'
  await refused(asAnn, list)
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]
  await done({ ...table, roles: [{ name: 'member', rules }] })
  await works(asAnn, list)
})

it('serve and train as the README says, also what nobody else tries', async () => {
  await works(asAnn, 'arena serve tensorflow --name=tfs --model-name=m --model-path=/m --image=busybox')
  await works(asAnn, 'arena serve triton --name=tri --model-repository=/m --gpus=1 --image=busybox')
  await works(asAnn, 'arena serve delete tfs tri')
  await works(asAnn, 'arena data list')
})

/** What makes the commands valid that do not work. */
const MORE: Readonly<Record<string, string>> = {
  'submit etjob': `--name=x ${SUBMIT}`,
  'submit deepspeedjob': `--name=x ${SUBMIT}`,
  'submit horovodjob': `--name=x ${SUBMIT}`,
  'serve seldon': '--name=x --model-uri=/m --implementation=SKLEARN_SERVER',
  'serve kfserving': '--name=x --image=busybox --model-type=custom "true"',
}

for (const file of ['README.md', 'README.zh-CN.md'])
  it(`are in the table of ${file} as they are`, async () => {
    const text = await readFile(file, 'utf8')
    const [head] = /^\| .*Arena 0\.15\.5.* \|\n\|---\|---\|\n(\|.*\n)+/m.exec(text)!
    const rows = head
      .split('\n')
      .slice(2, -1)
      .map((row) => row.split(' | '))
    const commands = ([first]: readonly string[]) => [...first!.matchAll(/`([^`]+)`/g)].map(([, one]) => one!)
    const isRefused = ([, second]: readonly string[]) => /^(no|不能)[:：]/.test(second!)
    assert.ok(rows.length > 8)
    for (const command of rows.filter((row) => !isRefused(row)).flatMap(commands))
      assert.ok(
        [...worked].some((one) => `${one} `.startsWith(`arena ${command}`)),
        `${command} was not seen to work`,
      )
    for (const command of rows.filter(isRefused).flatMap(commands))
      await refused(asAnn, `arena ${command} ${MORE[command] ?? ''}`)
    // Where its address is given, nothing is asked of the cluster: nobody listens there.
    const { stderr } = await asAnn('MLFLOW_TRACKING_URI=http://127.0.0.1:9 arena model list')
    assert.not.match(stderr, /forbidden|privileges|list mlflow service/)
  })

it('are what verify tries and remove-user stops in a group without tf', async () => {
  for (const isolation of ['document', 'strict'] as const) {
    await done({ ...withKinds(['pytorch', 'mpi', 'cron']), isolation })
    await refused(asAnn, `arena submit tf --name=no ${SUBMIT}`)
    const verified = await verify(files.file, '--limit', 'cluster,client01', '--only', 'B3,E')
    assertClean(verified)
    const ways = passesOf(verified, 'E0').find((one) => one.includes('cmds-ann'))!
    for (const kind of ['pytorchjobs', 'mpijobs', 'crons']) assert.match(ways, `${kind}.`)
    assert.not.match(ways, 'tfjobs.')
  }
  const jobs = await verify(files.file, '--jobs', '--only', 'S', '--user', 'cmds-ann')
  assertClean(jobs)
  const runs = jobs.report.goals.flatMap(({ found }) => found).filter(({ check }) => check.id === 'S2')
  assert.equal(
    runs.map(({ verdict }) => verdict),
    ['pass'],
  )
  await works(asAnn, `arena submit pytorch --name=py ${SUBMIT}`)
  await works(asAnn, `arena submit mpi --name=mp ${SUBMIT}`)
  await works(asAnn, `${CRON} ${SUBMIT}`)
  const kinds = 'pytorchjobs,mpijobs.v1alpha1.kubeflow.org,crons,pods,configmaps'
  const left = () => kubectlIn(state, `get ${kinds} -n cmds1 -o name`)
  await until(left, 'pod/py-master-0')
  for (const job of ['pytorchjob.kubeflow.org/py', 'mpijob.kubeflow.org/mp', 'cron.apps.kubedl.io/cr'])
    assert.match(await left(), job)
  const { code, summary } = await runPlaybook(
    'remove-user',
    files.file,
    '--name',
    'cmds-ann',
    '--jobs',
    'stop',
  )
  assert.is(code, 0, summary)
  assert.is(await left(), 'configmap/kube-root-ca.crt\n')
})

it.run()
