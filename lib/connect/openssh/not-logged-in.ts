import { AutomationError } from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'
import { type Keys, keysFor } from '../ssh/keys.ts'
import { knownOf, refuseKey } from '../ssh/known-hosts.ts'
import { noCommonAlgorithm, noConnection, noForwarding, noLogin } from '../ssh/login-errors.ts'
import type { LoginMethods } from '../ssh/login-methods.ts'
import type { SshEndpoint } from '../ssh/route.ts'
import type { Master } from './master.ts'

/** Why a login by ssh came to nothing, from what ssh has said; the words are those of a login by node-ssh. */
export const notLoggedIn = async (
  endpoint: SshEndpoint,
  master: Master,
  through: Master | undefined,
): Promise<AutomationError> => {
  const { said, asked } = master
  if (through !== undefined && /^Stdio forwarding request failed/m.test(said))
    return noForwarding(endpoint, new Error(last(through.said, /open failed: (.*)/) ?? 'refused'))
  const trouble = CONNECTING.find(([words]) => words.test(said))
  if (trouble !== undefined) return noConnection(endpoint, failure(lastWords(said), { code: trouble[1] }))
  if (/^Host key verification failed|^Host key .* revoked/m.test(said))
    return hostKeyRefused(endpoint, master)
  const offer = /no matching (.+?)(?: method)? found\. Their offer: (.*)/.exec(said)
  if (offer !== null) return noCommonAlgorithm(endpoint, offer[1]!, untrusted(offer[2]!))

  const keys = await keysOf(endpoint, said)
  const methods = methodsIn(said, keys, endpoint, asked)
  const verified = /^debug1: Host '.*' is known and matches/m.test(said)
  const level = levelOf(said, asked.again)
  return noLogin(endpoint, failure(lastWords(said), { level }), methods, keys, verified)
}

/** How ssh tells what went wrong before it spoke to a server; its words are the same in every language. */
const CONNECTING: readonly [words: RegExp, code: string | undefined][] = [
  [/^ssh: Could not resolve hostname .*: Temporary failure/m, 'EAI_AGAIN'],
  [/^ssh: Could not resolve hostname/m, 'ENOTFOUND'],
  [/^ssh: connect to host .*: Connection refused/m, 'ECONNREFUSED'],
  [/^ssh: connect to host .*: No route to host/m, 'EHOSTUNREACH'],
  [/^ssh: connect to host .*: Network is unreachable/m, 'ENETUNREACH'],
  [/^ssh: connect to host .*: (Connection|Operation) timed out/m, 'ETIMEDOUT'],
  [/^ssh: connect to host/m, undefined],
]

const failure = (message: string, more: { code?: string | undefined; level?: string | undefined }): Error =>
  Object.assign(new Error(message), more)

const levelOf = (said: string, askedAgain: boolean): string | undefined => {
  if (askedAgain || /: Permission denied \(|Too many authentication failures/m.test(said))
    return 'client-authentication'
  return /banner|protocol version|invalid protocol|no common|dispatch_run_fatal/im.test(
    spoken(said).join('\n'),
  )
    ? 'handshake'
    : undefined
}

/** The lines that are not about what it tries. */
const spoken = (said: string): string[] =>
  said.split(/\r?\n/).filter((line) => line !== '' && !/^(debug\d: |OpenSSH_)/.test(line))

const lastWords = (said: string): string => {
  const [first = 'ssh ended', ...more] = spoken(said).slice(-2)
  return untrusted([first, ...more].join('; '))
}

const last = (text: string, pattern: RegExp): string | undefined => {
  const found = [...text.matchAll(new RegExp(pattern, 'g'))].at(-1)?.[1]
  return found === undefined ? undefined : untrusted(found)
}

const hostKeyRefused = async (endpoint: SshEndpoint, master: Master): Promise<AutomationError> => {
  const { subject, hostName, port } = endpoint
  const [, key = ''] = ((await master.shownKey()) ?? '').split(' ')
  return (
    refuseKey(Buffer.from(key, 'base64'), await knownOf(endpoint), endpoint) ??
    new AutomationError({
      code: 'host-key',
      subject,
      message: `ssh does not take the host key of ${hostName}:${port} (${lastWords(master.said)})`,
      hint: `\`ssh ${endpoint.address}\` says more; RevokedHostKeys or another option of ssh_config may forbid it`,
    })
  )
}

/** What keeps keys from being used. ssh knows kinds that we cannot read; one that it cannot read either is told. */
const keysOf = async (endpoint: SshEndpoint, said: string): Promise<Keys> => {
  try {
    return await keysFor(endpoint)
  } catch (error) {
    if (/^Load key "/m.test(said)) throw error
    return { attempts: [], encrypted: [], unread: [] }
  }
}

const methodsIn = (
  said: string,
  { encrypted }: Keys,
  { password, identityFiles }: SshEndpoint,
  asked: { once: boolean; again: boolean },
): LoginMethods => {
  const tried: string[] = []
  const accepted: string[] = []
  const answered: string[] = []
  let taken: string[] = []
  for (const line of said.split(/\r?\n/)) {
    const key = /^debug1: Offering public key: (.+?) [\w-]+ SHA256:\S+(.*)/.exec(line)
    const method = /^debug1: Next authentication method: (password|keyboard-interactive)/.exec(line)?.[1]
    const takes = /^debug1: Authentications that can continue: (.*)/.exec(line)?.[1]
    if (key !== null) {
      const [, name = '', from = ''] = key
      const isFile = identityFiles.some(({ path }) => path === name)
      if (!encrypted.includes(name)) tried.push(!isFile && / agent/.test(from) ? `agent key ${name}` : name)
    }
    if (method !== undefined) answered.push(method)
    if (takes !== undefined) taken = takes.split(',')
    if (/with partial success/.test(line) && tried.length > 0) accepted.push(tried.at(-1)!)
  }
  // Asked a second time it was the first of both methods that had the password.
  const shownTo = asked.again ? answered[0] : answered.at(-1)
  if (asked.once) tried.push(shownTo === 'password' ? 'password' : 'password (keyboard-interactive)')
  const clean = (words: readonly string[]): string[] => words.map((word) => untrusted(word))
  return {
    next: () => false,
    tried: clean(tried),
    accepted: clean(accepted),
    hasPassword: password !== undefined,
    taken: clean(taken),
  }
}
