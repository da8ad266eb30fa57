// Other tools on the same tenants, in turn with ours, with nothing to do; a reader of its own says whether all is
// there.
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { exists } from '../sandbox/files.ts'
import type { SandboxState } from '../sandbox/sandbox.ts'
import { CHECKOUT } from '../sandbox/state.ts'
import { runOn } from '../sandbox/tampering.ts'
import { cacheDirectory, prepareTools } from '../sandbox/tools.ts'
import { type Measured, measure, median } from './measure.ts'
import { onSandbox } from './on-sandbox.ts'
import { setup } from './runs.ts'
import { tenants } from './tenants.ts'

/** What is installed into a virtual environment in the cache, once. */
const PACKAGES = ['ansible==12.3.0', 'kubernetes==34.1.0', 'pyinfra==3.10.0']

const TURNS = 3

interface Peer {
  what: string
  /** Of the machine or the cluster alone, or of both. */
  of: 'machine' | 'cluster' | 'both'
  run(): Promise<Measured>
  /** Loops over each user take minutes: once is enough. */
  once?: true
}

/** What is there to be made, as the peers are told. */
interface Tenants {
  groups: { name: string; gid: number }[]
  users: { name: string; uid: number; group: string; kubeconfig: string }[]
  objects: object[]
}

const KINDS =
  'namespaces,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,resourcequotas,limitranges,' +
  'persistentvolumes,persistentvolumeclaims'

export const peers = async (users: number, directory: string): Promise<object[]> => {
  const bin = await installed()
  return onSandbox({ directory, users }, async ({ state, inventory, scratch }) => {
    await setup(CHECKOUT, inventory)
    const wanted = await tenantsOf(state, users, scratch)
    await assertThere(state, wanted)
    const ours: Peer = { what: 'ours', of: 'both', run: () => setup(CHECKOUT, inventory) }
    const all = [ours, ...(await peersOf(state, wanted, bin, scratch))]
    // The first time some write a mark of their own, and call that a change.
    for (const { run, once } of all) if (once !== true) await run().catch(() => undefined)
    const times = new Map<Peer, Measured[]>(all.map((peer) => [peer, []]))
    for (let turn = 0; turn < TURNS; turn++)
      for (const peer of all) if (turn === 0 || peer.once !== true) times.get(peer)!.push(await peer.run())
    await assertThere(state, wanted)
    const middle = (peer: Peer): Measured => {
      const of = times.get(peer)!
      return of.length === 1 ? of[0]! : median(of)
    }
    const { seconds: least } = middle(ours)
    console.log(`| ${users} users, nothing to do | of | s | times as long | MiB |\n|---|---|---|---|---|`)
    return all.map((peer) => {
      const { seconds, memory } = middle(peer)
      const { what, of } = peer
      // The ratio: how many times as long as ours, which does both.
      const told = { what, of, seconds, ratio: seconds / least, memory }
      console.log(`| ${what} | ${of} | ${seconds.toFixed(2)} | ${told.ratio.toFixed(1)} | ${memory} |`)
      return told
    })
  })
}

/** The directory of the programs of a virtual environment with all of them. */
const installed = async (): Promise<string> => {
  const place = join(cacheDirectory(), `peers-${PACKAGES.join('-').replaceAll('==', '-')}`)
  const bin = join(place, 'bin')
  if (await exists(join(place, 'whole'))) return bin
  await rm(place, { recursive: true, force: true })
  await mkdir(dirname(place), { recursive: true })
  const run = promisify(execFile)
  await run('python3', ['-m', 'venv', place])
  await run(join(bin, 'pip'), ['install', '--quiet', '--no-input', ...PACKAGES])
  await writeFile(join(place, 'whole'), '')
  return bin
}

/** What setup has made, in the form that peers are told it in. */
const tenantsOf = async (state: SandboxState, count: number, scratch: string): Promise<Tenants> => {
  const { groups, users } = tenants(count, state)
  const homes = users.map(({ name }) => `printf '%s ' ${name}; base64 -w0 /home/${name}/.kube/config; echo`)
  const files = await runOn('client01', homes.join('\n'), state)
  await mkdir(join(scratch, 'kubeconfigs'))
  const paths = new Map<string, string>()
  for (const line of files.trim().split('\n')) {
    const [name = '', content = ''] = line.split(' ')
    const path = join(scratch, 'kubeconfigs', name)
    await writeFile(path, Buffer.from(content, 'base64'), { mode: 0o600 })
    paths.set(name, path)
  }
  return {
    groups: groups.map(({ name, gid }) => ({ name, gid: gid! })),
    users: users.map((user) => ({
      name: user.name,
      uid: user.uid!,
      group: user.groups[0] as string,
      kubeconfig: paths.get(user.name)!,
    })),
    objects: await objectsOn(state),
  }
}

