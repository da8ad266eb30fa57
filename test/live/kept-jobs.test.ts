import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { kubectlIn } from '../support/kubectl.ts'
import { login, type Said } from '../support/login.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'

const it = suite('what Arena keeps of a job', { seconds: 600 })

let state: SandboxState
let base: InventoryInput
let file: Awaited<ReturnType<typeof inventoryFile>>
let asBen: (command: string) => Promise<Said>

const on = (script: string): Promise<string> => runOn('client01', script, state)
const kubectl = (command: string): Promise<string> => kubectlIn(state, `-n kept1 ${command}`)

const JOB = 'arena submit tf --name=steady --image=busybox "sleep 3600"'

/** What a colleague has Arena find, in neither of which is anything for a shell: none belongs to a job. */
const LISTS = ['persistentvolumeclaim/canary', 'configmap canary']

const kept = (list: string, name = 'steady-tfjob'): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { createdBy: 'arena' } },
    data: { app: list },
  })

/** Each is tried again and again by a colleague; what became of it goes to a file of theirs. */
const attempts = (list: string): Readonly<Record<string, string>> => ({
  patch: `patch configmap steady-tfjob --type merge -p '${kept(list)}'`,
  apply: 'apply --server-side --force-conflicts -f list.json',
  annotate: `annotate --overwrite configmap steady-tfjob changed=by-ann`,
  owner: `patch configmap steady-tfjob --type merge -p '{"metadata":{"ownerReferences":null}}'`,
  delete: 'delete configmap steady-tfjob --wait=false',
  create: 'create -f list.json',
  rename: 'create -f other.json',
})

const asAnn = (script: string): string =>
  `cd /home/kept-ann && HOME=$PWD setpriv --reuid=kept-ann --regid=kept-ann --init-groups sh -c ${quoted(script)}`
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The colleague is at work while something else happens; how each attempt ended, by its name. */
const meanwhile = async (list: string, action: () => Promise<void>): Promise<Map<string, Set<string>>> => {
  const tried = Object.entries(attempts(list)).map(
    ([name, command]) => `arena-kubectl ${command} >said 2>&1; echo ${name} $? >> ended`,
  )
  const script = `printf %s '${kept(list)}' > list.json; printf %s '${kept(list, 'other-tfjob')}' > other.json
    : > ended; while :; do ${tried.join('\n')}\narena-kubectl delete configmap other-tfjob; echo round >> ended; done`
  const pid = await on(`setsid sh -c ${quoted(asAnn(script))} >/dev/null 2>&1 </dev/null &\n echo $!`)
  try {
    await until(() => on('cat /home/kept-ann/ended || true'), 'round')
    await action()
  } finally {
    await on(`kill -9 -${pid.trim()}`)
  }
  const ended = new Map<string, Set<string>>()
  for (const line of (await on('cat /home/kept-ann/ended')).split('\n').slice(0, -1)) {
    const [name = '', status = ''] = line.split(' ')
    ended.set(name, (ended.get(name) ?? new Set()).add(status))
  }
  return ended
}

const canaries = (): Promise<string> => kubectl('get persistentvolumeclaim/canary configmap/canary -o name')
const CANARIES = 'persistentvolumeclaim/canary\nconfigmap/canary\n'

/** All that somebody does with a job. */
const working = async (): Promise<void> => {
  await asBen(JOB)
  for (const command of ['list', 'get', 'logs', 'delete'])
    await asBen(`arena ${command} ${command === 'list' ? '' : 'steady'}`)
}

const setup = async (isolation: 'document' | 'strict'): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', await file.write({ ...base, isolation }))
  assert.is(code, 0, summary)
}

/** What a member may not delete, and what nobody's job has. */
const makeCanaries = async (): Promise<void> => {
  await kubectl('create configmap canary')
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const canary = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'canary' },
    spec: claim,
  }
  await runOn('cluster', `printf %s '${JSON.stringify(canary)}' | kubectl create -n kept1 -f -`, state)
}

