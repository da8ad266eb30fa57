import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type * as z from 'zod'
import { type AutomationError, wrongSetting } from '../../base/errors.ts'
import { yaml } from '../../base/packages.ts'
import {
  type ClusterEntry,
  clusterEntry,
  contextEntry,
  lackIn,
  type UserEntry,
  userEntry,
} from './entries.ts'
import { brokenOff } from './errors.ts'
import { type Plugin, pluginOf } from './plugin.ts'

/** Where a cluster's API is and who we are there, as one context of a kubeconfig says. */
export interface KubeContext {
  /** The kubeconfig itself. */
  file: string
  name: string
  /** URL of the API server, without a slash at its end. */
  server: string
  tlsServerName?: string
  /** URL of an HTTP proxy on the way to the API server. */
  proxy?: string
  /** PEM; empty when the kubeconfig names no authority and the machine's own are trusted. */
  ca: string
  user: KubeUser
}

/** Who we are to the API server: one of the credentials, and whom to act as. */
export interface KubeUser {
  /** Of the entry in the kubeconfig. */
  name: string
  /** PEM of a client certificate and its key. */
  certificate?: { cert: string; key: string }
  token?: string
  /** Read again every minute. */
  tokenFile?: string
  basic?: { username: string; password: string }
  plugin?: Plugin
  /** As kubectl's OpenID Connect takes it. */
  oidc?: Record<string, unknown>
  /** Headers that say whom we act as. */
  impersonation: Readonly<Record<string, string | readonly string[]>>
}

/**
 * Reads one context of a kubeconfig and the files that it names. Whatever is missing, malformed or unsafe in it is
 * an error of code `inventory` that says so.
 */
export const readContext = async (
  { kubeconfig, context: name }: { kubeconfig: string; context: string },
  signal: AbortSignal,
): Promise<KubeContext> => {
  const file = new KubeconfigFile(kubeconfig, signal)
  const config = await file.parse()
  const context = file.pick('context', contextEntry, config.contexts, name)
  const cluster = file.pick('cluster', clusterEntry, config.clusters, context.cluster)
  if (!context.user) throw anonymous(file, `the context ${JSON.stringify(name)} names no user`)
  const user = file.pick('user', userEntry, config.users, context.user)
  refuseUnsafe(file, context.cluster, cluster)
  const ca = await file.pem(cluster['certificate-authority-data'], cluster['certificate-authority'])
  const server = cluster.server.replace(/\/$/, '')
  const { 'tls-server-name': tlsServerName, 'proxy-url': proxy } = cluster
  return {
    file: kubeconfig,
    name,
    server,
    ...(tlsServerName && { tlsServerName }),
    ...(proxy && { proxy }),
    ca,
    user: await userOf(file, context.user, user, { ...cluster, server, ca }),
  }
}

/** The names of all contexts of a kubeconfig. */
export const contextsIn = async (kubeconfig: string, signal: AbortSignal): Promise<string[]> => {
  const { contexts } = await new KubeconfigFile(kubeconfig, signal).parse()
  return entriesIn(contexts).map(({ name }) => name)
}

interface Raw {
  contexts?: unknown
  clusters?: unknown
  users?: unknown
}

interface Entry {
  name: string
  [kind: string]: unknown
}

const entriesIn = (list: unknown): Entry[] =>
  (Array.isArray(list) ? list : []).filter((entry) => typeof entry?.name === 'string')

class KubeconfigFile {
  readonly #path: string
  readonly #signal: AbortSignal

  constructor(path: string, signal: AbortSignal) {
    this.#path = path
    this.#signal = signal
  }

  wrong(message: string, hint: string, line?: number): AutomationError {
    const subject = line === undefined ? this.#path : `${this.#path}:${line}`
    return wrongSetting(subject, message, hint)
  }

  /** The parser's own words quote the lines around a mistake, where the tokens are; so only its code is told. */
  async parse(): Promise<Raw> {
    const text = await this.#read(this.#path)
    const { LineCounter, parseDocument } = yaml()
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    const [error] = document.errors
    if (error !== undefined)
      throw this.wrong(
        `is not valid YAML (${error.code})`,
        'see what kubectl says of it: kubectl config view --kubeconfig <file>',
        lines.linePos(error.pos[0]).line,
      )
    const config: unknown = document.toJS()
    if (typeof config === 'object' && config !== null && 'contexts' in config) return config
    throw this.wrong('is not a kubeconfig: it has no contexts', 'name the kubeconfig of an administrator')
  }

  /** What the entry of that name holds. */
  pick<S extends z.ZodType>(kind: string, schema: S, list: unknown, name: string): z.output<S> {
    const entries = entriesIn(list)
    const found = entries.find((entry) => entry.name === name)
    if (found === undefined) {
      const names = entries.map((entry) => entry.name)
      const there = names.length === 0 ? `it has no ${kind} at all` : `it has: ${names.join(', ')}`
      throw this.wrong(`there is no ${kind} ${JSON.stringify(name)} in it`, [there, ...unread()].join('; '))
    }
    const { success, data, error } = schema.safeParse(found[kind] ?? {})
    if (success) return data
    throw this.wrong(
      `the ${kind} ${JSON.stringify(name)} is incomplete: ${lackIn(kind, error)}`,
      'complete it',
    )
  }

