import * as assert from 'uvu/assert'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { requests, writes } from '../support/audit.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, type Verified, verify, wordsOf } from '../support/verify.ts'

const it = suite('verify machine', { seconds: 180 })

let state: SandboxState
let inventory: string

/** What is asked on machines. */
const ONLY = ['--only', 'A,B4,C6,K']

const HOMES = "find /home/hole-ann /home/hole-ben -printf '%p %m %u %s %T@\\n' | sort"

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('hole', 51_000, state))
})

it('tells of accounts and kubeconfigs that are not there yet', async () => {
  const { code, failures } = await verify(inventory, '--only', 'A1,K2')
  assert.is(code, 1)
  const words = failures.map(wordsOf).join('\n')
  assert.match(words, /A1 .*hole-ben on client02: has no kubeconfig.*→ run setup/)
  assert.match(words, /K2 .*hole-ben on client02: has no account.*→ run setup/)
})

it('finds nothing wrong with a clean set-up, as each user, and leaves nothing behind', async () => {
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  const before = await runOn('client01', HOMES, state)
  let verified: Verified | undefined
  const asked = await requests(state, async () => {
    verified = await verify(inventory)
  })
  assertClean(verified!)
  assert.is(verified!.report.effort.traffic.execs, 2)
  const theirs = asked.filter(({ user }) => user.username.startsWith('system:serviceaccount:hole'))
  assert.ok(theirs.length > 300, `${theirs.length} requests of users`)
  assert.equal(
    writes(theirs).filter(({ requestURI }) => !/reviews(\?|$)|dryRun=All/.test(requestURI)),
    [],
  )
  assert.is(await runOn('client01', HOMES, state), before)
  assert.is(await runOn('client01', 'ls -A /tmp', state), '')
})

const ANN = '/home/hole-ann/.kube/config'

interface Hole {
  sentence: string
  /** Shell for root on client01. */
  make: string
  mend: string
  said: readonly RegExp[]
}

const HOLES: readonly Hole[] = [
  {
    sentence: "a copy of a user's kubeconfig in root's open home",
    make: `install -m 644 ${ANN} /root/ann.config && chmod 755 /root`,
    mend: 'rm /root/ann.config && chmod 700 /root',
    said: [/^K1 hole-ben on client01: .*the token of hole-ann in \/root\/ann\.config → there: chmod 0600 /],
  },
  {
    sentence: 'a copy in /tmp under another name, in an object of the cluster, encoded',
    make:
      `{ printf 'token: '; sed -n 's/.*token: "\\(.*\\)"/\\1/p' ${ANN} | base64 -w0; } > /tmp/notes && ` +
      'chmod 644 /tmp/notes',
    mend: 'rm /tmp/notes',
    said: [/^K1 hole-ann on client01, hole-ben on client01: .*an encoded token in \/tmp\/notes/],
  },
  {
    sentence: 'a kubeconfig of the administrator that all may read',
    make:
      "mkdir -p /etc/kubernetes && printf 'current-context: a\\nusers: [{name: a, user: " +
      `{client-key-data: "%s"}}]\\n' "$(head -c 60 /dev/zero | base64 -w0)" > ` +
      '/etc/kubernetes/admin.conf',
    mend: 'rm -r /etc/kubernetes',
    said: [
      /^K1 hole-ann on client01, hole-ben on client01: .*a client key in \/etc\/kubernetes\/admin\.conf/,
    ],
  },
  {
    sentence: 'an open home',
    make: 'chmod 755 /home/hole-ann',
    mend: 'chmod 700 /home/hole-ann',
    said: [
      /^K1 hole-ben on client01: gets into the home of somebody else: \/home\/hole-ann/,
      /^K7 hole-ann on client01: has a home that is not his alone: home mode 0755 → run setup/,
    ],
  },
  {
    sentence: 'a user in docker',
    make: 'getent group docker >/dev/null || groupadd -r docker; gpasswd -a hole-ben docker',
    mend: 'gpasswd -d hole-ben docker',
    said: [/^K2 hole-ben on client01: is in a group that gives him the machine.*: docker → run setup/],
  },
  {
    sentence: "a range of subordinate ids that holds a colleague's uid, where something grants it",
    make:
      'cp /etc/subuid /run/subuid && echo hole-ben:$(id -u hole-ann):1 >> /etc/subuid && install -m ' +
      '755 /bin/true /usr/bin/newuidmap',
    mend: 'cp /run/subuid /etc/subuid && rm /usr/bin/newuidmap',
    said: [
      /^K12 hole-ben on client01: may act as others.*: hole-ann \(\d+\) → there: usermod --del-subuids /,
    ],
  },
  {
    sentence: "a token in a process's arguments",
    make:
      `setsid sh -c 'sleep 600; :' job --token="$(sed -n 's/.*token: "\\(.*\\)"/\\1/p' ${ANN})" ` +
      '>/dev/null 2>&1 </dev/null & echo $! > /run/hole.pid',
    mend: 'kill -- -"$(cat /run/hole.pid)"; rm /run/hole.pid',
    said: [/^K5 client01: a process has a secret .*: sh \(process \d+ of root\) → end it/],
  },
  {
    sentence: 'a kubeconfig that is a symbolic link',
    make: `mv ${ANN} /home/hole-ann/elsewhere && ln -s ../elsewhere ${ANN}`,
    mend: `mv /home/hole-ann/elsewhere ${ANN}`,
    said: [/^A1 hole-ann on client01: .*\.kube\/config is a symbolic link → /],
  },
  {
    sentence: 'a line in sudoers',
    make: "echo '%hole2 ALL=(root) NOPASSWD: /usr/bin/less' > /etc/sudoers.d/hole",
    mend: 'rm /etc/sudoers.d/hole',
    said: [
      /^K3 hole-ben on client01: may run commands as others with sudo: \(root\) NOPASSWD: \/usr\/bin\/less → /,
    ],
  },
  {
    sentence: 'a directory of programs that all may write to',
    make: 'chmod 777 /usr/local/bin',
    mend: 'chmod 755 /usr/local/bin',
    said: [
      /^K3 hole-ann on client01, hole-ben on client01: may write what others run.*: \/usr\/local\/bin → /,
    ],
  },
  {
    sentence: "a chart of Arena's that all may write to",
    make: 'chmod o+w /charts/tfjob/values.yaml',
    mend: 'chmod o-w /charts/tfjob/values.yaml',
    said: [/^K9 client01: has a part of Arena that others can change: .*tfjob\/values\.yaml → run setup/],
  },
  {
    sentence: 'a token that is not of this cluster',
    make: `cp -p ${ANN} /run/hole && sed -i 's/\\(token: ".*\\)......"/\\1AAAAAA"/' ${ANN} && chown hole-ann: ${ANN}`,
    mend: `cp -p /run/hole ${ANN} && rm /run/hole`,
    said: [
      /^A3 hole-ann on client01: has a token that the API server does not take.* → run setup/,
      /^A4 hole-ann: his token does not open his namespace \(401\)/,
      /^B4 hole-ann in hole1: has a token that the API server does not take/,
      /^C6 hole-ann on client01: has a token that the API server does not take/,
    ],
  },
  {
    sentence: 'an account that anybody can enter, on a machine that lets him',
    make: "cp /etc/shadow /run/shadow; usermod -p '' hole-ben; echo 'PermitEmptyPasswords yes' >> /etc/ssh/sshd_config",
    mend: "cp /run/shadow /etc/shadow; rm /run/shadow; sed -i '/^PermitEmptyPasswords/d' /etc/ssh/sshd_config",
    said: [
      /^K11 hole-ben on client01: has an empty password/,
      /^K11 client01: sshd lets in who has an empty password/,
    ],
  },
]

