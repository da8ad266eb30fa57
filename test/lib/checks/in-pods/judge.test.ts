import * as assert from 'uvu/assert'
import type { Scene } from '../../../../lib/audit/facts.ts'
import type { CheckedFinding } from '../../../../lib/audit/report.ts'
import { callsOf, type PodCall } from '../../../../lib/checks/in-pods/calls.ts'
import { ASKED, fileOf, lacksClaim, type PodTester, testerOf } from '../../../../lib/checks/in-pods/jobs.ts'
import { judge } from '../../../../lib/checks/in-pods/judge.ts'
import { markingOf } from '../../../../lib/checks/in-pods/marks.ts'
import { readLog } from '../../../../lib/checks/in-pods/said.ts'
import type { Served } from '../../../../lib/checks/in-pods/service.ts'
import { sideBySide } from '../../../../lib/checks/in-pods/side-by-side.ts'
import type { PodsTold } from '../../../../lib/checks/in-pods/told.ts'
import type { Inventory, Volume } from '../../../../lib/inventory/schema.ts'
import { INVENTORY, sceneOf } from '../../../support/scene.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('what pods told')

const RUN = 'f00d'
const SERVER = 'nas.example.com'

const volume = (group: string, name: string, path: string, access: Volume['access'] = 'ReadWriteMany') =>
  ({
    name,
    group,
    path,
    access,
    server: SERVER,
    size: '1Gi',
    driver: 'alibaba',
    volumeHandle: name,
  }) as Volume

const VOLUMES = [
  volume('dev1', 'one', '/one'),
  volume('dev2', 'two', '/two'),
  volume('dev1', 'all-1', '/all'),
  volume('dev2', 'all-2', '/all'),
]

interface Said {
  volume: object
  itself: object
  limits: object
  /** What each sees beside what it should. */
  more: Record<string, string[]>
  less: string[]
  got: (id: string, check: string, call: PodCall) => string
  service: Served
  listens: boolean
}

const told = (lines: readonly object[]) =>
  readLog(
    [{ probe: 'itself' }, ...lines, { probe: 'end', listening: true }]
      .map((line) => `noise ${JSON.stringify({ verify: RUN, ...line })}`)
      .join('\n'),
    RUN,
  )

const found = (
  over: Partial<Said> = {},
  inventory: Partial<Inventory> = {},
  change: (all: PodsTold[]) => void = () => undefined,
  more: Partial<Scene> = {},
): CheckedFinding[] => {
  const scene = sceneOf({}, { inventory: { ...INVENTORY, volumes: VOLUMES, ...inventory }, ...more })
  const { users, groups, volumes } = scene.inventory
  const testers = groups.map((group, index): PodTester => testerOf(users[index]!, group, 'tf', volumes))
  const listening = testers.map((tester, index) => ({
    tester,
    address: `10.0.0.${index}`,
    name: `pod${index}`,
    node: undefined,
    service: over.service ?? { kind: 'served', address: `10.96.0.${index}` },
    listens: over.listens ?? true,
  }))
  const all = testers.map((tester): PodsTold => {
    const calls = callsOf(tester, listening, scene)
    const same = (one: Volume) =>
      testers.flatMap((other) =>
        other.volumes.filter(({ path }) => path === one.path).map(({ name }) => fileOf(other, name)),
      )
    return {
      tester,
      stayed: told([
        { probe: 'itself', uid: 0, gid: 0, token: false, gpus: 0, ...over.itself },
        { probe: 'limits', ...ASKED, ...over.limits },
        ...tester.volumes.map(({ name }) => ({
          probe: 'volume',
          name,
          mode: 'drwxrws---',
          uid: 0,
          gid: tester.group.gid,
          written: true,
          empty: false,
          marks: [name],
          ...over.volume,
        })),
      ]),
      looked: {
        kind: 'looked',
        calls,
        told: told([
          ...tester.volumes.map((one) => ({
            probe: 'seen',
            name: one.name,
            files: [...same(one), ...(over.more?.[one.name] ?? [])].filter((f) => !over.less?.includes(f)),
          })),
          ...calls
            .filter(({ failed }) => failed === undefined)
            .map((call) => {
              const { id, check, want } = call
              return { probe: 'call', id, got: over.got?.(id, check, call) ?? want }
            }),
        ]),
      },
      foreign: 'kept',
      more: undefined,
    }
  })
  change(all)
  return judge(all, scene)
}

