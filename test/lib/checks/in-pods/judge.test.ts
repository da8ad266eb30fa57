import * as assert from 'uvu/assert'
import { callsOf } from '../../../../lib/checks/in-pods/calls.ts'
import { ASKED, fileOf, type PodTester, testerOf } from '../../../../lib/checks/in-pods/jobs.ts'
import { judge, type PodsTold } from '../../../../lib/checks/in-pods/judge.ts'
import { readLog } from '../../../../lib/checks/in-pods/said.ts'
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
  got: (id: string, check: string) => string
}

const told = (lines: readonly object[]) =>
  readLog(
    [{ probe: 'itself' }, ...lines, { probe: 'end', listening: true }]
      .map((line) => `noise ${JSON.stringify({ verify: RUN, ...line })}`)
      .join('\n'),
    RUN,
  )

const judged = (
  over: Partial<Said> = {},
  inventory: Partial<Inventory> = {},
  change: (all: PodsTold[]) => void = () => undefined,
): string[] => {
  const scene = sceneOf({}, { inventory: { ...INVENTORY, volumes: VOLUMES, ...inventory } })
  const { users, groups, volumes } = scene.inventory
  const testers = groups.map((group, index): PodTester => testerOf(users[index]!, group, volumes))
  const listening = testers.map((tester, index) => ({
    tester,
    address: `10.0.0.${index}`,
    name: `pod${index}`,
    node: undefined,
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
          ...over.volume,
        })),
      ]),
      looked: {
        calls,
        told: told([
          ...tester.volumes.map((one) => ({
            probe: 'seen',
            name: one.name,
            files: [...same(one), ...(over.more?.[one.name] ?? [])].filter((f) => !over.less?.includes(f)),
          })),
          ...calls.map(({ id, check, want }) => ({ probe: 'call', id, got: over.got?.(id, check) ?? want })),
        ]),
      },
      foreign: 'kept',
    }
  })
  change(all)
  return [
    ...new Set(
      judge(all, scene)
        .filter(({ verdict }) => verdict !== 'pass')
        .map(({ check, verdict }) => `${check.id} ${verdict}`),
    ),
  ]
}

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
  const failed = { failed: 'ErrImagePull: no such host' }
  const ids = ['E12', 'F6', 'F9', 'G10', 'G4', 'G7', 'G8', 'H1', 'H2', 'H3', 'I1']
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
  assert.equal(judged({ got: () => 'stopped' }), ['H1 unknown', 'H2 fail'])
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

it('fail a read-only volume that takes what is written', () => {
  const volumes = VOLUMES.map((one) => ({ ...one, access: 'ReadOnlyMany' as const }))
  assert.equal(judged({}, { volumes }), ['G10 fail'])
})

it('pass over lines of other runs and what is no line of ours', () => {
  const log = `{"verify":"other","probe":"end","listening":true}\n{"verify":"${RUN}",\n{"verify":"${RUN}","probe":"x"}`
  assert.equal(readLog(log, RUN), { lines: [], whole: false })
})

it.run()