for (const { sentence, make, mend, said } of HOLES)
  it(`names ${sentence}, and nothing else`, async () => {
    await runOn('client01', make, state)
    try {
      const { code, stdout, failures, unknown } = await verify(inventory, ...ONLY)
      const words = failures.map(wordsOf).toSorted()
      for (const [index, pattern] of said.toSorted((a, b) => String(a).localeCompare(String(b))).entries())
        assert.match(words[index] ?? '', pattern, words.join('\n'))
      assert.is(words.length, said.length, words.join('\n'))
      assert.equal(unknown.map(wordsOf), [])
      assert.is(code, 1)
      assert.not.match(stdout, 'eyJ')
    } finally {
      await runOn('client01', mend, state)
    }
    assertClean(await verify(inventory, ...ONLY))
  })

it('names what the API server decides otherwise for a user than the inventory says', async () => {
  const hole = 'role,rolebinding hole-peep -n hole2'
  await runOn(
    'cluster',
    `kubectl create role hole-peep -n hole2 --verb=list --resource=pods
     kubectl create rolebinding hole-peep -n hole2 --role=hole-peep --serviceaccount=hole1:hole-ann`,
    state,
  )
  try {
    const { failures } = await verify(inventory, '--only', 'C6')
    assert.match(
      failures.map(wordsOf).join('\n'),
      /^C6 hole-ann on client01: may as himself what he should not: RoleBinding hole2\/hole-peep of Role hole-peep: list pods in hole2 → kubectl delete rolebinding hole-peep -n hole2$/,
    )
  } finally {
    await runOn('cluster', `kubectl delete ${hole}`, state)
  }
})

it('names a volume that Arena shows otherwise than it is described', async () => {
  await runOn('cluster', 'kubectl annotate pvc hole1-public -n hole1 description=others --overwrite', state)
  const { failures } = await verify(inventory, '--only', 'B4')
  const words = failures.map(wordsOf).join('\n')
  assert.match(
    words,
    /is not shown a volume of the group as it is: hole1-public \(of the group, admin\) → run setup/,
  )
  assert.match(words, /is shown what the inventory does not say: hole1-public \(others, admin\)/)
  assert.is((await runPlaybook('setup', inventory)).code, 0)
  assertClean(await verify(inventory, '--only', 'B4'))
})

it('cannot tell on a machine from which the API server is not reached, and says so', async () => {
  await runOn(
    'client01',
    `cp -p ${ANN} /run/hole && sed -i 's,server: .*,server: "https://127.0.0.1:1",' ${ANN} && chown hole-ann: ${ANN}`,
    state,
  )
  try {
    const { failures, unknown } = await verify(inventory, '--only', 'A')
    assert.match(
      unknown.map(wordsOf).join('\n'),
      /^A3 hole-ann on client01: does not reach the API server from there: .*refused/,
    )
    assert.match(
      failures.map(wordsOf).join('\n'),
      /A1 hole-ann on client01: .*cluster\.server https:\/\/127\.0\.0\.1:1 rather than/,
    )
  } finally {
    await runOn('client01', `cp -p /run/hole ${ANN} && rm /run/hole`, state)
  }
})

it.run()
