import { spawn } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as assert from 'uvu/assert'
import { isGone } from '../../lib/engine/lock-holder.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { CHECKOUT, type SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('killed', { seconds: 600 })

/** How often each playbook is killed. */
const POINTS = Number(process.env['KILLED_POINTS'] ?? 3)
const SEED = Number(process.env['KILLED_SEED'] ?? Date.now() % 1_000_000)

/** Random numbers from 0 to 1 that a seed repeats: mulberry32. */
const randomFrom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const random = randomFrom(SEED)
const people = Array.from({ length: POINTS + 1 }, (_, index) => `kill-u${index}`)
const groups = Array.from({ length: POINTS + 1 }, (_, index) => `kill-g${index}`)

let state: SandboxState
let file: string
let write: (inventory: InventoryInput) => Promise<string>
let passwordFile: string

/** One machine, one group and one user, under names of its own. */
const smallWorld = (name: string, firstId: number): InventoryInput => {
  const { hosts, groups, users, volumes, ...rest } = tenants(name, firstId, state)
  return {
    ...rest,
    hosts: hosts.slice(0, 1),
    groups: groups.slice(0, 1),
    users: users.slice(0, 1),
    volumes: volumes?.slice(0, 1) ?? [],
  }
}

const inFile = async (): Promise<InventoryInput> => JSON.parse(await readFile(file, 'utf8'))

/** Runs a playbook as its own process and kills it after that time, unless it has ended by then. */
const killed = async (playbook: string, ms: number, ...flags: string[]): Promise<boolean> => {
  const child = spawn(process.execPath, [`playbooks/${playbook}.ts`, file, ...flags], {
    cwd: CHECKOUT,
    stdio: 'ignore',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)))
  clearTimeout(timer)
  return signal === 'SIGKILL'
}

const timed = async (playbook: string, ...flags: string[]): Promise<number> => {
  const began = performance.now()
  const { code, stdout, stderr } = await runText(playbook, file, '--output', 'lines', ...flags)
  assert.is(code, 0, stderr + stdout)
  return performance.now() - began
}

/**
 * Kills a playbook at random points of its usual time, each followed by the same command and by what must be so then.
 */
