import * as z from 'zod'
import type { Endpoint } from '../connect/connection.ts'
import { sameAuthority } from '../kube/client-certificate.ts'
import type { Json } from '../kube/object.ts'
import { differences } from '../resource/difference.ts'
import type { FieldDiff } from '../resource/type.ts'
import type { KubeconfigFile, Section } from './kubeconfig-file.ts'

const text = z.string().min(1)

/** An entry of a cluster: its name, and how users reach the API server. */
export const clusterSchema = z.strictObject({
  name: text,
  server: z.url(),
  ca: z.string(),
  tlsServerName: text.exactOptional(),
  proxyUrl: text.exactOptional(),
  untold: z.strictObject({ reason: text, hint: text }).exactOptional(),
}) satisfies z.ZodType<Endpoint & { name: string }>

/** What of a kubeconfig is ours. */
export interface KubeEntries {
  user: string
  cluster: Endpoint & { name: string }
  contexts: readonly { name: string; namespace: string }[]
  /** The context to start with; afterwards the user chooses. */
  current: string
}

/** Names of entries to take out. */
export type Gone = Record<Section, ReadonlySet<string>>

export const NOTHING_GONE: Gone = { clusters: new Set(), users: new Set(), contexts: new Set() }

interface Context {
  name: string
  cluster?: unknown
  user?: unknown
  namespace?: unknown
}

const contextsIn = (file: KubeconfigFile): Context[] =>
  file.names('contexts').map((name) => ({ ...file.entry('contexts', name), name }))

/** Contexts of groups that the user has left, and what lets them act as another one of `everyone`. */
export const goneFrom = (
  { user, cluster, contexts }: KubeEntries,
  file: KubeconfigFile,
  everyone: ReadonlySet<string>,
): Gone => {
  const isOther = (name: unknown): boolean => typeof name === 'string' && name !== user && everyone.has(name)
  const wanted = new Set(contexts.map(({ name }) => name))
  const live = contextsIn(file)
  const here = live.filter((context) => context.cluster === cluster.name)
  const left = here.filter((context) => context.user === user && context.namespace === context.name)
  const borrowed = here.filter((context) => isOther(context.user))
  const usersHere = new Set(here.map((context) => context.user))
  const usersAnywhere = new Set(live.map((context) => context.user))
  return {
    clusters: new Set(),
    users: new Set(
      file
        .names('users')
        .filter((name) => isOther(name) && (usersHere.has(name) || !usersAnywhere.has(name))),
    ),
    contexts: new Set([...left, ...borrowed].map(({ name }) => name).filter((name) => !wanted.has(name))),
  }
}

/** Names of other users' credentials that a cluster is reached with, at whichever of its addresses. */
export const strangersIn = (
  file: KubeconfigFile,
  user: string,
  { server, ca }: Pick<Endpoint, 'server' | 'ca'>,
): string[] => {
  const isHere = ({ cluster }: Context): boolean => {
    const entry = typeof cluster === 'string' ? file.entry('clusters', cluster) : undefined
    const authority = Buffer.from(String(entry?.['certificate-authority-data'] ?? ''), 'base64').toString()
    return entry?.['server'] === server || sameAuthority(authority, ca)
  }
  const used = new Set(
    contextsIn(file)
      .filter(isHere)
      .map((context) => context.user),
  )
  return file.names('users').filter((name) => name !== user && used.has(name))
}

/** All that lets a user use one of the clusters; undefined when nothing does. */
export const accessIn = (
  file: KubeconfigFile,
  user: string,
  clusters: ReadonlySet<string>,
): Gone | undefined => {
  const live = contextsIn(file)
  const isOurs = (context: Context): boolean => context.user === user && clusters.has(String(context.cluster))
  const ours = live.filter(isOurs)
  if (ours.length === 0) return undefined
  const used = new Set(live.filter((context) => !isOurs(context)).map((context) => context.cluster))
  return {
    clusters: new Set(ours.map((context) => String(context.cluster)).filter((name) => !used.has(name))),
    users: new Set([user]),
    contexts: new Set(ours.map(({ name }) => name)),
  }
}

/**
 * The user's own choice among what is there, once one of our contexts has been there to choose from; otherwise the
 * context to start with.
 */
export const currentAfter = (
  { contexts, current }: Pick<KubeEntries, 'contexts' | 'current'>,
  file: KubeconfigFile,
  gone: Gone,
): string => {
  const live = file.names('contexts')
  const ours = contexts.map(({ name }) => name)
  const known = new Set([...live.filter((name) => !gone.contexts.has(name)), ...ours])
  const chosen =
    ours.some((name) => live.includes(name)) && file.current !== undefined && known.has(file.current)
  return chosen ? file.current! : current
}

