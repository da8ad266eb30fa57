import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { Inventory } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { forgetDocument } from './document.ts'
import { login, type Said } from './login.ts'
import { inventoryFile, runPlaybook } from './playbook.ts'
import { sandbox } from './sandbox.ts'
import { type Suite, suite } from './suite.ts'

const TRAIN =
  'python code/tensorflow-sample-code/tfjob/docker/mnist/main.py --max_steps 10000 ' +
  '--data_dir=code/tensorflow-sample-code/data'
/** As the document prints them. */
const BOB_01 = `\
arena submit tf \\
        --name=tf-git-bob-01 \\
        --gpus=1 \\
        --image=tensorflow/tensorflow:1.5.0-devel-gpu \\
        --sync-mode=git \\
        --sync-source=https://code.aliyun.com/xiaozhou/tensorflow-sample-code.git \\
        "${TRAIN}"
`
const BOB_02 = BOB_01.replace('tf-git-bob-01', 'tf-git-bob-02')
const TOM_01 = `\
 arena submit tf \\
         --name=tf-git-tom-01 \\
         --gpus=1 \\
         --chief-cpu=2 \\
         --chief-memory=10Gi \\
         --image=tensorflow/tensorflow:1.5.0-devel-gpu \\
         --sync-mode=git \\
         --sync-source=https://code.aliyun.com/xiaozhou/tensorflow-sample-code.git \\
         "${TRAIN}"
`
const TOM_02 = TOM_01.replace('tf-git-tom-01', 'tf-git-tom-02')

/** Arena itself, without the front. */
const ARENA = '/opt/arena/current/bin/arena'

const submitted = async (as: (command: string) => Promise<Said>, command: string): Promise<void> => {
  const { code, stderr } = await as(command)
  assert.is(code, 0, stderr)
  assert.match(stderr, /The Job \S+ has been submitted successfully/)
}

/** What a command prints, once it prints that; what a controller does takes a moment. */
const comes = async (
  as: (command: string) => Promise<Said>,
  command: string,
  wanted: RegExp,
): Promise<string> => {
  for (let tries = 0; tries < 240; tries++) {
    const { stdout } = await as(command)
    if (wanted.test(stdout)) return stdout
    await sleep(500)
  }
  throw new Error(`${command} never printed ${wanted}, but ${(await as(command)).stdout}`)
}