const judged = (...input: Parameters<typeof found>): string[] => [
  ...new Set(
    found(...input)
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ check, verdict }) => `${check.id} ${verdict}`),
  ),
]

const STRICT = { isolation: 'strict' } as const

it('find nothing where all is as it should be, in both isolations', () => {
  assert.equal(judged(), [])
  assert.equal(judged({}, STRICT), [])
})

it('tell whose files a volume shows that is another group’s, and a shared one that is not one', () => {
  assert.equal(judged({ more: { one: ['tom-in-dev2-two'] } }), ['G4 fail'])
  assert.equal(judged({ less: ['tom-in-dev2-all-2'] }), ['G4 fail'])
})

it('take nothing for known that no pod said', () => {
  const failed = { kind: 'failed' as const, failed: 'ErrImagePull: no such host' }
  const ids = ['E12', 'F6', 'F9', 'G10', 'G4', 'G5', 'G7', 'G8', 'H1', 'H2', 'H3', 'I1']
  const none = judged({}, {}, (all) => {
    for (const one of all) Object.assign(one, { stayed: failed, looked: failed, foreign: failed })
  })
  assert.equal(none.toSorted(), ids.map((id) => `${id} unknown`).toSorted())
  assert.equal(judged({ got: () => 'untried' }).toSorted(), [
    'G7 unknown',
    'H1 unknown',
    'H2 unknown',
    'H3 unknown',
  ])
})

it('count a pod as closed to others only where its own group reaches it', () => {
  assert.equal(judged({ got: () => 'stopped' }), ['G7 unknown', 'H1 unknown', 'H2 fail', 'H3 unknown'])
})

it('take nothing for closed to a pod that reaches nothing', () => {
  const [first] = INVENTORY.groups
  const cut = (all: PodsTold[]): void => {
    for (const { tester, looked } of all)
      if (tester.group.name === first!.name && looked.kind === 'looked')
        Object.assign(looked.told, {
          lines: looked.told.lines.map((line) =>
            line.probe === 'call' ? { ...line, got: 'stopped' } : line,
          ),
        })
  }
  assert.equal(judged({}, {}, cut), ['G7 unknown', 'H1 unknown', 'H2 fail', 'H3 unknown'])
})

it('know a pod that cannot listen from one that is not reached', () => {
  const none = judged({ listens: false, got: (_, check) => (check === 'H3' ? 'reached' : 'stopped') })
  assert.equal(none, ['H1 unknown', 'H2 unknown', 'H3 gap'])
})

it('try the address of a service too, which counts as closed where its own group gets through', () => {
  const byService = (got: string) => ({
    got: (_: string, check: string, { served, want }: PodCall) => (check === 'H2' && served ? got : want),
  })
  assert.equal(judged(byService('reached')), [])
  assert.equal(judged(byService('stopped')), ['H1 unknown', 'H2 fail'])
  const open = (_: string, check: string, { served, want }: PodCall) =>
    check === 'H1' && served ? 'reached' : want
  assert.equal(judged({ got: open }, STRICT), ['H1 fail'])
  assert.equal(judged({ service: { kind: 'failed', failed: 'no service could be made' } }), [
    'H1 unknown',
    'H2 unknown',
  ])
})

const markedWith = (marked?: string) => ({
  items: ({ kind }: { kind: string }) =>
    kind !== 'Namespace' || marked === undefined
      ? []
      : [
          {
            apiVersion: 'v1',
            kind,
            metadata: { name: 'dev1', annotations: { 'arena-playbooks/marked-volumes': marked } },
          },
        ],
})

