// What a pod tries to reach.

import { isIP } from 'node:net'
import type { Scene } from '../../audit/facts.ts'
import { type KubeObject, NODE } from '../../kube/object.ts'
import type { Node } from '../../kube/shapes.ts'
import type { InPods } from './checks.ts'
import { PORT, type PodTester } from './jobs.ts'
import type { Served } from './service.ts'

/** One connection that a pod tries to make. */
export interface PodCall {
  id: string
  check: Extract<InPods, 'G7' | 'H1' | 'H2' | 'H3'>
  want: 'reached' | 'stopped'
  host: string
  port: number
  /** What is reached, in words. */
  what: string
  /** Whose pod it is, where it is one of ours. */
  of?: PodTester
  /** Whether it goes by the address of a service. */
  served?: true
  /** Why it is not tried, and what to do about that. */
  failed?: string
  hint?: string | undefined
}

/** A pod of a tester that listens. */
export interface Listening {
  tester: PodTester
  address: string
  name: string
  node: string | undefined
  service: Served
  /** Whether its image has something that listens. */
  listens: boolean
}

/** Where clouds tell machines who they are, their credentials among it. */
const METADATA = ['169.254.169.254', '100.100.100.200']
/** Nodes of one cluster are alike; those on which pods of ours run come first. */
const NODES = 2

/** All that a pod of this tester tries: the pods that listen, the NAS, and what machines are managed by. */
export const callsOf = (tester: PodTester, listening: readonly Listening[], scene: Scene): PodCall[] => {
  const calls: Omit<PodCall, 'id'>[] = listening.flatMap((one) => podCalls(tester, one))
  for (const server of new Set(tester.volumes.map((volume) => volume.server)))
    calls.push({ check: 'G7', want: 'stopped', host: server, port: 2049, what: `the NAS ${server}` })
  for (const host of METADATA)
    calls.push({ check: 'H3', want: 'stopped', host, port: 80, what: `the metadata of the cloud (${host})` })
  const isUsed = ({ metadata }: KubeObject): boolean => listening.some(({ node }) => node === metadata.name)
  const nodes = scene.items(NODE).toSorted((a, b) => Number(isUsed(b)) - Number(isUsed(a)))
  for (const host of nodes.flatMap(addressesOf).slice(0, NODES))
    calls.push({ check: 'H3', want: 'stopped', host, port: 10_250, what: 'the kubelet of a node' })
  // The pod knows where it is.
  const api = { host: 'api', port: 443, what: 'the API server' }
  calls.push({ check: 'H3', want: 'stopped', ...api })
  return calls.map((call, index) => ({ ...call, id: `c${index}` }))
}

const podCalls = (
  from: PodTester,
  { tester, address, name, service, listens }: Listening,
): Omit<PodCall, 'id'>[] => {
  const isOwn = tester.group.name === from.group.name
  const about = { port: PORT, of: tester, ...(isOwn ? OWN : OTHER), ...(listens ? {} : DEAF) }
  const { name: namespace } = tester.group
  return [
    ...(isIP(address) === 0 ? [] : [{ ...about, host: address, what: 'by address' }]),
    // Arena's jobs have a service for each pod, of the same name.
    ...(isOwn ? [{ ...about, host: name, what: 'by its own name' }] : []),
    { ...about, host: `${name}.${namespace}`, what: 'by the name of its service' },
    {
      ...about,
      ...(service.kind === 'failed'
        ? { host: '', failed: service.failed, hint: service.hint }
        : { host: service.address }),
      served: true,
      what: 'by the address of a service',
    },
    // Not every cluster gives pods these.
    ...(isOwn || isIP(address) === 0
      ? []
      : [{ ...about, host: `${address.replace(/[.:]/g, '-')}.${namespace}.pod`, what: 'by its own name' }]),
  ]
}

const DEAF = {
  failed: 'the image has nothing that could listen',
  hint: 'name an image with nc, python3 or the httpd of busybox: --image',
}
const OWN = { check: 'H2', want: 'reached' } as const
const OTHER = { check: 'H1', want: 'stopped' } as const

/** The addresses of a node, which says them of itself; they go into scripts and commands. */
export const addressesOf = ({ status }: Node): string[] =>
  (status?.addresses ?? [])
    .filter(({ type, address }) => type === 'InternalIP' && isIP(address) !== 0)
    .map(({ address }) => address)