/** The objects of the tenants as they are now. */
const objectsOn = async (state: SandboxState): Promise<object[]> => {
  const list = await runOn(
    'cluster',
    `kubectl get ${KINDS} -A -l arena-playbooks/inventory=bench -o json`,
    state,
  )
  return (JSON.parse(list) as { items: Live[] }).items.map(cleaned)
}

interface Live {
  metadata: Record<string, unknown>
  status?: unknown
  [field: string]: unknown
}

const SERVERS = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'generation', 'finalizers']

/** An object without what the server says of it. */
const cleaned = ({ status: _, metadata, ...others }: Live): object => ({
  ...others,
  metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVERS.includes(key))),
})

/** Reads machine and cluster by itself; fails when a tenant is not as wanted. */
const assertThere = async (state: SandboxState, { groups, users, objects }: Tenants): Promise<void> => {
  const lines = [
    ...groups.map(({ name, gid }) => `[ "$(getent group ${name} | cut -d: -f3)" = ${gid} ]`),
    ...users.map(
      ({ name, uid, group }) =>
        `[ "$(id -u ${name}) $(id -nG ${name} | tr ' ' '\\n' | grep -cx ${group})" = "${uid} 1" ]`,
    ),
    ...users.map(({ name }) => `[ "$(stat -c '%a %U' /home/${name}/.kube/config)" = "600 ${name}" ]`),
  ]
  await runOn(
    'client01',
    lines.map((line) => `${line} || { echo ${JSON.stringify(line)} >&2; exit 1; }`).join('\n'),
    state,
  )
  const there = (await objectsOn(state)).map((one) => JSON.stringify(one)).toSorted()
  const wanted = objects.map((one) => JSON.stringify(one)).toSorted()
  if (there.length !== wanted.length || there.some((one, index) => one !== wanted[index]))
    throw new Error('the objects of the tenants are not as they were')
}

const peersOf = async (
  state: SandboxState,
  wanted: Tenants,
  bin: string,
  scratch: string,
): Promise<Peer[]> => {
  const file = async (name: string, content: unknown): Promise<string> => {
    const path = join(scratch, name)
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }
  const objects = await file('objects.json', { apiVersion: 'v1', kind: 'List', items: wanted.objects })
  const hosts = await file('hosts.json', {
    all: {
      hosts: { client01: { ansible_python_interpreter: '/usr/bin/python3' } },
      vars: { ansible_ssh_common_args: `-F ${state.sshConfig}` },
    },
  })
  const config = await file(
    'ansible.cfg',
    '[defaults]\nforks = 20\ngathering = explicit\n[connection]\npipelining = true\n' +
      '[ssh_connection]\npipelining = true\nssh_args = -o ControlMaster=auto -o ControlPersist=60s\n',
  )
  const environment = {
    ANSIBLE_CONFIG: config,
    K8S_AUTH_KUBECONFIG: state.kubeconfig,
    PATH: `${bin}:${process.env['PATH']}`,
  }
  const env = Object.entries(environment).map(([key, value]) => `${key}=${value}`)
  const ansible = (playbook: string) => () =>
    checked(
      'env',
      [...env, join(bin, 'ansible-playbook'), '-i', hosts, playbook],
      /changed=0\s+unreachable=0\s+failed=0/,
    )
  const local = { hosts: 'localhost', connection: 'local', gather_facts: false }
  const python = { ansible_python_interpreter: join(bin, 'python') }
  const kubectl = (await prepareTools(() => undefined))('kubectl')
  const deploy = await file('deploy.py', deployOf(wanted))
  const target = await file(
    'inventory.py',
    `client01 = [("client01", {"ssh_config_file": ${JSON.stringify(state.sshConfig)}})]\n`,
  )
  return [
    {
      what: 'Ansible, fastest idiom (one look at everything)',
      of: 'machine',
      run: ansible(await file('machine-fast.json', [machineFast(wanted)])),
    },
    {
      what: 'Ansible, usual (a loop for each kind of thing)',
      of: 'machine',
      run: ansible(await file('machine.json', [machineUsual(wanted)])),
      once: true,
    },
    {
      what: 'Ansible kubernetes.core, fastest idiom (one task)',
      of: 'cluster',
      run: ansible(
        await file('cluster-fast.json', [
          {
            ...local,
            vars: python,
            tasks: [{ 'kubernetes.core.k8s': { src: objects, state: 'present', apply: false } }],
          },
        ]),
      ),
    },
    {
      what: 'Ansible kubernetes.core, usual (a loop)',
      of: 'cluster',
      run: ansible(
        await file('cluster.json', [
          {
            ...local,
            vars: { ...python, objects: wanted.objects },
            tasks: [
              { 'kubernetes.core.k8s': { definition: '{{ item }}' }, loop: '{{ objects }}', no_log: true },
            ],
          },
        ]),
      ),
      once: true,
    },
    {
      what: 'pyinfra',
      of: 'machine',
      run: () => checked(join(bin, 'pyinfra'), ['-y', target, deploy]),
      once: true,
    },
    {
      what: 'kubectl apply --server-side',
      of: 'cluster',
      run: () =>
        checked(
          kubectl,
          ['--kubeconfig', state.kubeconfig, 'apply', '--server-side', '-f', objects],
          /serverside-applied/,
        ),
    },
  ]
}