const killAtPoints = async (
  playbook: string,
  usual: number,
  flagsOf: (index: number) => string[],
  { before, after }: { before?(index: number): Promise<void>; after(index: number): Promise<void> },
): Promise<void> => {
  const began = performance.now()
  let times = 0
  for (let index = 1; index <= POINTS; index++) {
    await before?.(index)
    const ms = Math.round(((index - 1 + random()) / POINTS) * 1.1 * usual)
    try {
      if (await killed(playbook, ms, ...flagsOf(index))) times++
      const { code, stdout, stderr } = await runText(playbook, file, '--output', 'lines', ...flagsOf(index))
      assert.is(code, 0, stderr + stdout)
      await assertWhole()
      await after(index)
    } catch (error) {
      const failure = error as Error
      failure.message = `${playbook} killed after ${ms} ms (KILLED_SEED=${SEED}, point ${index}): ${failure.message}`
      throw failure
    }
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  console.log(
    `  ${playbook}: killed ${times} of ${POINTS} times within ${Math.round(usual)} ms, ${seconds} s, ` +
      `KILLED_SEED=${SEED}`,
  )
  assert.ok(times > 0, `${playbook} had ended each time before it was killed`)
}

const DEBRIS = `
find /etc -maxdepth 1 -type f '(' -name '*.lock' ! -name .pwd.lock -o -name '*.[0-9]*' ')' -print
find /opt/arena -maxdepth 2 '(' -name .incoming -o -name '.new.*' -o -name '*.tmp' ')' -print
find /usr/local/bin /charts -maxdepth 1 -name '*.new' -print
find /home /tmp /var/tmp /dev/shm -maxdepth 1 -name '.arena-*' -print
find /home/kill-*/.kube -name '.config.*' -print 2>/dev/null
find /var/backups -name '*.new' -print -o -name '*.list' -print`

const HOLDER = `kubectl get lease arena-playbooks -n kube-system -o jsonpath='{.spec.holderIdentity}'`

/** Nothing lies about that only a run needs, and setup agrees with the rest. */
const assertWhole = async (): Promise<void> => {
  const [{ code, changes, summary }, debris, holder] = await Promise.all([
    runPlaybook('setup', file, '--check'),
    runOn('client01', DEBRIS, state),
    runOn('cluster', HOLDER, state),
  ])
  assert.equal(
    changes.map(({ id }) => id),
    [],
  )
  assert.is(code, 0, summary)
  const beside = (await readdir(dirname(file))).filter(
    (name) => !['inventory.json', 'password'].includes(name),
  )
  assert.equal(beside, [], 'files beside the inventory')
  assert.is(debris, '')
  assert.ok(holder === '' || isGone(holder), `${holder} holds the lock`)
}

/** The user has one token, and it is the one in their kubeconfig. */
const assertWorks = async (user: string, group: string): Promise<void> => {
  const { length } = (await tokensOf(user, group)).split('\n').filter(Boolean)
  assert.is(length, 1)
  const asked =
    `runuser -u ${user} -- env HOME=/home/${user} /opt/arena/current/bin/kubectl get pods -n ${group} ` +
    '-o name'
  assert.is(await runOn('client01', asked, state), '')
}

const tokensOf = (user: string, group: string): Promise<string> =>
  runOn(
    'cluster',
    `kubectl get secrets -n ${group} -l arena-playbooks/user=${user} -o jsonpath='{range ` +
      `.items[*]}{.metadata.name}{"\\n"}{end}'`,
    state,
  )

it.before(async () => {
  state = await sandbox()
  ;({ file, write } = await inventoryFile())
  passwordFile = `${dirname(file)}/password`
})

it('setup', async () => {
  const arrange = async (index: number): Promise<void> => {
    await write(smallWorld(`kill-s${index}-w`, 44_100 + 20 * index))
    await runOn('client01', 'rm -rf /opt/arena', state)
  }
  await arrange(0)
  const usual = await timed('setup')
  await killAtPoints('setup', usual, () => [], {
    before: arrange,
    async after(index) {
      await assertWorks(`kill-s${index}-w-ann`, `kill-s${index}-w1`)
    },
  })
})

it('add-user', async () => {
  await write(smallWorld('kill', 44_000))
  await timed('setup')
  const flagsOf = (index: number): string[] => [
    '--name',
    people[index]!,
    '--group',
    'kill1',
    '--password-file',
    passwordFile,
  ]
  const usual = await timed('add-user', ...flagsOf(0))
  await rm(passwordFile)
  await killAtPoints('add-user', usual, flagsOf, {
    async after(index) {
      const user = people[index]!
      assert.is((await inFile()).users.filter(({ name }) => name === user).length, 1)
      await assertWorks(user, 'kill1')
      assert.is(await runOn('client01', `getent shadow ${user} | cut -d: -f3,8`, state), '0:\n')
      await rm(passwordFile, { force: true })
    },
  })
})

it('sets a new password together with the duty to change it, so that no run can end between the two', async () => {
  const told = await runPlaybook('add-user', file, '--name', 'kill-new', '--group', 'kill1', '--check')
  const setting = told.changes.filter(({ change: { diffs } }) =>
    diffs.some(({ field }) => field === 'password'),
  )
  assert.equal(
    setting.map(({ id }) => id),
    ['given-password/kill-new'],
  )
})

it('set-quota', async () => {
  const flagsOf = (index: number): string[] => ['--group', 'kill1', '--gpu', `${2 + index}`]
  const usual = await timed('set-quota', ...flagsOf(0))
  await killAtPoints('set-quota', usual, flagsOf, {
    async after(index) {
      assert.equal((await inFile()).groups[0]!.quota, { gpu: 2 + index })
      const hard =
        'kubectl get quota kill1-compute-resources -n kill1 -o ' +
        "jsonpath='{.spec.hard.requests\\.nvidia\\.com/gpu}'"
      assert.is(await runOn('cluster', hard, state), `${2 + index}`)
    },
  })
})

it('set-password', async () => {
  const flagsOf = (index: number): string[] => ['--name', people[index]!, '--password-file', passwordFile]
  const usual = await timed('set-password', ...flagsOf(0))
  await killAtPoints('set-password', usual, flagsOf, {
    async before(index) {
      await rm(passwordFile, { force: true })
      await runOn('client01', `echo '${people[index]}:forgotten' | chpasswd`, state)
    },
    async after(index) {
      const password = (await readFile(passwordFile, 'utf8')).trim()
      const shadow = await runOn('client01', `getent shadow ${people[index]} | cut -d: -f2,3`, state)
      const [hash, changed] = shadow.trim().split(':')
      assert.is(changed, '0')
      assert.is(await runOn('client01', `perl -e 'print crypt("${password}", q(${hash}))'`, state), hash)
    },
  })
})

it('rotate-credentials', async () => {
  const flagsOf = (index: number): string[] => ['--user', people[index]!, '--now']
  const usual = await timed('rotate-credentials', ...flagsOf(0))
  await killAtPoints('rotate-credentials', usual, flagsOf, {
    async after(index) {
      await assertWorks(people[index]!, 'kill1')
      // One that was killed when all was done is a rotation too: the same command then makes a third.
      assert.match(await tokensOf(people[index]!, 'kill1'), new RegExp(`^${people[index]}-token-[23]\n$`))
    },
  })
})

it('remove-user', async () => {
  const flagsOf = (index: number): string[] => ['--name', people[index]!, '--jobs', 'stop']
  const usual = await timed('remove-user', ...flagsOf(0))
  await killAtPoints('remove-user', usual, flagsOf, {
    async before(index) {
      const user = people[index]!
      await runOn(
        'client01',
        `runuser -u ${user} -- sh -c 'echo thesis > /home/${user}/thesis; touch /tmp/${user}'`,
        state,
      )
    },
    async after(index) {
      const user = people[index]!
      const { users, retired = [] } = await inFile()
      assert.equal(
        [users, retired].map((list) => list.filter(({ name }) => name === user).length),
        [0, 1],
      )
      assert.is(await tokensOf(user, 'kill1'), '')
      const left = `getent passwd ${user} || ls -d /home/${user} /tmp/${user} 2>/dev/null || true`
      assert.is(await runOn('client01', left, state), '')
      const archives =
        `cd /var/backups/arena-playbooks && sha256sum -c ${user}-*.sha256 && for archive in ` +
        `${user}-*.tar.gz*; do case $archive in *.sha256) ;; *) tar -tzf $archive ;; esac; done`
      assert.match(await runOn('client01', archives, state), new RegExp(`home/${user}/thesis\n`))
    },
  })
})

it('add-group', async () => {
  const flagsOf = (index: number): string[] => [
    '--name',
    groups[index]!,
    '--gpu',
    '1',
    '--volume',
    `${groups[index]}=/kill/g${index}`,
  ]
  const usual = await timed('add-group', ...flagsOf(0))
  await killAtPoints('add-group', usual, flagsOf, {
    async after(index) {
      const { groups: all, volumes = [] } = await inFile()
      assert.equal(
        [all, volumes].map((list) => list.filter(({ name }) => name === groups[index]).length),
        [1, 1],
      )
    },
  })
})

it('remove-group', async () => {
  const flagsOf = (index: number): string[] => ['--name', groups[index]!]
  const usual = await timed('remove-group', ...flagsOf(0))
  await killAtPoints('remove-group', usual, flagsOf, {
    async after(index) {
      const name = groups[index]!
      const { groups: all, volumes = [] } = await inFile()
      assert.not([...all, ...volumes].some((one) => one.name === name))
      const left = `kubectl get resourcequotas,roles,rolebindings -n ${name} -o name`
      assert.is(await runOn('cluster', left, state), '')
      assert.is(await runOn('client01', `getent group ${name} || true`, state), '')
    },
  })
})

it.run()
