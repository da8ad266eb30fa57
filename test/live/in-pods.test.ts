import { spawn } from 'node:child_process'
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { $ } from 'zx'
import { together } from '../../lib/audit/report.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { down, type SandboxState, status, up } from '../../sandbox/sandbox.ts'
import { CHECKOUT, stateDirectory } from '../../sandbox/state.ts'
import { controlGroup, WORKER_IMAGE } from '../../sandbox/worker.ts'
import { type Audited, requests, writes } from '../support/audit.ts'
import { applyIn, kubectlIn } from '../support/kubectl.ts'
import { login } from '../support/login.ts'
import { takeMoreJobs } from '../support/operators.ts'
import { inventoryFile, runPlaybook, runText } from '../support/playbook.ts'
import { clusterAs } from '../support/rights.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, type Verified, verify } from '../support/verify.ts'

const it = suite('in pods', { seconds: 400 })

/** All that pods tell, and what they tell in place of a person. */
const TOLD = 'E12,F6,F9,G4,G5,G7,G8,G10,H1,H2,H3'

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
let before: Machine

interface Machine {
  interfaces: string[]
  groups: string[]
  mounts: string[]
  sysctls: string
}

/** What a worker could leave on this machine, or change there. */
const machine = async (): Promise<Machine> => {
  const hierarchies = await readdir('/sys/fs/cgroup')
  const groups = await Promise.all(
    ['.', ...hierarchies].map((name) => readdir(join('/sys/fs/cgroup', name)).catch(() => [])),
  )
  const sysctls = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops']
  return {
    interfaces: (await readdir('/sys/class/net')).toSorted(),
    groups: groups.flat().filter((name) => name === controlGroup(stateDirectory())),
    mounts: (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .filter((line) => /\.sandbox-|kubelet|containerd|cni/.test(line)),
    sysctls: (await Promise.all(sysctls.map((name) => readFile(join('/proc/sys', name), 'utf8')))).join(),
  }
}

const nas = (path: string): string => join(state.directory, 'worker/data/nas/nas.sandbox.test', path)

/** With the image of the worker. */
const written = (inventory: InventoryInput): Promise<string> =>
  files.write({ ...inventory, verify: { image: WORKER_IMAGE } })

const setUp = async (inventory: InventoryInput): Promise<void> => {
  const file = await written(inventory)
  const { code, summary } = await runPlaybook('setup', file)
  assert.is(code, 0, summary)
}

/** With the image that the inventory names, unless another is. */
const tried = (only = TOLD, ...flags: string[]): Promise<Verified> =>
  verify(files.file, '--pods', '--only', only, ...flags)

/** Check and subject of what a verdict was given to. */
const found = ({ report }: Verified, verdict: string): string[] =>
  [
    ...new Set(
      together(report.goals.flatMap((goal) => goal.found))
        .filter((one) => one.verdict === verdict)
        .flatMap(({ check, subjects }) => subjects.map((subject) => `${check.id} ${subject}`)),
    ),
  ].toSorted()

const jobs = (): Promise<string> => kubectlIn(state, 'get tfjobs,pytorchjobs,pods -A -l verify-trial -o name')

const marked = (group: string): Promise<string> =>
  kubectlIn(
    state,
    `get namespace ${group} -o 'jsonpath={.metadata.annotations.arena-playbooks/marked-volumes}'`,
  )

const leftFiles = async (): Promise<string[]> => {
  const paths = await readdir(nas('.'))
  const names = await Promise.all(paths.map((path) => readdir(nas(path))))
  return names.flat().filter((name) => /^\.arena-verify-[0-9a-f]{12}-/.test(name))
}

/** Every file on the NAS, and what is in it. */
const onTheNas = async (): Promise<string[]> => {
  const files = await readdir(nas('.'), { recursive: true, withFileTypes: true })
  return Promise.all(
    files
      .filter((file) => file.isFile())
      .map(
        async ({ parentPath, name }) =>
          `${join(parentPath, name)}: ${await readFile(join(parentPath, name), 'utf8')}`,
      ),
  )
}

const nothingIsLeft = async (): Promise<void> => {
  assert.is(await jobs(), '')
  assert.equal(await leftFiles(), [])
}

/** Makes a volume and its claim anew at the next setup: a path, and access, cannot be changed. */
const forget = async (volume: string, group: string): Promise<void> => {
  await kubectlIn(state, `delete pvc ${volume} -n ${group}`)
  await kubectlIn(state, `delete pv ${volume}`)
}

/** Asks until the answer holds the words, however busy the computer is. */
const shows = async (ask: () => Promise<string>, words: string): Promise<void> => {
  while (!(await ask()).includes(words)) await sleep(500)
}

/** A process of the worker whose program is called so. */
const processOf = async (program: string): Promise<number> => {
  const parent = (await status()).find(({ name }) => name === 'worker04')!.pid!
  const first = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')).trim()
  const network = await readlink(`/proc/${first}/ns/net`)
  for (;;) {
    const { stdout } = await $({ quiet: true, nothrow: true })`pgrep -x ${program}`
    for (const pid of stdout.trim().split('\n').filter(Boolean))
      if ((await readlink(`/proc/${pid}/ns/net`).catch(() => '')) === network) return Number(pid)
    await sleep(500)
  }
}

/** A directory as an admin prepares it for a group. */
const prepared = async (path: string, gid: number, mode: number): Promise<void> => {
  await mkdir(nas(path), { recursive: true })
  await chown(nas(path), 0, gid)
  await chmod(nas(path), mode)
}

it.before(async () => {
  before = await machine()
  state = await sandbox({ clients: 1, worker: true })
  await takeMoreJobs(state)
  files = await inventoryFile()
  const sandboxTable = (await import('../../inventory/sandbox.ts')).default
  const more = [1, 2].map((number) => ({
    name: `dev${number}-more`,
    group: `dev${number}`,
    path: `/dev${number}-more`,
  }))
  table = { ...sandboxTable, volumes: [...sandboxTable.volumes!, ...more] }
  await prepared('dev1-more', 10_001, 0o2770)
  await prepared('dev2', 10_002, 0o2770)
  await prepared('dev2-more', 10_002, 0o2770)
  await prepared('department1', 0, 0o1777)
})

it('need an image, and say how one is named', async () => {
  await files.write(table)
  const refused = async (...flags: string[]): Promise<void> => {
    const { code, stderr } = await runText('verify', files.file, ...flags)
    assert.is(code, 64, stderr)
  }
  await Promise.all([
    refused('--pods'),
    refused('--pods', '--image', 'no image'),
    refused('--image', 'busybox'),
    refused('--pods', '--check'),
  ])
  await setUp(table)
})

it('show their logs and take input through Arena, for their own users only', async () => {
  const as = { bob: login('bob', state), tom: login('tom', state) }
  const talks = async (name: 'bob' | 'tom', other: 'bob' | 'tom', namespace: string): Promise<void> => {
    const own = as[name]
    assert.is.not((await own(`arena logs talk-${name}`)).code, 0)
    const command = 'echo said-by-pod; read line; echo heard-$line; sleep 600'
    const submit = `arena submit tf --name=talk-${name} --image=${WORKER_IMAGE} --chief-cpu=100m --chief-memory=64Mi`
    assert.is((await own(`${submit} '${command}'`)).code, 0)
    await shows(async () => (await own(`arena logs talk-${name}`)).stdout, 'said-by-pod')
    await shows(async () => {
      const { stdout, stderr } = await own(`echo 'echo in-$((40+2))' | arena attach talk-${name}`)
      return stdout + stderr
    }, 'in-42')
    for (const verb of ['logs', 'attach']) {
      const refused = await as[other](`arena ${verb} talk-${name} -n ${namespace} </dev/null`)
      assert.is.not(refused.code, 0, verb)
      assert.not.match(refused.stdout, 'said-by-pod')
    }
    assert.is((await own(`arena delete talk-${name}`)).code, 0)
  }
  await Promise.all([talks('bob', 'tom', 'dev1'), talks('tom', 'bob', 'dev2')])
})

/** A run that goes on, once it has told that it is at a stage. */
const begun = async (stage: string, ...more: string[]) => {
  const flags = ['--pods', '--image', WORKER_IMAGE, '--only', 'G4', '--output', 'json', ...more]
  const child = spawn(process.execPath, ['playbooks/verify.ts', files.file, ...flags], {
    cwd: CHECKOUT,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const is = Promise.withResolvers<undefined>()
  let told = ''
  child.stdout.on('data', (chunk: Buffer) => {
    told += String(chunk)
    if (told.includes(`"stage":"${stage}"`)) is.resolve(undefined)
  })
  await Promise.race([
    is.promise,
    ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${told}`))),
  ])
  return { child, ended }
}

it('are cleared away by the next run when a run is killed, and by itself at Ctrl-C', async () => {
  await nothingIsLeft()
  const killed = await begun('pods')
  await shows(jobs, 'pod/verify-pods-a-tom')
  killed.child.kill('SIGKILL')
  await killed.ended
  assert.match(await jobs(), 'verify-pods-a-tom')
  const left = await leftFiles()
  const stopped = await begun('pods')
  await shows(async () => (await leftFiles()).filter((name) => !left.includes(name)).join(), '.arena-verify')
  stopped.child.kill('SIGINT')
  assert.is(await stopped.ended, 130)
  await nothingIsLeft()
})

it('mark each directory but one that the driver has just made; a second run meanwhile touches nothing', async () => {
  assert.is(await marked('dev2'), '')
  const first = tried('G4,G5')
  await shows(jobs, 'pod/verify-pods-a-tom')
  const second = await tried('G4,G5')
  assert.is(second.code, 3)
  assert.equal(found(second, 'pass'), [])
  assert.match(second.unknown.map(({ says }) => says).join(), 'holds the lock')
  const proof = await first
  assert.is(proof.code, 3)
  assert.equal(found(proof, 'unknown'), ['G5 bob in dev1: dev1-public'])
  assert.is(await marked('dev1'), 'department1-public-dev1 dev1-more')
  assert.is(await marked('dev2'), 'department1-public-dev2 dev2-more dev2-public')
  assert.equal(await readdir(nas('dev1')), [])
  await nothingIsLeft()
})

/** What whoever runs verify and the users have the API server change: verb, kind and name. */
const changesIn = (all: readonly Audited[]): string[] =>
  [
    ...new Set(
      writes(all)
        .filter(
          ({ user: { username }, requestURI }) =>
            /^sandbox-admin$|^system:serviceaccount:(default:rights-|[^:]+:(bob|tom)$)/.test(username) &&
            !requestURI.includes('dryRun'),
        )
        .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.name}`),
    ),
  ].toSorted()

/** All that a trial changes, where each user's jobs are of that kind. */
const changesOfTrial = (kindOf: Readonly<Record<string, string>>): string[] =>
  Object.entries(kindOf)
    .flatMap(([user, kind]) => ['a', 'b', 'c'].map((job) => ({ name: `verify-pods-${job}-${user}`, kind })))
    .flatMap(({ name, kind }) => [
      // Before the one that stays.
      ...(name.startsWith('verify-pods-a-') ? [`create services ${name}`] : []),
      ...['create', 'patch', 'delete'].map((verb) => `${verb} configmaps ${name}-${kind.slice(0, -1)}`),
      ...['create', 'delete'].map((verb) => `${verb} ${kind} ${name}`),
    ])
    .concat('update leases arena-playbooks')
    .toSorted()

it('find nothing wrong with the document as it is set up, again and again, but what only strict closes', async () => {
  await prepared('dev1', 10_001, 0o2770)
  await writeFile(nas('dev1/.arena-verify-notes'), "bob's own")
  const files = await onTheNas()
  const seconds: number[] = []
  const all = await requests(state, async () => {
    for (let run = 1; run <= 3; run++) {
      const proof = await tried()
      assertClean(proof)
      seconds.push(proof.report.effort.seconds)
      assert.equal(
        found(proof, 'gap'),
        ['G7', 'H1', 'H3'].flatMap((id) => [`${id} bob in dev1`, `${id} tom in dev2`]),
      )
      assert.equal(found(proof, 'untested'), [])
    }
  })
  // The others may have waited for what else this machine has to do.
  assert.ok(Math.min(...seconds) < 60, `they took ${seconds} s`)
  // That dev1-public is marked is remembered.
  assert.equal(
    changesIn(all),
    [...changesOfTrial({ bob: 'tfjobs', tom: 'tfjobs' }), 'update namespaces dev1'].toSorted(),
  )
  // The mark of dev1-public is all that stays.
  assert.equal(
    (await onTheNas()).toSorted(),
    [...files, `${nas('dev1/.arena-playbooks.sandbox.dev1-public')}: `].toSorted(),
  )
  await nothingIsLeft()
})

it('cannot tell anything of an image that cannot be pulled', async () => {
  const proof = await tried('G4,H1', '--image', WORKER_IMAGE.replace('busybox', 'absent'))
  assert.is(proof.code, 3)
  assert.equal(found(proof, 'unknown'), [
    'G4 bob in dev1',
    'G4 tom in dev2',
    'H1 bob in dev1',
    'H1 tom in dev2',
  ])
  assert.equal(found(proof, 'pass'), [])
  assert.match(proof.unknown.map(({ says }) => says).join(), 'not found')
})

it('cannot tell anything of pods that a quota holds, that no node takes, or whose log cannot be read', async () => {
  await kubectlIn(
    state,
    `patch resourcequota dev1-compute-resources -n dev1 -p '{"spec":{"hard":{"pods":"0"}}}'`,
  )
  await kubectlIn(state, 'cordon worker01 worker02 worker03 worker04')
  const held = await tried('H1', '--timeout', '30')
  await setUp(table)
  await kubectlIn(state, 'uncordon worker01 worker02 worker03')
  // kwok says that they run, and there is no kubelet to ask; and somebody holds one of them.
  const trying = tried('H1', '--timeout', '30')
  await shows(jobs, 'pod/verify-pods-a-bob')
  const hold = (by: string): Promise<string> =>
    kubectlIn(state, `patch pod verify-pods-a-bob-chief-0 -n dev1 -p '{"metadata":{"finalizers":${by}}}'`)
  await hold('["test.example/hold"]')
  const silent = await trying
  const left = await jobs()
  await hold('null')
  assert.is(left.trim(), 'pod/verify-pods-a-bob-chief-0')
  await kubectlIn(state, 'uncordon worker04')
  for (const [proof, more] of [
    [held, []],
    [silent, ['H1 dev1/verify-pods-a-bob-chief-0']],
  ] as const) {
    assert.is(proof.code, 3)
    assert.equal(found(proof, 'unknown'), ['H1 bob in dev1', ...more, 'H1 tom in dev2'])
    assert.equal(found(proof, 'pass'), [])
  }
  const saysOf = ({ unknown }: Verified, who: string): string =>
    unknown.find(({ subjects }) => subjects.includes(who))!.says
  assert.match(saysOf(held, 'bob in dev1'), 'exceeded quota: dev1-compute-resources')
  assert.match(saysOf(held, 'tom in dev2'), 'FailedScheduling')
  assert.match(saysOf(silent, 'bob in dev1'), 'arena logs failed')
  await nothingIsLeft()
})

const volumeByHand = (name: string, namespace: string, path: string): object[] => {
  const [accessModes, resource] = [['ReadWriteMany'], { storage: '1Gi' }]
  const csi = {
    driver: 'nasplugin.csi.alibabacloud.com',
    volumeHandle: name,
    volumeAttributes: { server: 'nas.sandbox.test', path },
  }
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: { capacity: resource, accessModes, csi, claimRef: { namespace, name }, storageClassName: '' },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace },
      spec: { accessModes, volumeName: name, storageClassName: '', resources: { requests: resource } },
    },
  ]
}

