import { X509Certificate } from 'node:crypto'
import { Agent, type RequestOptions } from 'node:https'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { User } from '@kubernetes/client-node'
import type { Authenticator } from '@kubernetes/client-node/dist/auth.js'
import { defined } from '../../base/defined.ts'
import { AutomationError, wrongSetting } from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'
import { Secret } from '../../base/secret.ts'
import type { KubeContext, KubeUser } from './config.ts'

/** What a request needs to be ours: its headers, and the connections that carry our certificate. */
export interface RequestCredentials {
  headers: Record<string, string | readonly string[]>
  agent: Agent
}

/**
 * Who we are to the API server. A credential plugin is asked by the client's own code, once until what it gave
 * expires, however many requests wait for it; its failure is an error of code `auth`.
 */
export class Credentials {
  readonly #context: KubeContext
  #provider: Promise<Provider | undefined> | undefined
  #asking: Promise<RequestCredentials> | undefined
  #agents = new Map<string, Agent>()

  constructor(context: KubeContext) {
    this.#context = context
  }

  identity(): Promise<RequestCredentials> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Somebody else, by their token; nobody without one. */
  async bearer(token: Secret | null): Promise<RequestCredentials> {
    if (token === null) return { headers: {}, agent: this.#agent({}) }
    const proof = `Bearer ${await token.reveal()}`
    if (!isSendable(proof)) throw unsendable(`«secret:${token.name}»`, 'give them another token')
    return { headers: { Authorization: proof }, agent: this.#agent({}) }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
  }

  async #ask(): Promise<RequestCredentials> {
    const { basic, token, certificate, impersonation } = this.#context.user
    const options: RequestOptions & { headers: Record<string, string> } = { headers: {}, ...certificate }
    if (basic !== undefined) {
      const pair = Buffer.from(`${basic.username}:${basic.password}`).toString('base64')
      options.headers['Authorization'] = `Basic ${pair}`
    }
    if (token !== undefined) options.headers['Authorization'] = `Bearer ${token}`
    await this.#askProvider(options)
    const { Authorization: proof } = options.headers
    if (proof !== undefined) {
      if (!isSendable(proof.trim()))
        throw unsendable(
          this.#context.file,
          'write the token or password into it again, without anything else',
        )
      options.headers['Authorization'] = proof.trim()
      await guard(proof.trim().replace(/^\w+ /, ''))
    }
    // An empty token file, or a plugin that prints nothing: the API server would take us for anonymous.
    if (options.cert === undefined && !/^\w+ +\S/.test(options.headers['Authorization'] ?? ''))
      throw this.#cannotLogIn('its token file or credential plugin is there and gives no credential')
    return { headers: { ...options.headers, ...impersonation }, agent: this.#agent(options) }
  }

  async #askProvider(options: RequestOptions): Promise<void> {
    const { user } = this.#context
    try {
      this.#provider ??= providerOf(user)
      const provider = await this.#provider
      await provider?.asks.applyAuthentication(provider.about, options)
    } catch (error) {
      throw this.#cannotLogIn(complaint(error as Error))
    }
  }

  #cannotLogIn(why: string): AutomationError {
    const { user, file } = this.#context
    return new AutomationError({
      code: 'auth',
      subject: file,
      message: `the user ${JSON.stringify(user.name)} cannot log in: ${why}`,
      hint:
        user.plugin === undefined
          ? 'renew the credentials in the kubeconfig'
          : untrusted(user.plugin.installHint || `see what this says: ${user.plugin.command}`),
    })
  }

  /** One agent for each certificate, so that connections are kept for as long as it is the same. */
  #agent({ cert, key }: RequestOptions): Agent {
    const known = this.#agents.get(`${cert}`)
    if (known !== undefined) return known
    const { file, ca, tlsServerName, proxy } = this.#context
    try {
      // A secure context passes over an authority that it cannot read.
      if (ca !== '') new X509Certificate(ca)
      const secureContext = createSecureContext({
        minVersion: 'TLSv1.2',
        ca: ca === '' ? trustedHere() : ca,
        ...defined({ cert, key }),
      })
      const agent = new Agent({
        keepAlive: true,
        secureContext,
        // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED would change the default.
        rejectUnauthorized: true,
        ...defined({ servername: tlsServerName }),
        ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
      })
      this.#agents.set(`${cert}`, agent)
      return agent
    } catch (error) {
      throw wrongSetting(
        file,
        `its certificates cannot be used: ${untrusted((error as Error).message)}`,
        'certificate-authority-data, client-certificate-data and client-key-data are base64 of PEM',
      )
    }
  }
}

/** Imported by name, node:http would load all that it has for WebSockets too: as long as the rest of this room. */
const http = process.getBuiltinModule('node:http')

const isSendable = (value: string): boolean => {
  try {
    http.validateHeaderValue('Authorization', value)
    return true
  } catch {
    return false
  }
}

const unsendable = (subject: string, hint: string): AutomationError =>
  new AutomationError({
    code: 'auth',
    subject,
    message: 'the credentials hold characters that no request can carry',
    hint,
  })

/** A parser's words would quote what a plugin printed, which may be the credential. */
const complaint = (error: Error): string =>
  error instanceof SyntaxError || error instanceof TypeError
    ? 'its credential plugin printed no credential'
    : untrusted(error.message) || 'its credential plugin failed'

/** The client's own code for one way to log in, and what it is told. */
interface Provider {
  asks: Authenticator
  about: User
}

/** Only what this user needs is loaded: the client's code for OpenID Connect takes longer than a whole run. */
const providerOf = async ({ name, plugin, tokenFile, oidc }: KubeUser): Promise<Provider | undefined> => {
  const about = (how: object): User => ({ name, ...how }) as User
  if (plugin !== undefined) {
    const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js')
    return { asks: new ExecAuth(), about: about({ exec: plugin }) }
  }
  if (tokenFile !== undefined) {
    const { FileAuth } = await import('@kubernetes/client-node/dist/file_auth.js')
    return { asks: new FileAuth(), about: about({ authProvider: { config: { tokenFile } } }) }
  }
  if (oidc === undefined) return undefined
  const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js')
  return { asks: new OpenIDConnectAuth(), about: about({ authProvider: { name: 'oidc', config: oidc } }) }
}

/** What programs on this machine trust: its own store, as kubectl does, and what Node brings and was told to trust. */
const trustedHere = (): string[] => [
  ...new Set([...getCACertificates('default'), ...getCACertificates('system')]),
]

/** Lets `redact` take a credential out of whatever an API server says back to us. */
const guard = (credential: string): Promise<string> => new Secret('kubeconfig', credential).reveal()
