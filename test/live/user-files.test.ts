import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { MOST } from '../../lib/linux/plain-yaml.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify, wordsOf } from '../support/verify.ts'

const it = suite('user-files', { seconds: 240 })

let state: SandboxState
let inventory: string

/** One user of each of four groups, and a fifth who does nothing: eve. */
const NAMES = ['ann', 'ben', 'cat', 'dan', 'eve'] as const
type Name = (typeof NAMES)[number]

const table = (): InventoryInput => ({
  ...tenants('ufl', 24_300, state),
  groups: NAMES.map((name, index) => ({ name: `ufl-${name}s`, gid: 14_300 + index, quota: { gpu: 1 } })),
  users: NAMES.map((name, index) => ({
    name: `ufl-${name}`,
    uid: 24_310 + index,
    groups: [`ufl-${name}s`],
    password: { file: state.passwords['bob']! },
  })),
  volumes: [],
})

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(table())
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
})

it.after(async () => {
  await Promise.all(
    ['client01', 'client02'].map((client) =>
      runOn(
        client,
        `set +e
         for user in ${NAMES.map((name) => `ufl-${name}`).join(' ')}; do pkill -KILL -u "$user"; done
         find /tmp -mindepth 1 -uid +24309 -uid -24320 -delete
         for user in ${NAMES.map((name) => `ufl-${name}`).join(' ')}; do userdel -r "$user" 2>/dev/null; done
         for group in arena-ufl ${NAMES.map((name) => `ufl-${name}s`).join(' ')}
         do groupdel "$group"; done 2>/dev/null || true`,
        state,
      ),
    ),
  )
  await runOn(
    'cluster',
    `kubectl delete namespace ${NAMES.map((name) => `ufl-${name}s`).join(' ')} --wait=false`,
    state,
  )
})

const CONFIG = '.kube/config'
const as = (name: Name, script: string): string =>
  `setpriv --reuid=ufl-${name} --regid=$(id -g ufl-${name}) --init-groups sh -c 'cd ~ufl-${name} && ${script}'`

/** Keeps each kubeconfig as it is aside, and puts it back. */
const KEEP = NAMES.map((name) => `cp -p ~ufl-${name}/${CONFIG} /run/ufl-${name}`).join('\n')
const PUT_BACK = NAMES.map(
  (name) => `rm -f ~ufl-${name}/${CONFIG}; cp -p /run/ufl-${name} ~ufl-${name}/${CONFIG}`,
).join('\n')

it('a word in a token changes nothing that is found about others', async () => {
  assertClean(await verify(inventory, '--only', 'A2,A4,J4', '--limit', 'client01,cluster'))
  await runOn('client01', `${KEEP}\nsed -i 's/token: ".*"/token: "resource"/' ~ufl-dan/${CONFIG}`, state)
  try {
    const { stdout, failures, unknown } = await verify(
      inventory,
      '--only',
      'A2,A4,J4',
      '--limit',
      'client01,cluster',
    )
    for (const said of [...failures, ...unknown])
      assert.ok(
        said.subjects.every((subject) => subject.startsWith('ufl-dan')),
        wordsOf(said),
      )
    assert.ok(failures.some(({ check }) => check.id === 'A2'))
    assert.not.match(stdout, 'eyJ')
  } finally {
    await runOn('client01', PUT_BACK, state)
  }
})

/** Files that kubectl would read, and we do not, with the reason that is told. */
const BEYOND: Partial<Record<Name, [script: string, reason: RegExp]>> = {
  ann: [`{ cat ${CONFIG}; printf "#%s\\n" $(seq ${MOST.lines}); } > f`, /more than \d+ lines/],
  ben: [
    `{ cat ${CONFIG}; printf "x: "; printf "[%.0s" $(seq 21); printf "]%.0s" $(seq 21); } > f`,
    /brackets in each other/,
  ],
  cat: [
    `{ cat ${CONFIG}; printf "x: [a"; printf ",a%.0s" $(seq ${MOST.words / 2}); echo "]"; } > f`,
    /words and signs/,
  ],
  dan: [`{ cat ${CONFIG}; printf "x: &a 1\\ny: *a\\n"; } > f`, /an anchor/],
}

