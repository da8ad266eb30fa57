import type { AnyAuthMethod, BaseAgent, ParsedKey } from 'ssh2'
import ssh2 from 'ssh2'
import { wrongSetting } from '../../base/errors.ts'
import type { SshEndpoint } from './route.ts'
import { textOrUnread, type Unread } from './unread.ts'

/** One key that may be shown to a server. */
export interface KeyAttempt {
  /** How it is called in an error. */
  label: string
  method: AnyAuthMethod
}

export interface Keys {
  attempts: KeyAttempt[]
  /** Private keys that cannot be used: encrypted, and the agent does not hold them. */
  encrypted: string[]
  /** Private keys that do not exist, or cannot be read. */
  unread: Unread[]
}

/**
 * The keys to try, in order: those named for this host (through the agent where it holds them), other keys of the
 * agent, private keys that are just there. With a password only the named ones, so that no attempt is wasted.
 */
export const keysFor = async ({
  user,
  agentSocket,
  identityFiles,
  identitiesOnly,
  password,
}: SshEndpoint): Promise<Keys> => {
  const [agentKeys, identities] = await Promise.all([
    readAgent(agentSocket),
    Promise.all(identityFiles.map(readIdentity)),
  ])
  const others = new Set(agentKeys)
  const keys = {
    named: [] as KeyAttempt[],
    found: [] as KeyAttempt[],
    encrypted: [] as string[],
    unread: [] as Unread[],
  }
  const viaAgent = (key: ParsedKey): KeyAttempt => ({
    label: `agent key ${key.comment || key.type}`,
    method: { type: 'agent', username: user, agent: agentWith(agentSocket!, key) },
  })
  for (const { path, named, publicKey, privateKey } of identities) {
    const list = named ? keys.named : keys.found
    const held = agentKeys.find((key) => publicKey?.equals(key.getPublicSSH()))
    if (held !== undefined && others.delete(held)) list.push(viaAgent(held))
    else if (privateKey === 'encrypted') keys.encrypted.push(path)
    else if ('code' in privateKey) keys.unread.push(privateKey)
    else list.push({ label: path, method: { type: 'publickey', username: user, key: privateKey } })
  }
  const { named, found, encrypted, unread } = keys
  const agent = identitiesOnly ? [] : [...others].map(viaAgent)
  return { attempts: password === undefined ? [...named, ...agent, ...found] : named, encrypted, unread }
}

interface Identity {
  path: string
  named: boolean
  /** In wire format; enough when the agent has the key. */
  publicKey: Buffer | undefined
  privateKey: ParsedKey | 'encrypted' | Unread
}

const readIdentity = async ({ path, named }: { path: string; named: boolean }): Promise<Identity> => {
  const [key, beside] = await Promise.all([readKey(path), readKey(`${path}.pub`)])
  if (key instanceof Error && !/encrypted|passphrase/i.test(key.message) && named)
    throw wrongSetting(
      path,
      `is not a private key that can be used (${key.message})`,
      'an OpenSSH or PEM key is expected; `ssh-keygen -y -f` shows whether it is one',
    )
  const halves = [key, beside].filter(isKey)
  const whole = halves.find((half) => half.isPrivateKey())
  return {
    path,
    named,
    publicKey: halves[0]?.getPublicSSH(),
    privateKey: whole ?? (key instanceof Error ? 'encrypted' : isKey(key) ? { path, code: 'ENOENT' } : key),
  }
}

const isKey = (key: ParsedKey | Error | Unread): key is ParsedKey =>
  !(key instanceof Error) && !('code' in key)

const readKey = async (path: string): Promise<ParsedKey | Error | Unread> => {
  const text = await textOrUnread(path)
  return typeof text === 'string' ? ssh2.utils.parseKey(text) : text
}

/** The agent's keys; an agent that is gone has none. */
const readAgent = (socket: string | undefined): Promise<ParsedKey[]> =>
  new Promise((resolve) => {
    if (socket === undefined) return resolve([])
    ssh2.createAgent(socket).getIdentities((error, keys = []) => {
      const parsed = error ? [] : keys.map((key) => ssh2.utils.parseKey(key as ParsedKey))
      resolve(parsed.filter(isKey))
    })
  })

/** The agent as if it held one key only, so that each attempt has a name and a place in the order. */
const agentWith = (socket: string, key: ParsedKey): BaseAgent => {
  const agent = ssh2.createAgent(socket)
  agent.getIdentities = (callback) => callback(undefined, [key])
  return agent
}