/** The document's step six, on a sandbox without the document's table: setup, and every command as it is printed. */
export const stepSix = (isolation: Inventory['isolation']): Suite => {
  const it = suite(`step six, ${isolation}`, { seconds: 120 })

  let state: SandboxState
  let asBob: (command: string) => Promise<Said>
  let asTom: (command: string) => Promise<Said>

  const jsonOf = async (command: string) => JSON.parse(await runOn('cluster', `${command} -o json`, state))

  it.before(async () => {
    state = await sandbox()
    asBob = login('bob', state)
    asTom = login('tom', state)
  })

  it.after(() => forgetDocument('sandbox', state))

  it('begins without bob, tom and their groups', async () => {
    assert.is(await runOn('client01', 'getent passwd bob tom || true', state), '')
    assert.is(await runOn('cluster', 'kubectl get namespace dev1 dev2 --ignore-not-found', state), '')
    assert.is((await asBob('id -un')).code, 255)
    const { default: table } = await import('../../inventory/sandbox.ts')
    const inventory = await (await inventoryFile()).write({ ...table, isolation })
    const { code, summary } = await runPlaybook('setup', inventory)
    assert.is(code, 0, summary)
    assert.is((await asBob('id -un')).stdout, 'bob\n')
  })

  it('is not to be done by an isolated user with Arena alone', async () => {
    const [list, submit] = [await asBob(`${ARENA} data list`), await asBob(BOB_01.replace('arena', ARENA))]
    assert.is(list.code, 1)
    assert.match(list.stderr, /persistentvolumeclaims is forbidden: User .*:bob.* at the cluster scope/)
    assert.is(submit.code, 1)
    assert.match(submit.stderr, /failed to select chief port: pods is forbidden: .* at the cluster scope/)
  })

  it('shows bob the volumes that bob can use, with description and owner', async () => {
    const { code, stdout, stderr } = await asBob('arena data list')
    assert.is(code, 0, stderr)
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(0, 4))
    assert.equal(rows, [
      ['NAME', 'ACCESSMODE', 'DESCRIPTION', 'OWNER'],
      ['department1-public-dev1', 'ReadWriteMany', '全部门共享', 'admin'],
      ['dev1-public', 'ReadWriteMany', 'dev1 组内共享', 'admin'],
    ])
  })

  it("runs bob's first job", async () => {
    assert.not.match((await asBob('arena list')).stdout, 'tf-git-bob-01')
    await submitted(asBob, BOB_01)
    await comes(asBob, 'arena list', /^tf-git-bob-01 +RUNNING +TFJOB .* 1 +1 /m)
  })

  it("holds bob's second job, and the job's events tell why", async () => {
    const events = 'arena-kubectl get events --field-selector involvedObject.name=tf-git-bob-02'
    assert.is((await asBob(events)).stdout, '')
    await submitted(asBob, BOB_02)
    await comes(
      asBob,
      events,
      /exceeded quota: dev1-compute-resources, requested: requests.nvidia.com\/gpu=1/,
    )
    assert.match((await asBob('arena list')).stdout, /^tf-git-bob-02 +PENDING /m)
    assert.not.match((await asBob('arena-kubectl get pods')).stdout, 'tf-git-bob-02')
  })

  it("shows tom their own volumes, none of bob's jobs, and no way to them", async () => {
    const volumes = (await asTom('arena data list')).stdout
    assert.match(volumes, /^dev2-public .* dev2 组内共享 +admin/m)
    assert.match(volumes, /^department1-public-dev2 .* 全部门共享 +admin/m)
    assert.not.match(volumes, 'dev1')
    assert.match((await asBob('arena list')).stdout, 'tf-git-bob-01')
    const { code, stdout } = await asTom('arena list')
    assert.is(code, 0)
    assert.not.match(stdout, 'tf-git')
    for (const command of [
      'arena list -n dev1',
      'arena data list -n dev1',
      'arena data list --allNamespaces',
    ]) {
      const refused = await asTom(command)
      assert.is(refused.code, 1, command)
      assert.match(refused.stderr, /forbidden|has no privileges/)
    }
  })

  it("runs both of tom's jobs", async () => {
    await submitted(asTom, TOM_01)
    await submitted(asTom, TOM_02)
    await comes(asTom, 'arena list', /^tf-git-tom-01 +RUNNING /m)
    const listed = await comes(asTom, 'arena list', /^tf-git-tom-02 +RUNNING /m)
    assert.not.match(listed, 'bob')
    const { status } = await jsonOf('kubectl get resourcequota dev2-compute-resources -n dev2')
    assert.is(status.used['requests.nvidia.com/gpu'], '2')
    assert.is(status.used['requests.cpu'], '4')
  })

  it('gives a job of tom that names no CPU and memory the defaults of its group', async () => {
    const [limits] = (await jsonOf('kubectl get limitrange -n dev2')).items
    await submitted(asTom, 'arena submit tf --name=tf-git-tom-03 --image=busybox "sleep 1"')
    await comes(asTom, 'arena list', /^tf-git-tom-03 +RUNNING /m)
    const pod = await jsonOf('kubectl get pod tf-git-tom-03-chief-0 -n dev2')
    assert.equal(pod.spec.containers[0].resources, {
      limits: limits.spec.limits[0].default,
      requests: limits.spec.limits[0].defaultRequest,
    })
  })

  it('gives every role of a job a port of its own, and the one that the user names where they do', async () => {
    const roles = '--chief --workers=2 --ps=1'
    await submitted(
      asBob,
      `arena submit tf --name=roles ${roles} --worker-port=22222 --image=busybox "sleep 1"`,
    )
    const { spec } = await jsonOf('kubectl get tfjob roles -n dev1')
    const portOf = (role: string): number =>
      spec.tfReplicaSpecs[role].template.spec.containers[0].ports[0].containerPort
    assert.is(portOf('Worker'), 22_222)
    const chosen = [portOf('Chief'), portOf('PS')]
    assert.is(new Set(chosen).size, 2)
    assert.ok(
      chosen.every((port) => port >= 20_000 && port < 30_000),
      `${chosen}`,
    )
  })

  it("passes everything else to Arena, which takes the user's namespace from where it always does", async () => {
    for (const command of [
      'completion bash',
      '__complete submit t',
      '--help',
      'submit tf --help',
      'get tf-git-bob-01 -o name',
      'nonsense',
    ]) {
      const { stdout, code } = await asBob(`${ARENA} ${command}`)
      assert.ok(stdout !== '' || code === 1, command)
      const front = await asBob(`arena ${command}`)
      assert.equal([front.stdout, front.code], [stdout, code], command)
    }
    await asBob("mkdir .arena && echo 'namespace = dev2' > .arena/config")
    for (const command of ['arena list', 'arena data list']) {
      const refused = await asBob(command)
      assert.is(refused.code, 1, command)
      assert.match(refused.stderr, 'dev2')
    }
    assert.match((await asBob('arena data list -n dev1')).stdout, 'dev1-public')
  })

  return it
}
