import * as assert from 'uvu/assert'
import type { Check, Finding, Reviewed } from '../../lib/audit/check.ts'
import type { Scene } from '../../lib/audit/facts.ts'
import type { Attempt, Refused, Review, Taken } from '../../lib/audit/question.ts'
import { wordsOfRepair } from '../../lib/audit/repair.ts'
import type { ApiResource } from '../../lib/connect/connection.ts'
import type { Group, Inventory } from '../../lib/inventory/schema.ts'
import type { Kind, KubeObject } from '../../lib/kube/object.ts'
import { settled } from './asking.ts'
import { factsOf } from './facts.ts'
import { live } from './live.ts'
import { INVENTORY, sceneOf } from './scene.ts'

const VOLUMES = (
  [
    ['dev1-public', 'dev1', '/dev1'],
    ['dev2-public', 'dev2', '/dev2'],
    ['all-dev1', 'dev1', '/all'],
    ['all-dev2', 'dev2', '/all'],
  ] as const
).map(([name, group, path]) => ({
  name,
  group,
  path,
  server: 'nas',
  size: '5Gi',
  volumeHandle: name,
  access: 'ReadWriteMany' as const,
  driver: 'alibaba' as const,
}))

const served = (group: string, path: string, namespaced = true): ApiResource => {
  const [resource, subresource] = path.split('/') as [string, string?]
  return {
    group,
    version: 'v1',
    resource,
    ...(subresource !== undefined && { subresource }),
    kind: resource,
    namespaced,
    verbs: ['create', 'delete', 'get', 'list'],
  }
}

const RESOURCES = [
  ...['pods', 'pods/exec', 'secrets', 'configmaps', 'services', 'events', 'persistentvolumeclaims'].map(
    (path) => served('', path),
  ),
  served('', 'namespaces', false),
  served('', 'nodes', false),
  served('', 'nodes/status', false),
  served('', 'resourcequotas'),
  served('kubeflow.org', 'tfjobs'),
]

/** A cluster with these objects, beside the document's quotas and volumes. */
export const clusterOf = (objects: readonly KubeObject[], over: Partial<Inventory> = {}): Scene => {
  const [dev1, dev2] = INVENTORY.groups as [Group, Group]
  const groups = [dev1, { ...dev2, quota: { gpu: 2, cpu: '8', memory: '60Gi' } }]
  return sceneOf(
    {},
    {
      inventory: { ...INVENTORY, groups, volumes: VOLUMES, ...over },
      items: ({ apiVersion, kind }) =>
        objects.filter((one) => one.apiVersion === apiVersion && one.kind === kind),
      resources: () => RESOURCES,
    },
  )
}

export interface Answering {
  review?(review: Review): Reviewed
  attempt?(attempt: Attempt): Taken | Refused
}

const findings = (
  checks: readonly Check[],
  id: string,
  scene: Scene,
  { review, attempt }: Answering = {},
): Finding[] => {
  const check = checks.find((one) => one.id === id)
  assert.ok(check, `there is a check ${id}`)
  return [...check.trials(scene)].flatMap((trial) => {
    if (trial.ask === undefined) return trial
    if (trial.ask === 'review') return trial.judge(review!(trial.review))
    if (trial.ask === 'attempt') return trial.judge(attempt!(trial.attempt))
    return settled(trial, (one) => attempt!(one))
  })
}

/** What a check of these finds, as `factsOf` has it. */
export const found = (...asked: Parameters<typeof findings>): string[] => findings(...asked).flatMap(factsOf)

/** What mends what a check of these finds, as it is shown. */
export const repairsOf = (...asked: Parameters<typeof findings>): string[] =>
  findings(...asked).map(({ repair }) => wordsOfRepair(repair))

/** A binding of a role, `Role maker` or `ClusterRole view`, to a service account or to a group. */
export const bound = (kind: Kind, id: string, role: string, to: string): KubeObject => {
  const [, roleKind, name] = /^(\w+) (.*)$/.exec(role)!
  const [namespace, account] = to.split('/')
  const subject =
    account === undefined ? { kind: 'Group', name: to } : { kind: 'ServiceAccount', namespace, name: account }
  return live(kind, id, { subjects: [subject], roleRef: { kind: roleKind, name } }, { labels: {} })
}
