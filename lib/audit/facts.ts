import type { ApiResource } from '../connect/connection.ts'
import type { Identity } from '../inventory/identity.ts'
import type { Group, Inventory, User } from '../inventory/schema.ts'
import type { Kind, KubeObject } from '../kube/object.ts'
import type { KubernetesVersion } from '../kube/version.ts'
import type { Answers } from '../resource/type.ts'

/** Everything that was seen before anybody was asked. What could not be seen throws: it is never "absent". */
export interface Scene {
  inventory: Inventory
  /** Those in the selection. */
  users: readonly User[]
  groups: readonly Group[]
  hosts: readonly string[]
  /** Whether every right is asked for, or only those that decide. */
  exhaustive: boolean
  /** Address and certificate authority (PEM) that users' kubeconfigs must name. */
  endpoint: { server: string; ca: string }
  /** Who asks; undefined where the API server tells nobody their identity. */
  admin: Identity | undefined
  version: KubernetesVersion
  /** Every object of a kind, in all namespaces. */
  items(kind: Kind): readonly KubeObject[]
  /** What the API serves, subresources too. */
  resources(): readonly ApiResource[]
  /** What a machine's probes printed. */
  on(host: string): Answers
}