it.before(async () => {
  state = await sandbox()
  const { hosts, volumes: _, ...rest } = tenants('kept', 14_200, state)
  base = {
    ...rest,
    hosts: hosts.slice(0, 1),
    groups: [{ name: 'kept1', gid: 14_200, quota: { gpu: 1 } }],
    users: rest.users!.map((user) => ({ ...user, groups: ['kept1'] })),
  }
  file = await inventoryFile()
  asBen = login('kept-ben', state, state.passwords['tom'])
  await setup('document')
  const accounts = '--serviceaccount=kept1:kept-ben --serviceaccount=arena-kept:kept-ben'
  await kubectl('create role keeper --verb=delete,get --resource=persistentvolumeclaims')
  await kubectl(`create rolebinding keeper --role=keeper ${accounts}`)
  await makeCanaries()
})

it.after(async () => {
  await kubectl('delete role,rolebinding keeper')
  await kubectlIn(state, 'delete namespace kept1 arena-kept --wait=false')
})

for (const list of LISTS)
  it(`in document, a colleague who writes “${list}” all the time has nobody delete that`, async () => {
    const ended = await meanwhile(list, working)
    for (const name of Object.keys(attempts(list))) assert.ok(ended.get(name)?.has('0'), `${name} was done`)
    await kubectl('delete tfjob,configmap steady steady-tfjob --ignore-not-found')

    // Made before the job of that name.
    await on(asAnn('arena-kubectl create -f list.json'))
    const submitted = await asBen(JOB)
    assert.is.not(submitted.code, 0)
    const deleted = await asBen('arena delete steady')
    assert.is(deleted.code, 1)
    assert.match(deleted.stderr, 'arena: refused: ConfigMap steady-tfjob in kept1')
    assert.is(await canaries(), CANARIES)
    await kubectl('delete configmap steady-tfjob')
  })

it('what these look for comes about where the front of kubectl is not before it, and setup puts it back', async () => {
  await on('ln -sf /opt/arena/current/bin/kubectl /usr/local/bin/arena-kubectl')
  for (const list of LISTS) {
    await on(asAnn(`printf %s '${kept(list)}' | arena-kubectl create -f -`))
    await asBen('arena delete steady --type tfjob')
    await kubectl('delete configmap steady-tfjob --ignore-not-found')
  }
  await until(canaries, 'persistentvolumeclaims "canary" not found')
  assert.match(await canaries(), 'configmaps "canary" not found')
  await setup('document')
  assert.is(await on('head -c 2 /usr/local/bin/arena-kubectl'), '#!')
})

it('in strict, whatever a colleague does to it all the time, it stays as its maker’s Arena wrote it', async () => {
  await makeCanaries()
  await setup('strict')
  const probe = `create configmap probe-tfjob --dry-run=server --from-literal=app='${LISTS[0]}'`
  const asCluster = '--as-group=system:serviceaccounts --as-group=system:authenticated'
  // A policy is in force a moment after it is made.
  await until(
    () => kubectl(`${probe} --as=system:serviceaccount:arena-kept:kept-ann ${asCluster}`),
    "ValidatingAdmissionPolicy 'arena-kept-makers'",
  )
  assert.is((await asBen(JOB)).code, 0)
  for (const list of LISTS) {
    const ended = await meanwhile(list, async () => {
      const record = 'get configmap steady-tfjob -o jsonpath={.metadata.resourceVersion}'
      const version = await kubectl(record)
      for (const command of ['list', 'get steady', 'logs steady']) await asBen(`arena ${command}`)
      assert.is(await kubectl(record), version)
      const deleted = await asBen('arena delete steady')
      assert.is(deleted.code, 0, deleted.stderr)
      assert.is((await asBen(JOB)).code, 0)
    })
    for (const name of Object.keys(attempts(list))) assert.equal([name, ...ended.get(name)!], [name, '1'])
    assert.is(await canaries(), CANARIES)
  }
  const { code, stderr } = await asBen('arena delete steady')
  assert.is(code, 0, stderr)
  assert.match(await kubectl('get tfjob steady'), 'NotFound')
})

it.run()
