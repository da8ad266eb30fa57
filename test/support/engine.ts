import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { type Script, sh } from '../../lib/base/shell.ts'
import type { Reach } from '../../lib/connect/connection.ts'
import { apply } from '../../lib/engine/apply.ts'
import { Settler } from '../../lib/engine/await-ready.ts'
import type { Outcome } from '../../lib/engine/outcome.ts'
import type { Action } from '../../lib/engine/plan.ts'
import { Values } from '../../lib/engine/values.ts'
import { CONFIG_MAP, type KubeObject } from '../../lib/kube/object.ts'
import type { Event } from '../../lib/reporters/events.ts'
import { objectType } from '../../lib/resource/object-type.ts'
import { KEEP, type Looking, resourceType } from '../../lib/resource/type.ts'
import { action, planOf } from './action.ts'
import { NOW, secret } from './cases.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { type Answering, MemoryHost } from './memory-host.ts'

export const CLIENT01 = { type: 'host', name: 'client01' } as const
export const CLIENT02 = { type: 'host', name: 'client02' } as const
export const CLUSTER = { type: 'cluster', name: 'cluster' } as const

/** What everything is planned by, where no value of another is known. */
export const LOOKING: Looking = {
  owner: 'prod',
  now: NOW,
  issue: () => secret('token'),
  serves: () => false,
  value: (key) => new Values([]).find(key),
}

/** Where a run reaches machines and a cluster in memory, and whom it asked for a connection. */
export const memoryReach = (
  hosts: Readonly<Record<string, MemoryHost>>,
  cluster = new MemoryCluster(),
): Reach => ({
  host: async (name) => hosts[name]!,
  cluster: async () => cluster,
  traffic: () => ({
    execs: Object.values(hosts).reduce((sum, { execs }) => sum + execs, 0),
    requests: cluster.requests,
  }),
})

/** A file of a machine in memory that holds one word. */
export const word = resourceType({
  kind: 'word',
  on: 'host',
  schema: z.strictObject({ name: z.string(), text: z.string() }),
  id: ({ name }) => name,
  observe: () => ({
    probes: [{ id: 'words', script: sh`words` }],
    read(answers) {
      const words = new Map(
        answers
          .text('words')
          .split('\n')
          .map((line) => line.split('=') as [string, string]),
      )
      return {
        find: ({ name }) => words.get(name),
        strays: [...words]
          .filter(([, text]) => text === 'stray')
          .map(([id]) => ({
            id,
            belongs: {},
            change: { op: 'remove', diffs: [], steps: [{ do: 'run', script: sh`set ${id}` }] },
          })),
      }
    },
  }),
  plan: ({ name, text }, from) =>
    from === text
      ? KEEP
      : {
          op: from === undefined ? 'create' : 'update',
          diffs: [{ field: 'text', from, to: text }],
          steps: [{ do: 'run', script: sh`set ${name} ${text}` }],
        },
})

/** How a machine answers that keeps words and is told others. */
export const keepingWords =
  (words: Map<string, string>): Answering =>
  (_, text) => {
    const [verb, name, said] = text.split(' ')
    if (verb === 'words') return { stdout: [...words].map(([key, value]) => `${key}=${value}`).join('\n') }
    if (verb === 'set' && said === undefined) words.delete(name!)
    if (verb === 'set' && said !== undefined) words.set(name!, said)
    return {}
  }

/** A ConfigMap that is settled once a controller has said so, when that is asked for. */
export const note = objectType({
  name: 'note',
  kind: CONFIG_MAP,
  schema: z.strictObject({ name: z.string(), text: z.string(), settles: z.boolean().default(false) }),
  build: ({ name, text }) => ({ metadata: { name, namespace: 'a' }, data: { text } }),
  settled: ({ settles }, live) => !settles || live['status'] !== undefined || 'not seen by its controller',
  value: (_, live) => live.metadata.resourceVersion,
})

export const noteObject = (name: string, text = 'x', more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'a' },
  data: { text },
  ...more,
})

/** A change on a machine that runs a script for each of its steps. */
export const onHost = (id: string, more: Partial<Action> = {}, ...scripts: Script[]): Action =>
  action(
    id,
    {
      op: 'create',
      steps: (scripts.length > 0 ? scripts : [sh`true`]).map((script) => ({ do: 'run', script })),
    },
    more,
  )

/** A change in the cluster that writes one note. */
export const inCluster = (name: string, more: Partial<Action> = {}, settles = false): Action => {
  const resource = note(CLUSTER, { name, text: 'x', settles })
  return action(
    resource.id,
    { op: 'create', steps: [{ do: 'apply', kind: CONFIG_MAP, object: noteObject(name) }] },
    {
      on: CLUSTER,
      type: resource.type as Action['type'],
      resource: resource as Action['resource'] & {},
      ...more,
    },
  )
}

export interface Applied {
  outcomes: Map<string, Outcome>
  /** The state of each outcome by the id of its change. */
  states: Record<string, string>
  events: Event[]
  values: Values
}

export interface Given {
  hosts?: Record<string, MemoryHost>
  cluster?: MemoryCluster
  forks?: number
  patience?: number
  stop?: AbortController
  onEvent?(event: Event): void
  files?: ReadonlyMap<string, string>
}

/** Carries actions out in memory. */
export const applied = async (
  actions: readonly Action[],
  {
    hosts = { client01: new MemoryHost('client01'), client02: new MemoryHost('client02') },
    cluster = new MemoryCluster(),
    forks = 20,
    patience = 10,
    stop = new AbortController(),
    onEvent = () => {},
    files = new Map(),
  }: Given = {},
): Promise<Applied> => {
  const events: Event[] = []
  const values = new Values([])
  const abort = new AbortController()
  let settler: Settler | undefined
  const outcomes = await apply({
    plan: planOf(...actions),
    reach: memoryReach(hosts, cluster),
    settler: async () => {
      settler ??= new Settler(cluster, new Map(), abort.signal)
      return settler
    },
    values,
    files,
    forks,
    patience,
    stop: stop.signal,
    abort: abort.signal,
    emit(event) {
      events.push(event)
      onEvent(event)
    },
  })
  settler?.close()
  const idOf = new Map(actions.map(({ key, id, on }) => [key, on.type === 'host' ? `${id} ${on.name}` : id]))
  return {
    outcomes,
    states: Object.fromEntries([...outcomes].map(([key, { state }]) => [idOf.get(key)!, state])),
    events,
    values,
  }
}

/** Resolves once something is so, however long that takes. */
export const until = async (so: () => boolean): Promise<void> => {
  do await sleep(1)
  while (!so())
}