it('a file beyond the limits is the trouble of its user alone, in setup, verify and report', async () => {
  await runOn('client01', KEEP, state)
  const makes = Object.entries(BEYOND).map(([name, [script]]) =>
    as(name as Name, `${script}; mv f ${CONFIG}`),
  )
  await runOn('client01', [...makes, `chmod 0644 ~ufl-eve/${CONFIG}`].join('\n'), state)
  try {
    const only = ['--limit', 'client01,cluster']
    const { code, actions, changes } = await runPlaybook('setup', inventory, ...only)
    assert.is(code, 1)
    assert.equal(
      changes.map(({ id }) => id),
      ['kubeconfig/ufl-eve'],
    )
    const refused = actions.filter(({ change }) => change.op === 'refuse')
    assert.is(refused.length, 4)
    for (const [name, [, reason]] of Object.entries(BEYOND))
      assert.match(refused.find(({ id }) => id === `kubeconfig/ufl-${name}`)!.change.reason!, reason)
    const { failures } = await verify(inventory, '--only', 'A1,A5', ...only)
    assert.equal(
      failures.map(({ check, subjects }) => [check.id, subjects]),
      ['ann', 'ben', 'cat', 'dan'].map((name) => ['A1', [`ufl-${name} on client01`]]),
    )
    const report = await runText('report', inventory)
    assert.match(report.stdout, 'ufl-eve')
    assert.is(report.code, 1)
  } finally {
    await runOn('client01', PUT_BACK, state)
  }
})

/** What each does all the time to whoever reads their files, in the home. */
const HOSTILE: Partial<Record<Name, string>> = {
  ann: `cp -p ${CONFIG} c; rm -f ${CONFIG}; mkfifo ${CONFIG}; mv -f c ${CONFIG}`,
  ben: `truncate -s 200 ${CONFIG}; truncate -s 3G ${CONFIG}`,
  cat:
    'printf current-context >f; mv -f f /tmp/ufl-cat; mkfifo p; mv -f p /tmp/ufl-cat; ln -s /dev/zero ' +
    'l; mv -f l /tmp/ufl-cat',
  dan: `{ echo current-context; head -c 999999 /dev/zero; } >/tmp/ufl-dan; head -c 4000000 /dev/zero >>/tmp/ufl-dan`,
}

/** Runs what is hostile again and again as its user on client01, while something else happens. */
const meanwhile = async (action: () => Promise<void>): Promise<void> => {
  const loops = Object.entries(HOSTILE).map(
    ([name, script]) =>
      `setsid ${as(name as Name, `while :; do ${script}; sleep 0.05; done`)} >/dev/null 2>&1 ` +
      '</dev/null &\necho $! >>/run/ufl-loops',
  )
  await runOn('client01', `rm -f /run/ufl-loops\n${loops.join('\n')}`, state)
  try {
    await action()
  } finally {
    await runOn(
      'client01',
      `while read -r pid; do /bin/kill -9 -- -"$pid"; done </run/ufl-loops
       rm -f ${NAMES.map((name) => `/tmp/ufl-${name} ~ufl-${name}/[cfpl]`).join(' ')}
       ${PUT_BACK}`,
      state,
    )
  }
}