  /** PEM from base64 in the kubeconfig, or else from a file beside it; empty when there is neither. */
  async pem(data: string | null | undefined, path: string | null | undefined): Promise<string> {
    if (data) return Buffer.from(data, 'base64').toString()
    return path ? this.#read(this.beside(path)) : ''
  }

  /** A path as it is meant: from where the kubeconfig is. */
  beside(path: string): string {
    return resolve(dirname(this.#path), path)
  }

  async #read(path: string): Promise<string> {
    try {
      return await readFile(path, { encoding: 'utf8', signal: this.#signal })
    } catch (error) {
      if (this.#signal.aborted) throw brokenOff(this.#path, this.#signal)
      const { code } = error as NodeJS.ErrnoException
      throw this.wrong(
        path === this.#path ? `cannot be read (${code})` : `names ${path}, which cannot be read (${code})`,
        [
          'name the kubeconfig of an administrator: cluster.kubeconfig of the inventory, or adopt --kubeconfig',
          ...unread(),
        ].join('; '),
      )
    }
  }
}

/** Which cluster a run changes is said in the inventory alone, so what kubectl would take besides is not read. */
const unread = (): string[] => {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = process.env
  if (KUBECONFIG) {
    const several = KUBECONFIG.includes(':')
      ? ': kubectl config view --flatten > <file> makes one of its files'
      : ''
    return [`KUBECONFIG (${KUBECONFIG}) is not read${several}`]
  }
  if (KUBERNETES_SERVICE_HOST)
    return ['in a pod, write a kubeconfig with tokenFile and certificate-authority below /var/run/secrets']
  return []
}

const refuseUnsafe = (file: KubeconfigFile, name: string, entry: ClusterEntry): void => {
  const { server, 'insecure-skip-tls-verify': skip, 'proxy-url': proxy } = entry
  const cluster = `the cluster ${JSON.stringify(name)}`
  if (skip)
    throw file.wrong(
      `${cluster} has insecure-skip-tls-verify`,
      'put certificate-authority-data in its place: whoever answers at that address would get our credentials',
    )
  if (!server.startsWith('https://'))
    throw file.wrong(`${cluster} has a server that is not https`, `it is ${JSON.stringify(server)}`)
  if (proxy && !/^https?:\/\//.test(proxy))
    throw file.wrong(`${cluster} has a proxy-url that is not http or https`, 'use an HTTP proxy')
}

const userOf = async (
  file: KubeconfigFile,
  name: string,
  entry: UserEntry,
  cluster: ClusterEntry & { ca: string },
): Promise<KubeUser> => {
  const { token, tokenFile, username, password, exec, 'auth-provider': provider } = entry
  if (provider && provider.name !== 'oidc')
    throw file.wrong(
      `the user ${JSON.stringify(name)} has the auth-provider ${JSON.stringify(provider.name)}, ` +
        'which kubectl has given up',
      'use its credential plugin (exec), or a client certificate',
    )
  const cert = await file.pem(entry['client-certificate-data'], entry['client-certificate'])
  const key = await file.pem(entry['client-key-data'], entry['client-key'])
  const proofs = {
    ...(cert !== '' && { certificate: { cert, key } }),
    ...(token && { token }),
    ...(tokenFile && { tokenFile: file.beside(tokenFile) }),
    ...(username && { basic: { username, password: password ?? '' } }),
    ...(exec && { plugin: pluginOf(exec, file.beside('.'), cluster) }),
    ...(provider && { oidc: provider.config ?? {} }),
  }
  if (Object.keys(proofs).length === 0)
    throw anonymous(file, `the user ${JSON.stringify(name)} has no credentials`)
  return { name, ...proofs, impersonation: impersonationOf(entry) }
}

const anonymous = (file: KubeconfigFile, message: string): AutomationError =>
  file.wrong(
    `${message}, so the API server would take us for anonymous`,
    'name a context with the credentials of an administrator',
  )

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
const impersonationOf = (entry: UserEntry): KubeUser['impersonation'] => {
  const { as: name, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = entry
  return {
    ...(name && { 'Impersonate-User': inHeader(name) }),
    ...(uid && { 'Impersonate-Uid': inHeader(uid) }),
    ...(groups?.length && { 'Impersonate-Group': groups.map(inHeader) }),
    ...Object.fromEntries(
      Object.entries(extra ?? {}).map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key).replace(/[()]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)}`,
        values.map(inHeader),
      ]),
    ),
  }
}

/** Its bytes as UTF-8, as kubectl sends them. */
const inHeader = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