/** Runs a command where the worker's mounts are. */
const onWorker = async (...command: string[]): Promise<void> => {
  await $({ quiet: true })`nsenter --target ${await processOf('kube-router')} --mount ${command}`
}

/** Holes in what volumes are, and on the file server, made for real; each is found by its own check. */
const planted = async (
  only: string,
  isolation: 'document' | 'strict',
  more: () => Promise<void>,
): Promise<Verified> => {
  // The sandbox's driver does not heed what is read-only (ADR 0038): the first is a hole, and the other is not, for its
  // file server lets nobody write there.
  const fixed = [
    { name: 'dev1-fixed', group: 'dev1', path: '/dev1-fixed', access: 'ReadOnlyMany' as const },
    {
      name: 'dev2-fixed',
      group: 'dev2',
      path: '/department1',
      shared: 'department1',
      access: 'ReadOnlyMany' as const,
    },
  ]
  await prepared('dev1-fixed', 10_001, 0o2770)
  await setUp({ ...table, isolation, volumes: [...table.volumes!, ...fixed] })
  const shared = join('/data/nas/nas.sandbox.test', 'department1')
  await onWorker('mount', '-t', 'tmpfs', '-o', 'ro,mode=1777', 'tmpfs', shared)
  await chmod(nas('dev1-more'), 0o2777)
  await rename(nas('dev2'), nas('dev2-before'))
  await symlink('dev1', nas('dev2'))
  // Where a path is wrong, the driver makes a directory.
  await rename(nas('dev2-more'), nas('dev2-more-before'))
  await applyIn(state, volumeByHand('besides', 'dev2', '/dev1'))
  await more()
  const proof = await tried(only)
  for (const { name, group } of [...fixed, { name: 'besides', group: 'dev2' }]) await forget(name, group)
  await onWorker('umount', shared)
  await rm(nas('dev2'))
  await rename(nas('dev2-before'), nas('dev2'))
  await rm(nas('dev2-more'), { recursive: true })
  await rename(nas('dev2-more-before'), nas('dev2-more'))
  await chmod(nas('dev1-more'), 0o2770)
  return proof
}

