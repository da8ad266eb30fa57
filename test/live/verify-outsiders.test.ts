import * as assert from 'uvu/assert'
import { wordsOfRepair } from '../../lib/audit/repair.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { mendAll } from '../support/repairs.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify } from '../support/verify.ts'

/** Somebody who is not in the inventory and gets in all the same. */
interface Outsider {
  sentence: string
  on: 'client01' | 'cluster'
  make: string
  /** Who is told, by which checks. */
  told: readonly string[]
}

const PROFILES = [
  ['document', 'vfyd', 24_710, 14_710],
  ['strict', 'vfys', 24_730, 14_730],
] as const

for (const [isolation, name, uid, gid] of PROFILES) {
  const it = suite(`verify outsiders, ${isolation}`, { seconds: 180 })
  const [one, two] = [`${name}1`, `${name}2`]
  const [ann, ben, fay] = [`${name}-ann`, `${name}-ben`, `${name}-fay`]

  let state: SandboxState
  let table: InventoryInput
  let files: Awaited<ReturnType<typeof inventoryFile>>
  let inventory: string

  const OUTSIDERS: readonly Outsider[] = [
    {
      sentence: 'a service account of another namespace with the role of a member',
      on: 'cluster',
      make: `kubectl create rolebinding intr -n ${one} --role=member --serviceaccount=default:${name}-intruder`,
      told: [`C8 service account default/${name}-intruder`],
    },
    {
      sentence: 'somebody bound to admin in a group, and somebody to cluster-admin',
      on: 'cluster',
      make: `kubectl create rolebinding intr2 -n ${one} --clusterrole=admin --user=${name}-mallory
kubectl create clusterrolebinding ${name}-intr3 --clusterrole=cluster-admin --user=${name}-trent`,
      told: [`C8 user ${name}-mallory`, `C8 user ${name}-trent`],
    },
    {
      sentence: 'a local account in a group of the inventory, and in sudo',
      on: 'client01',
      make: `useradd -m -u ${uid + 9} -G ${two},sudo ${name}-stranger`,
      told: [`K10 ${name}-stranger on client01`],
    },
    {
      sentence: "a user's kubeconfig in the home of that account, for all to read",
      on: 'client01',
      make: `chmod 0755 /home/${name}-stranger
install -o ${name}-stranger -m 0644 /home/${ann}/.kube/config /home/${name}-stranger/ann.config`,
      told: [`K1 ${name}-stranger on client01`, `K1 ${ben} on client01`],
    },
    {
      sentence: 'the same under a name that tells nothing',
      on: 'client01',
      make: `useradd -m -u ${uid + 8} ${name}-other
install -o ${name}-other -m 0600 /home/${ann}/.kube/config /home/${name}-other/notes`,
      told: [`K1 ${name}-other on client01`],
    },
  ]

  const ONLY = ['--only', 'C8,K1,K10,L1']

  it.before(async () => {
    state = await sandbox()
    const plain = tenants(name, gid, state)
    const users = [ann, ben, fay].map((user, index) => ({
      name: user,
      uid: uid + index,
      groups: [index === 1 ? two : one],
    }))
    table = { ...plain, isolation, users, volumes: [] }
    files = await inventoryFile()
    inventory = await files.write(table)
    const { code, summary } = await runPlaybook('setup', inventory)
    assert.is(code, 0, summary)
  })

  it('gives no false alarm on a clean cluster with the control plane and the operators of the sandbox', async () => {
    const verified = await verify(inventory, ...ONLY)
    assertClean(verified)
    const notices = verified.report.goals.flatMap(({ found }) =>
      found.filter(({ verdict }) => verdict === 'notice'),
    )
    assert.equal(
      notices.flatMap(({ subjects }) => subjects).filter((subject) => /kube|operator/.test(subject)),
      [],
    )
  })

  it('fails for a user whose line was deleted, and passes once they are listed as retired', async () => {
    inventory = await files.write({ ...table, users: table.users.slice(0, 2) })
    const left = await verify(inventory, ...ONLY)
    assert.is(left.code, 1)
    const [said] = left.failures.filter(({ check }) => check.id === 'L1')
    assert.equal(said?.subjects, [fay])
    const things = said!.things.join('\n')
    for (const thing of [
      'account on client01',
      'account on client02',
      'ServiceAccount ',
      'RoleBinding ',
      'Secret ',
    ])
      assert.match(things, thing)
    const [, entry] = /retired: \[(\{.*\})\]/.exec(wordsOfRepair(said!.repair)) ?? []
    const retired = JSON.parse(entry!.replaceAll(/(\w+): /g, '"$1": '))
    inventory = await files.write({ ...table, users: table.users.slice(0, 2), retired: [retired] })
    const { code, summary } = await runPlaybook('setup', inventory)
    assert.is(code, 0, summary)
    assertClean(await verify(inventory, ...ONLY))
  })

  it('names each of those who are not in the inventory, and passes once each repair was run', async () => {
    const bindings = async (): Promise<string[]> =>
      (await runPlaybook('setup', inventory, '--check')).recap!.warnings.filter((warning) =>
        warning.includes('Binding '),
      )
    assert.equal(await bindings(), [])
    for (const { on, make } of OUTSIDERS) await runOn(on, make, state)
    assert.is((await bindings()).filter((warning) => warning.includes(`${one}/intr`)).length, 2)
    const { code, failures, report } = await verify(inventory, ...ONLY)
    assert.is(code, 1)
    const told = failures.flatMap(({ check, subjects }) =>
      subjects.map((subject) => `${check.id} ${subject}`),
    )
    assert.equal([...new Set(told)].toSorted(), OUTSIDERS.flatMap((outsider) => outsider.told).toSorted())
    assert.equal(
      report.goals.filter(({ counts }) => counts.fail > 0).map(({ goal }) => goal),
      [2, 3],
    )
    await mendAll(failures, { inventory, state })
    assertClean(await verify(inventory, ...ONLY))
    assert.equal(await bindings(), [])
  })

  it('takes whom the inventory trusts for known, with a line for each', async () => {
    for (const { on, make } of OUTSIDERS.slice(0, 2)) await runOn(on, make, state)
    await runOn(
      'cluster',
      `kubectl create clusterrolebinding ${name}-addon --clusterrole=view --serviceaccount=${name}-mon:prom`,
      state,
    )
    try {
      const unknown = await verify(inventory, '--only', 'C8')
      assert.is(unknown.code, 1)
      const notices = unknown.report.goals[0]!.found.filter(({ verdict }) => verdict === 'notice')
      assert.ok(notices.some(({ subjects }) => subjects.includes(`namespace ${name}-mon`)))
      const reason = 'known'
      const trusted: InventoryInput['trusted'] = [
        { kind: 'ServiceAccount', namespace: 'default', name: `${name}-intruder`, reason },
        { kind: 'User', name: `${name}-mallory`, reason },
        { kind: 'User', name: `${name}-trent`, reason },
        { kind: 'ServiceAccount', namespace: `${name}-mon`, reason },
      ]
      const known = await verify(
        await files.write({ ...table, users: table.users.slice(0, 2), trusted }),
        '--only',
        'C8',
      )
      assertClean(known)
      const left = known.report.goals[0]!.found.filter(
        ({ subjects: [subject] }) => subject!.includes(name) && subject !== name,
      )
      assert.equal(left, [])
    } finally {
      await runOn(
        'cluster',
        `kubectl delete rolebinding intr intr2 -n ${one}; kubectl delete clusterrolebinding ` +
          `${name}-intr3 ${name}-addon`,
        state,
      )
    }
  })

  it.after(async () => {
    if (state === undefined) return
    await runOn('client01', `userdel -r ${name}-stranger 2>/dev/null || :`, state)
  })

  it.run()
}