/** Where our entries are not as wanted, the token apart. */
export const entryDifferences = (want: KubeEntries, file: KubeconfigFile, gone: Gone): FieldDiff[] =>
  Object.values(differencesBySection(want, file, gone)).flat()

/** The same by what they are about; the context to start with is one of `contexts`. */
export const differencesBySection = (
  want: KubeEntries,
  file: KubeconfigFile,
  gone: Gone,
): Record<Section, FieldDiff[]> => ({
  clusters: clusterDifferences(want.cluster, file),
  users: userDifferences(want.user, file, gone),
  contexts: contextDifferences(want, file, gone),
})

const userDifferences = (user: string, file: KubeconfigFile, gone: Gone): FieldDiff[] => {
  const { token: _, ...foreign } = file.credentials(user) ?? {}
  return [
    ...[...gone.users].map((name) => ({
      field: `users.${name}`,
      from: Object.values(file.credentials(name) ?? {})[0] ?? '',
    })),
    ...Object.entries(foreign).map(([key, from]) => ({ field: `user.${key}`, from })),
  ]
}

const contextDifferences = (want: KubeEntries, file: KubeconfigFile, gone: Gone): FieldDiff[] => {
  const { user, cluster, contexts } = want
  const current = currentAfter(want, file, gone)
  return [
    ...contexts.flatMap(({ name, namespace }) => {
      const field = `contexts.${name}`
      const live = file.entry('contexts', name)
      if (live === undefined) return [{ field, to: namespace }]
      return differences({ cluster: cluster.name, namespace, user }, live as Json, { exact: [field] }, field)
    }),
    ...[...gone.contexts].map((name) => ({
      field: `contexts.${name}`,
      from: (file.entry('contexts', name)?.['namespace'] ?? '') as Json,
    })),
    ...(file.current === current ? [] : [{ field: 'current-context', from: file.current, to: current }]),
  ]
}

/** Lines of a cluster entry that are the user's own business where the inventory says nothing of them. */
const LEFT_ALONE = { tlsServerName: 'tls-server-name', proxyUrl: 'proxy-url' } as const

/** What the user has written themselves and keeps: how the server is reached, as long as it is the same server. */
export const keptOf = (
  { cluster }: Pick<KubeEntries, 'cluster'>,
  file: KubeconfigFile,
): Partial<Endpoint> => {
  const live = file.entry('clusters', cluster.name) ?? {}
  if (live['server'] !== cluster.server) return {}
  return Object.fromEntries(
    Object.entries(LEFT_ALONE)
      .filter(
        ([field, key]) => cluster[field as keyof Endpoint] === undefined && typeof live[key] === 'string',
      )
      .map(([field, key]) => [field, live[key]]),
  )
}

/** A certificate is as long as it is illegible, so it is told by whose it is. */
const clusterDifferences = (want: KubeEntries['cluster'], file: KubeconfigFile): FieldDiff[] => {
  const live = file.entry('clusters', want.name)
  if (live === undefined) return [{ field: 'cluster', to: want.server }]
  const { server, ca, tlsServerName, proxyUrl } = { ...want, ...keptOf({ cluster: want }, file) }
  const key = 'certificate-authority-data'
  const same =
    Buffer.from(String(live[key] ?? ''), 'base64')
      .toString('utf8')
      .trim() === ca.trim()
  const shown = {
    ...live,
    ...(key in live && { [key]: same ? "the cluster's" : 'another' }),
    ...(LEFT_ALONE.proxyUrl in live && { [LEFT_ALONE.proxyUrl]: plainUrl(live[LEFT_ALONE.proxyUrl]) }),
  } as Json
  const wanted = {
    server,
    [key]: ca === '' ? null : "the cluster's",
    ...(tlsServerName !== undefined && { [LEFT_ALONE.tlsServerName]: tlsServerName }),
    ...(proxyUrl !== undefined && { [LEFT_ALONE.proxyUrl]: plainUrl(proxyUrl) }),
  }
  return differences(wanted, shown, { exact: ['cluster'] }, 'cluster')
}

/** The way to a proxy may hold a password. */
const plainUrl = (value: unknown): string => {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url === null) return 'another'
  Object.assign(url, { username: '', password: '' })
  return url.href
}