/** What is found of these holes in both isolations. */
const PLANTED = [
  'G10 bob in dev1: department1-public-dev1',
  'G10 bob in dev1: dev1-fixed',
  'G10 tom in dev2: department1-public-dev2',
  'G4 bob in dev1: dev1-public',
  'G4 tom in dev2: besides',
  'G4 tom in dev2: dev2-public',
  'G5 bob in dev1: department1-public-dev1',
  'G5 tom in dev2: department1-public-dev2',
  'G5 tom in dev2: dev2-more',
  'G5 tom in dev2: dev2-public',
  'G8 bob in dev1: dev1-more',
]

/** Lets pods of these namespaces in. */
const policyFor = (name: string, namespace: string, from: readonly string[]): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: from.map((one) => ({
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': one } },
        })),
      },
    ],
  },
})

it('find wrong directories, volumes that take what they should not, and who lets others in, in document', async () => {
  const proof = await planted('G4,G5,G8,G10,H1', 'document', async () => {
    await applyIn(state, [policyFor('own', 'dev1', ['dev1']), policyFor('own', 'dev2', ['dev1', 'dev2'])])
  })
  await kubectlIn(state, 'delete networkpolicy own -n dev1')
  await kubectlIn(state, 'delete networkpolicy own -n dev2')
  assert.is(proof.code, 1)
  assert.equal(found(proof, 'fail'), PLANTED)
  // What document does not promise is told all the same.
  assert.equal(found(proof, 'gap'), [
    'G8 tom in dev2: dev2-more',
    'G8 tom in dev2: dev2-public',
    'H1 bob in dev1',
  ])
  for (const right of ['G10 tom in dev2: dev2-fixed', 'H1 tom in dev2'])
    assert.ok(found(proof, 'pass').includes(right), right)
  await nothingIsLeft()
})