it('know a directory again by its mark', () => {
  const bare = { volume: { marks: [] } }
  // Of those that were never marked, a pod that looked around says that it has left a mark.
  const marking = (all: PodsTold[]): void => {
    for (const { tester, looked } of all)
      if ('told' in looked)
        Object.assign(looked.told, {
          lines: [...looked.told.lines, ...tester.volumes.map(({ name }) => ({ probe: 'mark', name }))],
        })
  }
  assert.equal(judged(bare, {}, marking), [])
  assert.equal(judged(bare), ['G5 unknown'])
  assert.equal(judged(bare, {}, marking, markedWith('one')), ['G5 fail'])
  assert.equal(
    judged({}, {}, () => undefined, markedWith('one all-1')),
    [],
  )
  assert.equal(judged({ volume: { marks: ['two', 'one', 'all-1', 'all-2'] } }), ['G5 fail'])
  assert.equal(judged({ volume: { marks: ['of another time'] } }), ['G5 unknown'])
})

it('tell what a driver may have made from what was meant', () => {
  const newborn = { marks: [], empty: true, mode: 'drwxr-xr-x', uid: 0, gid: 0 }
  assert.equal(judged({ volume: newborn }), ['G5 unknown', 'G8 gap'])
  assert.equal(
    judged({ volume: newborn }, {}, () => undefined, markedWith('one')),
    ['G5 fail', 'G5 unknown', 'G8 gap'],
  )
  const readOnly = VOLUMES.map((one) => ({ ...one, access: 'ReadOnlyMany' as const }))
  assert.equal(judged({ volume: { marks: [], written: false } }, { volumes: readOnly }), [
    'G4 unknown',
    'G5 untested',
  ])
})

it('give a directory of several groups to none of them', () => {
  const chowns = found({ volume: { written: false } }).flatMap(({ repair, subjects }) =>
    subjects.flatMap((subject) => {
      const [, owner] = /chown (\S+)/.exec(JSON.stringify(repair)) ?? []
      return owner === undefined ? [] : `${subject.split(': ')[1]} ${owner}`
    }),
  )
  assert.equal(chowns.toSorted(), ['all-1 root:root', 'all-2 root:root', 'one root:10001', 'two root:10002'])
})

it('are marked where nothing speaks against it', () => {
  const scene = sceneOf({}, { inventory: { ...INVENTORY, volumes: VOLUMES } })
  const { groups, users } = scene.inventory
  const testers = groups.map((group, index) => testerOf(users[index]!, group, 'tf', VOLUMES))
  const line = { probe: 'volume', mode: 'drwxrws---', uid: 0, gid: 1, written: true, empty: true, marks: [] }
  const marking = (over: object = {}, of = scene) =>
    markingOf(testers[0]!, told([{ ...line, name: 'one', ...over }]), testers, of)
  assert.equal(marking(), ['one .arena-playbooks.prod.one bob-in-dev1-one'])
  assert.equal(marking({ name: 'all-1' }), [
    'all-1 .arena-playbooks.prod.all-1 bob-in-dev1-all-1 tom-in-dev2-all-2',
  ])
  assert.equal(marking({ marks: ['one'] }), [])
  assert.equal(marking({ marks: ['two'] }), [])
  assert.equal(marking({ mode: 'drwxr-xr-x', gid: 0 }), [])
  assert.equal(marking({ mode: 'drwxr-xr-x', gid: 0, empty: false }).length, 1)
  assert.equal(marking({}, { ...scene, ...markedWith('one') }), [])
})

it('look for what other groups wrote in claims that the inventory does not name', () => {
  const showing =
    (files: string[] | undefined) =>
    ([first]: PodsTold[]): void => {
      Object.assign(first!, {
        tester: Object.assign(first!.tester, { claims: ['extra'] }),
        more:
          files === undefined
            ? { kind: 'failed', failed: 'Unschedulable' }
            : told([{ probe: 'seen', name: 'extra', files }]),
      })
    }
  assert.equal(judged({}, {}, showing([])), [])
  assert.equal(judged({}, {}, showing(['bob-in-dev1-one', 'tom-in-dev2-all-2'])), [])
  assert.equal(judged({}, {}, showing(['tom-in-dev2-two'])), ['G4 fail'])
  assert.equal(judged({}, {}, showing(undefined)), ['G4 unknown'])
})