it('whoever exchanges and grows files holds up nobody, and leaves no process of root behind', async () => {
  await runOn('client01', KEEP, state)
  const only = ['--limit', 'client01,cluster']
  const HOSTS = Object.keys(HOSTILE).map((name) => `ufl-${name} on client01`)
  await meanwhile(async () => {
    for (let round = 0; round < 2; round++) {
      await runOn('client01', `chmod 0644 ~ufl-eve/${CONFIG}`, state)
      const { code, actions, changes, summary } = await runPlaybook('setup', inventory, ...only)
      assert.ok(code === 0 || code === 1, summary)
      const hindered = actions.filter(({ hindrance }) => hindrance !== undefined).map(({ id }) => id)
      assert.ok(
        hindered.every((id) => /^kubeconfig\/ufl-(ann|ben)$/.test(id)),
        hindered.join(),
      )
      assert.ok(changes.some(({ id }) => id === 'kubeconfig/ufl-eve'))
      assert.is(await runOn('client01', `stat -c %a ~ufl-eve/${CONFIG}`, state), '600\n')
    }
    const { failures, unknown } = await verify(inventory, '--only', 'A1,K1', ...only)
    for (const said of [...failures, ...unknown])
      assert.ok(
        said.subjects.every((subject) => HOSTS.includes(subject)),
        wordsOf(said),
      )
    const report = await runText('report', inventory)
    assert.ok([0, 1, 2].includes(report.code), report.stderr)
    assert.match(report.stdout, 'ufl-eve')
  })
  const left = `ps -eo uid=,comm= | awk '$1 == 0 && $2 ~ /^(grep|tar|xargs|head|find|cat|timeout|setpriv)$/'`
  assert.is(await runOn('client01', `while [ -n "$(${left})" ]; do sleep 0.2; done; ${left}`, state), '')
  assert.is(await runOn('client01', 'find /tmp -mindepth 1 -uid 0', state), '')
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
})

it('a line break in the name of a file makes nothing up', async () => {
  const sub = 'system:serviceaccount:ufl-eves:ufl-eve'
  const payload = Buffer.from(JSON.stringify({ sub })).toString('base64url')
  await runOn(
    'client01',
    `mkdir -m 755 /tmp/ufl-ann
     echo current-context >"$(printf '/tmp/ufl-ann/x\\ntoken ${payload}\\nother')"
     chown -R ufl-ann: /tmp/ufl-ann`,
    state,
  )
  const only = ['--only', 'K1,K3', '--limit', 'client01,cluster']
  const { code, failures, unknown, gaps } = await verify(inventory, ...only)
  await runOn('client01', 'rm -r /tmp/ufl-ann', state)
  assert.equal([...failures, ...unknown].map(wordsOf), [])
  assert.is(code, 0)
  assert.ok(gaps.some(({ check, subjects }) => check.id === 'K1' && subjects.includes('client01')))
})

it('what Arena leaves of a submission that failed goes with the proof', async () => {
  const quota = 'quota ufl-none -n ufl-anns'
  await runOn('cluster', `kubectl create ${quota} --hard=count/tfjobs.kubeflow.org=0`, state)
  try {
    const submit = 'HOME=$PWD arena submit tf --name=mine --image=x true'
    assert.is.not(await runOn('client01', `${as('ann', submit)} >&2 || ls -A /tmp`, state), '')
    await runOn('client01', 'find /tmp -mindepth 1 -uid 24310 -delete', state)
    const page = `${inventory}.html`
    const { code, stdout, stderr } = await runText(
      'verify',
      inventory,
      '--jobs',
      '--only',
      'B4',
      '--report',
      page,
    )
    assert.is(code, 1)
    assert.match(stdout, 'exceeded quota: ufl-none')
    assert.is(stderr, '')
    assert.is(await runOn('client01', 'ls -A /tmp', state), '')
  } finally {
    await runOn('cluster', `kubectl delete ${quota}`, state)
  }
})

it('nothing with a token stays beside a kubeconfig that cannot be replaced', async () => {
  await runOn('client01', `chmod 0644 ~ufl-ann/${CONFIG}; chattr +i ~ufl-ann/${CONFIG}`, state)
  try {
    const { code } = await runPlaybook('setup', inventory, '--user', 'ufl-ann', '--limit', 'client01,cluster')
    assert.is(code, 1)
    assert.is(
      await runOn('client01', "find ~ufl-ann/.kube -maxdepth 1 -type f -printf '%f\\n'", state),
      'config\n',
    )
  } finally {
    await runOn('client01', `chattr -i ~ufl-ann/${CONFIG}`, state)
  }
})

it.run()
