// What objects of others cost: the same runs before and after so many are made, beside bare LISTs of the kinds that
// setup reads.
import pLimit from 'p-limit'
import { CHECKOUT } from '../sandbox/state.ts'
import { type BareApi, BareRefusal, bareApi } from './bare-api.ts'
import { type Measured, measure } from './measure.ts'
import { onSandbox } from './on-sandbox.ts'
import { repeated, setup, trafficOf, verify } from './runs.ts'

const NAMESPACES = 20
const AT_ONCE = 32

/** A third each: pods that no scheduler takes, Secrets of a type that is not ours, bindings of others. */
const OBJECTS: readonly ((namespace: string, name: string) => readonly [path: string, object: object])[] = [
  (namespace, name) => [
    `/api/v1/namespaces/${namespace}/pods`,
    {
      metadata: { name },
      spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'registry.example.com/app' }] },
    },
  ],
  (namespace, name) => [
    `/api/v1/namespaces/${namespace}/secrets`,
    { metadata: { name }, type: 'Opaque', stringData: { password: 'made up' } },
  ],
  (namespace, name) => [
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
    {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `${name}@example.com` }],
    },
  ],
]

const plant = async (api: BareApi, count: number): Promise<void> => {
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `others-${index + 1}`)
  for (const name of namespaces) {
    await api('POST', '/api/v1/namespaces', { metadata: { name } })
    try {
      await api('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
    } catch (error) {
      // A controller makes it too, and may have been first.
      if (!(error instanceof BareRefusal && error.status === 409)) throw error
    }
  }
  const limit = pLimit(AT_ONCE)
  await limit.map(Array.from({ length: count }), (_, index) => {
    const of = OBJECTS[index % OBJECTS.length]!
    return api('POST', ...of(namespaces[index % NAMESPACES]!, `other-${index}`))
  })
}

/** Runs with nothing to do, and verify, for so many users on one machine. */
export const foreign = (users: number, count: number, directory: string): Promise<object[]> =>
  onSandbox({ directory, users }, async ({ state, inventory }) => {
    await setup(CHECKOUT, inventory)
    const runs: [what: string, run: () => Promise<Measured>][] = [
      ['bare LISTs', () => measure(process.execPath, ['bench/floor.ts', state.kubeconfig], CHECKOUT)],
      ['setup, nothing to do', () => setup(CHECKOUT, inventory)],
      ['verify', () => verify(CHECKOUT, inventory)],
    ]
    const all = async (): Promise<Measured[]> => {
      const measured: Measured[] = []
      for (const [, run] of runs) measured.push(await repeated(run))
      return measured
    }
    const before = await all()
    await plant(await bareApi(state.kubeconfig, true), count)
    const after = await all()
    console.log(
      `| ${users} users × 1 | s | with ${count.toLocaleString('en')} of others, s | MiB | requests |`,
    )
    console.log('|---|---|---|---|---|')
    return runs.map(([what], index) => {
      const [was, is] = [before[index]!, after[index]!]
      const told = {
        what,
        // Seconds without and with the objects of others.
        before: was.seconds,
        after: is.seconds,
        memory: [was.memory, is.memory],
        requests: [trafficOf(was).requests, trafficOf(is).requests],
      }
      const read = index === 0 ? [was, is].map(({ stdout }) => stdout.trim()) : told.requests
      const cells = [what, was.seconds.toFixed(2), is.seconds.toFixed(2), told.memory.join(' → ')]
      console.log(`| ${[...cells, read.join(' → ')].join(' | ')} |`)
      return told
    })
  })