/** Fails when the program fails, or says something else than that all is as it should be. */
const checked = async (command: string, args: readonly string[], says = /^/): Promise<Measured> => {
  const measured = await measure(command, args, CHECKOUT)
  if (measured.code !== 0 || !says.test(measured.stdout))
    throw new Error(`${command} ended with ${measured.code}:\n${measured.stdout.slice(-3000)}`)
  return measured
}

const machineUsual = ({ groups, users }: Tenants): object => ({
  hosts: 'client01',
  gather_facts: false,
  vars: { groups_wanted: groups, users_wanted: users },
  tasks: [
    { group: { name: '{{ item.name }}', gid: '{{ item.gid }}' }, loop: '{{ groups_wanted }}' },
    {
      user: {
        name: '{{ item.name }}',
        uid: '{{ item.uid }}',
        groups: '{{ item.group }}',
        append: true,
        shell: '/bin/bash',
      },
      loop: '{{ users_wanted }}',
    },
    {
      file: {
        path: '/home/{{ item.name }}/.kube',
        state: 'directory',
        mode: '0700',
        owner: '{{ item.name }}',
      },
      loop: '{{ users_wanted }}',
    },
    {
      copy: {
        src: '{{ item.kubeconfig }}',
        dest: '/home/{{ item.name }}/.kube/config',
        mode: '0600',
        owner: '{{ item.name }}',
      },
      loop: '{{ users_wanted }}',
    },
  ],
})

/** One script says which users differ; only those would be looped over. */
const machineFast = ({ groups, users }: Tenants): object => ({
  hosts: 'client01',
  gather_facts: false,
  vars: { users_wanted: users },
  tasks: [
    {
      shell: {
        cmd:
          'getent passwd; echo; getent group; echo; sha256sum /home/*/.kube/config; ' +
          'stat -c "%a %U %n" /home/*/.kube/config',
      },
      register: 'seen',
      changed_when: false,
    },
    {
      group: { name: '{{ item }}' },
      loop: groups.map(({ name }) => name),
      when: `('\\n' ~ item ~ ':x:') not in seen.stdout`,
      no_log: true,
    },
    {
      user: { name: '{{ item.name }}', uid: '{{ item.uid }}', groups: '{{ item.group }}', append: true },
      loop:
        "{{ users_wanted | rejectattr('name', 'in', seen.stdout_lines | map('split', ':') | map('first') " +
        '| list) | list }}',
    },
    {
      copy: { src: '{{ item.kubeconfig }}', dest: '/home/{{ item.name }}/.kube/config', mode: '0600' },
      loop:
        "{{ users_wanted | rejectattr('name', 'in', seen.stdout_lines | select('match', '^600 ') | map('split', ' ') " +
        '| map(attribute=1) | list) | list }}',
    },
  ],
})

const deployOf = ({ groups, users }: Tenants): string =>
  [
    'from pyinfra.operations import files, server',
    ...groups.map(({ name, gid }) => `server.group(group=${JSON.stringify(name)}, gid=${gid})`),
    ...users.flatMap(({ name, uid, group, kubeconfig }) => [
      `server.user(user=${JSON.stringify(name)}, uid=${uid}, shell="/bin/bash", ` +
        `groups=[${JSON.stringify(group)}], append=True)`,
      `files.put(src=${JSON.stringify(kubeconfig)}, dest="/home/${name}/.kube/config", user="${name}", mode="600")`,
    ]),
    '',
  ].join('\n')
