import type { ApiResource, Offers } from '../connection.ts'
import type { KubeTransport } from './transport.ts'

/**
 * Everything of a group in one answer:
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
const ACCEPT = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',')

interface Discovered {
  resource: string
  scope?: 'Namespaced' | 'Cluster'
  verbs?: string[]
  responseKind?: { kind?: string }
  subresources?: { subresource: string; verbs?: string[]; responseKind?: { kind?: string } }[]
}

interface Discovery {
  /** Of a server that does not know the other form: only names. */
  groups?: { name: string }[]
  items?: { metadata?: { name?: string }; versions?: { version: string; resources?: Discovered[] }[] }[]
}

/**
 * What the API serves, in its preferred versions. A group that does not answer, such as a broken extension, is left
 * out.
 */
export const discover = async (transport: KubeTransport, signal: AbortSignal): Promise<ApiResource[]> => {
  const [core, groups] = await Promise.all(['/api', '/apis'].map((path) => read(path, transport, signal)))
  return [...(core!.items ?? []), ...(groups!.items ?? [])].flatMap(({ metadata, versions = [] }) => {
    const seen = new Set<string>()
    // The preferred version comes first; a resource that it lacks is known by the next that has it.
    return versions.flatMap(({ version, resources = [] }) =>
      resources
        .filter(({ resource }) => !seen.has(resource) && seen.add(resource))
        .flatMap((resource) => served(metadata?.name ?? '', version, resource)),
    )
  })
}

/** The groups that the API serves besides the core, and what is in them. One request. */
export const offered = async (transport: KubeTransport, signal: AbortSignal): Promise<Offers> => {
  const { items = [], groups = [] } = await read('/apis', transport, signal)
  const names = new Set([...groups.map(({ name }) => name), ...items.map(({ metadata }) => metadata?.name)])
  const resources = new Set(
    items.flatMap(({ metadata, versions = [] }) =>
      versions.flatMap(({ resources: of = [] }) => of.map(({ resource }) => `${resource}.${metadata?.name}`)),
    ),
  )
  return { hasGroup: (name) => names.has(name), serves: (resource) => resources.has(resource) }
}

const read = async (path: string, transport: KubeTransport, signal: AbortSignal): Promise<Discovery> =>
  (await transport.call(
    { method: 'GET', path, accept: ACCEPT, verb: 'get', subject: path },
    signal,
  )) as Discovery

const served = (
  group: string,
  version: string,
  { resource, scope, verbs = [], responseKind, subresources = [] }: Discovered,
): ApiResource[] => {
  const namespaced = scope === 'Namespaced'
  const base = { group, version, resource, namespaced }
  return [
    { ...base, kind: responseKind?.kind ?? '', verbs },
    ...subresources.map(({ subresource, verbs: own = [], responseKind: kind }) => ({
      ...base,
      subresource,
      kind: kind?.kind ?? '',
      verbs: own,
    })),
  ]
}
