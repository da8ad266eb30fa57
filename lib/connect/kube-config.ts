import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Cluster, User } from '@kubernetes/client-node'
import { AutomationError } from '../errors.ts'
import { brokenOff } from './kube-errors.ts'

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
  /** PEM of a client certificate and its key. */
  certificate?: { cert: string; key: string }
  user: User
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
  // The package's index loads a thousand modules, which would take longer than all the rest of a run.
  const { newClusters, newContexts, newUsers } = await import('@kubernetes/client-node/dist/config_types.js')
  const context = file.pick('context', newContexts, config.contexts, name)
  const cluster = file.pick('cluster', newClusters, config.clusters, context.cluster)
  const usersOf = (entries: Entry[]) =>
    newUsers(entries).map((user, index) => completed(user, entries[index]!, dirname(kubeconfig)))
  const user = file.pick('user', usersOf, config.users, context.user ?? '')
  refuseUnsafe(file, cluster)
  const [ca, cert, key] = await Promise.all([
    file.pem(cluster.caData, cluster.caFile),
    file.pem(user.certData, user.certFile),
    file.pem(user.keyData, user.keyFile),
  ])
  return {
    file: kubeconfig,
    name,
    server: cluster.server,
    ...(cluster.tlsServerName && { tlsServerName: cluster.tlsServerName }),
    ...(cluster.proxyUrl && { proxy: cluster.proxyUrl }),
    ca,
    ...(cert !== '' && { certificate: { cert, key } }),
    user,
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
  user?: { tokenFile?: string }
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
    return new AutomationError({ code: 'inventory', subject, message, hint })
  }

  /** The parser's own words quote the lines around a mistake, where the tokens are; so only its code is told. */
  async parse(): Promise<Raw> {
    const text = await this.#read(this.#path)
    const { LineCounter, parseDocument } = await import('yaml')
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

  /** The entry of that name, read by the client's own parser. */
  pick<T>(kind: string, parse: (entries: Entry[]) => T[], list: unknown, name: string): T {
    const entries = entriesIn(list)
    try {
      const [found] = parse(entries.filter((entry) => entry.name === name))
      if (found !== undefined) return found
    } catch (error) {
      const lacking = (error as Error).message.replace(/^\w+\[0\]\./, '')
      throw this.wrong(`the ${kind} ${JSON.stringify(name)} is incomplete: ${lacking}`, 'complete it')
    }
    const names = entries.map((entry) => entry.name)
    throw this.wrong(
      `there is no ${kind} ${JSON.stringify(name)} in it`,
      names.length === 0 ? `it has no ${kind} at all` : `it has: ${names.join(', ')}`,
    )
  }

  /** PEM from base64 in the kubeconfig, or else from a file beside it; empty when there is neither. */
  async pem(data: string | undefined, path: string | undefined): Promise<string> {
    if (data) return Buffer.from(data, 'base64').toString()
    return path ? this.#read(resolve(dirname(this.#path), path)) : ''
  }

  async #read(path: string): Promise<string> {
    try {
      return await readFile(path, { encoding: 'utf8', signal: this.#signal })
    } catch (error) {
      if (this.#signal.aborted) throw brokenOff(this.#path, this.#signal)
      const { code } = error as NodeJS.ErrnoException
      throw this.wrong(
        path === this.#path ? `cannot be read (${code})` : `names ${path}, which cannot be read (${code})`,
        'name the kubeconfig of an administrator in cluster.kubeconfig of the inventory',
      )
    }
  }
}

const refuseUnsafe = (file: KubeconfigFile, { name, server, skipTLSVerify, proxyUrl }: Cluster): void => {
  const cluster = `the cluster ${JSON.stringify(name)}`
  if (skipTLSVerify)
    throw file.wrong(
      `${cluster} has insecure-skip-tls-verify`,
      'put certificate-authority-data in its place: whoever answers at that address would get our credentials',
    )
  if (!server.startsWith('https://'))
    throw file.wrong(`${cluster} has a server that is not https`, `it is ${JSON.stringify(server)}`)
  if (proxyUrl && !/^https?:\/\//.test(proxyUrl))
    throw file.wrong(`${cluster} has a proxy-url that is not http or https`, 'use an HTTP proxy')
}

/**
 * What the client's parser leaves out: a token file, paths from where the kubeconfig is, and what kubectl tells a
 * credential plugin about itself.
 */
const completed = (user: User, { user: { tokenFile } = {} }: Entry, directory: string): User => {
  if (tokenFile)
    return {
      ...user,
      authProvider: { name: 'tokenFile', config: { tokenFile: resolve(directory, tokenFile) } },
    }
  if (!user.exec) return user
  const { command, env, apiVersion } = user.exec
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
  return {
    ...user,
    exec: {
      ...user.exec,
      command: `${command}`.includes('/') ? resolve(directory, command) : command,
      env: [...(env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
    },
  }
}