it('are of no more groups at once than may be', async () => {
  const [dev1] = INVENTORY.groups
  const testers = ['a', 'b', 'c', 'd', 'e'].flatMap((name) =>
    INVENTORY.users.map((user) => testerOf(user, { ...dev1!, name }, 'tf', [])),
  )
  for (const groupsAtOnce of [1, 2, 20]) {
    const working = new Map<string, number>()
    let most = 0
    const all = await sideBySide(testers, groupsAtOnce, async ({ group: { name }, subject }) => {
      working.set(name, (working.get(name) ?? 0) + 1)
      most = Math.max(most, working.size)
      await new Promise(setImmediate)
      working.set(name, working.get(name)! - 1)
      if (working.get(name) === 0) working.delete(name)
      return subject
    })
    assert.is(most, Math.min(groupsAtOnce, 5))
    assert.equal([...all].map(([{ subject }, found]) => subject === found).filter(Boolean).length, 10)
  }
})

it('judge traffic by what the isolation promises', () => {
  const open = { got: () => 'reached' }
  assert.equal(judged(open), ['G7 gap', 'H1 gap', 'H3 gap'])
  assert.equal(judged(open, STRICT), ['G7 fail', 'H1 fail', 'H3 fail'])
  assert.equal(
    judged({ got: (_, check) => (check === 'G7' ? 'unresolved' : check === 'H2' ? 'reached' : 'stopped') }),
    ['G7 unknown'],
  )
})

it('judge directories, tokens, devices and limits', () => {
  assert.equal(judged({ volume: { written: false } }), ['G4 unknown', 'G10 fail'])
  assert.equal(judged({ volume: { mode: 'drwxrwxrwx' } }), ['G8 fail'])
  assert.equal(judged({ volume: { mode: 'drwxr-xr-x', gid: 0 } }), ['G8 gap'])
  assert.equal(judged({ volume: { mode: 'drwxr-xr-x', gid: 0 } }, STRICT), ['G8 fail'])
  assert.equal(judged({ itself: { token: true } }), [])
  assert.equal(judged({ itself: { token: true } }, STRICT), ['I1 fail'])
  assert.equal(judged({ itself: { gpus: 1 } }), ['F6 fail'])
  assert.equal(judged({ limits: { memory: 2 ** 40 } }), ['F9 fail'])
  assert.equal(judged({ limits: { millicpu: -1 } }), ['F9 unknown'])
})

it('know a claim that is not there from a program that is not', () => {
  for (const said of [
    'Unschedulable: 0/2 nodes are available: persistentvolumeclaim "dev2-data" not found. preemption: 0/2',
    'persistentvolumeclaims "dev2-data" not found',
    'the pvc dev2-data does not exist',
  ])
    assert.ok(lacksClaim(said, 'dev2-data'), said)
  for (const said of [
    'sh: 1: arena: not found',
    'namespaces "dev1" not found',
    'persistentvolumeclaim "dev1-data" not found',
    'image for dev2-data not found',
  ])
    assert.not(lacksClaim(said, 'dev2-data'), said)
})

it('fail a read-only volume that takes what is written', () => {
  const volumes = VOLUMES.map((one) => ({ ...one, access: 'ReadOnlyMany' as const }))
  assert.equal(judged({}, { volumes }), ['G10 fail'])
})

it('pass over lines of other runs and what is no line of ours', () => {
  const log = `{"verify":"other","probe":"end","listening":true}\n{"verify":"${RUN}",\n{"verify":"${RUN}","probe":"x"}`
  assert.equal(readLog(log, RUN), { kind: 'told', lines: [], whole: false })
})

it.run()