const KIND_OF: Readonly<Record<string, string>> = { bob: 'tfjobs', tom: 'pytorchjobs' }

it("find nothing wrong with strict, also by PyTorch alone, for an admin with just README's rights", async () => {
  const groups = table.groups.map((group) =>
    group.name === 'dev2' ? { ...group, jobs: { kinds: ['pytorch' as const] } } : group,
  )
  const strict = { ...table, groups, isolation: 'strict' } as const
  await setUp(strict)
  const cluster = await clusterAs(['check', 'verify'], `${files.file}.limited`, state)
  await written({ ...strict, cluster })
  let proof: Verified
  const all = await requests(state, async () => {
    proof = await tried(`${TOLD},I1`, '--forks', '1')
  })
  proof = proof!
  assertClean(proof)
  // One group at a time: what the first says is read before the second begins.
  const order = all.flatMap(({ verb, requestURI, objectRef }) => {
    const is = /^verify-pods-a-(bob|tom)/.exec(objectRef?.name ?? '')?.[1]
    if (is === undefined) return []
    if (verb === 'create' && objectRef?.resource === KIND_OF[is]) return [`${is} begins`]
    return /\/log\b/.test(requestURI) ? [`${is} is read`] : []
  })
  assert.ok(
    order.indexOf('bob is read') !== -1 && order.indexOf('bob is read') < order.indexOf('tom begins'),
    `${order}`,
  )
  assert.equal(found(proof, 'gap'), [])
  assert.equal(found(proof, 'untested'), [])
  assert.equal(changesIn(all), changesOfTrial(KIND_OF))
  await written(strict)
  for (let run = 2; run <= 3; run++) {
    const again = await tried(`${TOLD},I1`)
    assertClean(again)
    assert.equal([...found(again, 'gap'), ...found(again, 'untested')], [])
  }
  await nothingIsLeft()
})

