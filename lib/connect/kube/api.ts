import * as z from 'zod'
import { defined } from '../../base/defined.ts'
import { AutomationError, isAutomationError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import { FIELD_MANAGER } from '../../conventions/labels.ts'
import { claimsIn } from '../../kube/bound-token.ts'
import { type Kind, type KubeObject, pathOf, SERVICE_ACCOUNT } from '../../kube/object.ts'
import type { Endpoint, KubeConnection, KubeSettings } from '../connection.ts'
import { type KubeContext, readContext } from './config.ts'
import { Credentials } from './credentials.ts'
import { discover, offered } from './discovery.ts'
import { type Call, KubeTransport, type TransportOptions } from './transport.ts'
import { follow } from './watch.ts'

export interface KubeOptions extends TransportOptions {
  /** Breaks off connecting. */
  signal: AbortSignal
}

const PAGE = '500'
/** Reviews are answered and never stored. */
const REVIEW = /^\/apis\/(authorization|authentication)\.k8s\.io\/v1\/[a-z]+reviews$/

/**
 * A cluster's API as one context of a kubeconfig reaches it. Nothing is sent before the first operation; a kubeconfig
 * that cannot be used is an error of code `inventory`.
 */
export const connectKube = async (
  settings: KubeSettings,
  { signal, ...options }: KubeOptions,
): Promise<KubeConnection> => {
  const context = await readContext(settings, signal)
  const transport = new KubeTransport(context.server, new Credentials(context), options)
  return connectionOver(transport, settings, endpointOf(settings, context))
}

/** Our own way to the API server is the users' where the inventory names no other address; only a proxy is not. */
const endpointOf = (
  settings: KubeSettings,
  { server: ours, ca, tlsServerName, proxy }: KubeContext,
): Endpoint => {
  const server = settings.server ?? ours
  const name = settings.tlsServerName ?? (server === ours ? tlsServerName : undefined)
  const isUntold = proxy !== undefined && settings.server === undefined && settings.proxyUrl === undefined
  return {
    server,
    ca,
    ...defined({ tlsServerName: name, proxyUrl: settings.proxyUrl }),
    ...(isUntold && { untold: behindProxy(server) }),
  }
}

const behindProxy = (server: string): NonNullable<Endpoint['untold']> => ({
  reason:
    `we reach ${server} through the proxy-url of our own kubeconfig, and the inventory does not say ` +
    'how users reach it',
  hint:
    'write into cluster of the inventory either proxyUrl, the proxy that they go through, or server, ' +
    'the address without one',
})

/** How each of the writes goes. */
const WRITES: Record<'apply' | 'replace' | 'create', Pick<Call, 'method' | 'query' | 'contentType'>> = {
  apply: { method: 'PATCH', query: { force: 'true' }, contentType: 'application/apply-patch+yaml' },
  replace: { method: 'PUT' },
  create: { method: 'POST' },
}

const connectionOver = (
  transport: KubeTransport,
  settings: KubeSettings,
  endpoint: Endpoint,
): KubeConnection => {
  const pages = async (kind: Kind, signal: AbortSignal, paging: { limit?: string }) => {
    const items: KubeObject[] = []
    const { apiVersion, kind: name, fieldSelector, labelSelector } = kind
    const call: Call = { method: 'GET', path: pathOf(kind), verb: 'list', subject: kind.plural }
    for (let next = ''; ; ) {
      const query = {
        ...paging,
        ...defined({ fieldSelector, labelSelector }),
        ...(next !== '' && { continue: next }),
      }
      const page = (await transport.call({ ...call, query }, signal)) as Page
      // The API leaves both out of the items of a list.
      for (const item of page.items ?? []) items.push(Object.assign(item, { apiVersion, kind: name }))
      next = page.metadata.continue ?? ''
      if (next === '') return { items, resourceVersion: page.metadata.resourceVersion }
    }
  }

  const writing =
    (verb: keyof typeof WRITES): KubeConnection['apply'] =>
    async (kind, object, { signal, dryRun = false }) => {
      const { name, namespace } = object.metadata
      const { method, query, ...form } = WRITES[verb]
      const call: Call = {
        method,
        path: pathOf(kind, namespace, method === 'POST' ? undefined : name),
        query: {
          fieldManager: FIELD_MANAGER,
          fieldValidation: 'Strict',
          ...(dryRun && { dryRun: 'All' }),
          ...query,
        },
        body: object,
        ...form,
        verb,
        subject: subjectOf(kind, namespace, name),
      }
      return (await transport.call(call, signal)) as KubeObject
    }

  return {
    settings,
    endpoint,
    server: transport.server,
    get now() {
      return transport.now
    },
    get requests() {
      return transport.requests
    },

    async read(path, signal) {
      try {
        const call: Call = { method: 'GET', path, verb: 'get', subject: path }
        return (await transport.call(call, signal)) as KubeObject
      } catch (error) {
        if (statusOf(error) === 404) return undefined
        throw error
      }
    },

    async list(kind, signal) {
      try {
        return await pages(kind, signal, { limit: PAGE })
      } catch (error) {
        if (statusOf(error) === 404 && kind.optional) return { items: [], resourceVersion: '' }
        if (statusOf(error) !== 410) throw error
        // The snapshot that the pages come from was given up meanwhile; what comes in one piece cannot be.
        return pages(kind, signal, {})
      }
    },

    apply: writing('apply'),
    replace: writing('replace'),
    create: writing('create'),

    async issue({ namespace, serviceAccount, anchor, seconds }, signal) {
      const call: Call = {
        method: 'POST',
        path: `${pathOf(SERVICE_ACCOUNT, namespace, serviceAccount)}/token`,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            expirationSeconds: seconds,
            boundObjectRef: { apiVersion: 'v1', kind: 'Secret', ...anchor },
          },
        },
        verb: 'create',
        subject: `token of ${subjectOf(SERVICE_ACCOUNT, namespace, serviceAccount)}`,
      }
      const { token, expirationTimestamp } =
        issued.safeParse(await transport.call(call, signal)).data?.status ?? NOTHING_ISSUED
      const claims = claimsIn(token)
      const until = Date.parse(expirationTimestamp) / 1000
      if (claims === undefined || Number.isNaN(until)) throw noToken(call.subject)
      return {
        token: new Secret(`token of ${serviceAccount}`, token),
        lasts: { from: claims.iat, until, asked: seconds },
      }
    },

    async remove({ kind, name, namespace, uid, resourceVersion }, { signal, dryRun = false, grace }) {
      const call: Call = {
        method: 'DELETE',
        path: pathOf(kind, namespace, name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          ...defined({ gracePeriodSeconds: grace }),
          preconditions: { uid, ...defined({ resourceVersion }) },
          ...(dryRun && { dryRun: ['All'] }),
        },
        verb: 'delete',
        subject: subjectOf(kind, namespace, name),
      }
      try {
        await transport.call(call, signal)
      } catch (error) {
        if (statusOf(error) !== 404) throw error
      }
    },

    async watch(kind, resourceVersion, onObject, signal) {
      for await (const object of follow(transport, kind, resourceVersion, signal)) onObject(object)
    },
    offers: (signal) => offered(transport, signal),
    discover: (signal) => discover(transport, signal),

    inquire({ method, path, body, token }, signal) {
      const stores = method !== 'GET' && !REVIEW.test(path)
      const call: Call = {
        method,
        path,
        verb: method.toLowerCase(),
        subject: path,
        ...(stores && { query: { dryRun: 'All' } }),
        ...(method === 'PATCH' && { contentType: 'application/merge-patch+json' }),
        ...defined({ body, token }),
      }
      return transport.ask(call, signal)
    },

    close: async () => transport.close(),
  }
}

interface Page {
  items: KubeObject[] | null
  metadata: { continue?: string; resourceVersion: string }
}

const issued = z.object({ status: z.object({ token: z.string(), expirationTimestamp: z.string() }) })
const NOTHING_ISSUED = { token: '', expirationTimestamp: '' }

const noToken = (subject: string): AutomationError =>
  new AutomationError({
    code: 'api',
    subject,
    message: 'the answer holds no token that can be read',
    hint: 'does the API server issue its own tokens, or something in front of it?',
  })

const subjectOf = ({ kind }: Kind, namespace: string | undefined, name: string): string =>
  `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`

const statusOf = (error: unknown): number | undefined => (isAutomationError(error) ? error.status : undefined)