it('find the same in strict, a policy that is gone, one that lets a group in, and a token', async () => {
  const proof = await planted('G4,G5,G7,G8,G10,H1,H3,I1', 'strict', async () => {
    await kubectlIn(state, 'delete networkpolicy dev1-own-namespace -n dev1')
    await kubectlIn(state, `patch serviceaccount default -n dev1 -p '{"automountServiceAccountToken":true}'`)
    await applyIn(state, [policyFor('hole', 'dev2', ['dev1'])])
  })
  await kubectlIn(state, 'delete networkpolicy hole -n dev2')
  assert.is(proof.code, 1)
  assert.equal(
    found(proof, 'fail'),
    [
      ...PLANTED,
      'G7 bob in dev1',
      'G8 tom in dev2: dev2-more',
      'G8 tom in dev2: dev2-public',
      'H1 bob in dev1',
      'H3 bob in dev1',
      'I1 bob in dev1',
      'I1 dev1',
    ].toSorted(),
  )
  await nothingIsLeft()
})

it('find that nothing enforces the policies', async () => {
  await setUp({ ...table, isolation: 'strict' })
  const enforcer = await processOf('kube-router')
  process.kill(enforcer, 'SIGSTOP')
  const proof = await tried('H1,H2,H5')
  process.kill(enforcer, 'SIGCONT')
  assert.equal(found(proof, 'fail'), ['H1 bob in dev1', 'H1 tom in dev2'])
  assert.equal(
    found(proof, 'pass').filter((one) => one.startsWith('H5')),
    ['H5 dev1', 'H5 dev2'],
  )
  assertClean(await tried('H1,H2'))
})

it('clear up after a cluster that was away, and at the next run where it stays away', async () => {
  // With the machine that both are on: a scheduler may end when it finds pods where it has not put them.
  const away = async (): Promise<void> => {
    for (const { name, pid } of await status())
      if (name === 'kube-apiserver' || name === 'kube-scheduler') process.kill(pid!, 'SIGKILL')
  }
  const passing = await begun('pods')
  await shows(jobs, 'pod/verify-pods-a-tom')
  await away()
  await up({ clients: 1 })
  await passing.ended
  await nothingIsLeft()
  const lasting = await begun('pods', '--timeout', '15')
  await shows(jobs, 'pod/verify-pods-a-tom')
  await away()
  assert.is(await lasting.ended, 3)
  await up({ clients: 1 })
  assert.match(await jobs(), 'verify-pods-a-tom')
})

it('leave nothing of the worker on this machine, also when all of it was killed', async () => {
  const during = await machine()
  assert.ok(during.groups.length > before.groups.length)
  assert.equal(during.interfaces, before.interfaces)
  assert.is(during.sysctls, before.sysctls)
  for (const { pid } of await status()) if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await down()
  assert.equal(await machine(), before)
})

it.run()
