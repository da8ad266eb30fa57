import { createHash, createHmac } from 'node:crypto'
import { AutomationError, wrongSetting } from '../../base/errors.ts'
import { matchesList } from '../../base/patterns.ts'
import type { SshEndpoint } from './route.ts'
import { isAbsent, lookAt, textOrUnread, type Unread } from './unread.ts'

/** The machine whose key is checked; a new key would be added to the first of the files. */
type Server = Pick<SshEndpoint, 'subject' | 'hostName' | 'port' | 'knownAs' | 'knownHosts'>

/** A host key that somebody vouched for, or revoked. */
export interface KnownKey {
  type: string
  /** The public key in SSH's wire format, base64. */
  key: string
  marker: '' | '@revoked' | '@cert-authority'
  /** file:line, or where in the inventory. */
  from: string
}

/** What is known of a host. */
export interface KnownHost {
  /** Its keys by each of its names. */
  keys: readonly KnownKey[][]
  /** Files that may have more, and cannot be read; like ssh, we go on with the others. */
  unread: readonly Unread[]
}

/** The keys that a known_hosts text has for a host; lines that cannot be read are passed over, as ssh does. */
export const parseKnownHosts = (text: string, file: string, host: string): KnownKey[] =>
  text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/\s+/)
    const marker = words[0]?.startsWith('@') ? words.shift()! : ''
    const [hosts = '', type, key] = words
    if (hosts === '' || hosts.startsWith('#') || type === undefined || key === undefined) return []
    if (marker !== '' && marker !== '@revoked' && marker !== '@cert-authority') return []
    return matchesHost(hosts, host) ? [{ type, key, marker, from: `${file}:${index + 1}` }] : []
  })

const matchesHost = (hosts: string, host: string): boolean => {
  if (!hosts.startsWith('|')) return matchesList(hosts.toLowerCase().split(','), [host])
  const [, version, salt = '', hash = ''] = hosts.split('|')
  if (version !== '1') return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === hash
}

/** What is known of a host: the keys pinned in the inventory, or those of all files. */
export const knownOf = async ({
  hostKey,
  subject,
  knownHosts,
  knownAs,
}: Pick<SshEndpoint, 'hostKey' | 'subject' | 'knownHosts' | 'knownAs'>): Promise<KnownHost> => {
  if (hostKey !== undefined) return { keys: [pinnedKeys(hostKey, subject)], unread: [] }
  const texts = await Promise.all(knownHosts.map(textOrUnread))
  return {
    keys: knownAs.map((name) =>
      texts.flatMap((text, index) =>
        typeof text === 'string' ? parseKnownHosts(text, knownHosts[index]!, name) : [],
      ),
    ),
    unread: texts.filter((text) => typeof text !== 'string').filter((one) => !isAbsent(one)),
  }
}

/** The keys pinned in the inventory (`ssh-ed25519 AAAA…`, a comment may follow). */
export const pinnedKeys = (keys: readonly string[], subject: string): KnownKey[] =>
  keys.map((line, index) => {
    const [type = '', key = ''] = line.trim().split(/\s+/)
    const from = `hostKey[${index}] of ${subject}`
    if (type === '' || typeOfKey(Buffer.from(key, 'base64')) !== type)
      throw wrongSetting(
        from,
        `${JSON.stringify(line)} is not a public host key`,
        'it reads like `ssh-ed25519 AAAAC3Nza…`: the content of /etc/ssh/ssh_host_ed25519_key.pub on the machine',
      )
    return { type, key, marker: '', from }
  })

/**
 * Why a host key is not to be trusted; undefined when it is. A host that is not known by its first name may be by
 * another, where a key that differs is no news. Certificate authorities are not understood: a host known only through
 * one is refused.
 */
export const refuseKey = (
  key: Buffer,
  { keys, unread }: KnownHost,
  server: Server,
): AutomationError | undefined => {
  const offered = key.toString('base64')
  const [known = []] = keys
  const plain = known.filter(isPlain)
  const revoked = keys.flat().find((entry) => entry.marker === '@revoked' && entry.key === offered)
  if (revoked !== undefined) return revokedKey(key, revoked, server)
  if (trustedIn(keys).some((entry) => entry.key === offered)) return undefined
  return plain.length === 0 ? unknownKey(key, { known, unread }, server) : changedKey(key, plain, server)
}

const isPlain = ({ marker }: KnownKey): boolean => marker === ''

const trustedIn = ([known = [], ...others]: readonly KnownKey[][]): KnownKey[] =>
  known.some(isPlain) ? known.filter(isPlain) : others.flat().filter(isPlain)

/** The `algorithms.serverHostKey` to ask for: types that we know first, so that a known host can show a known key. */
export const hostKeyAlgorithms = (known: readonly KnownKey[][]): string[] => {
  const types = trustedIn(known).map(({ type }) => type)
  const kinds = Object.entries(KEY_TYPES).toSorted(
    ([a], [b]) => Number(types.includes(b)) - Number(types.includes(a)),
  )
  return kinds.flatMap(([, { algorithms }]) => algorithms)
}

/** Types of host keys: the file that has one on its machine, and the algorithms that show it. */
const KEY_TYPES: Record<string, { file: string; algorithms: string[] }> = {
  'ssh-ed25519': { file: 'ed25519', algorithms: ['ssh-ed25519'] },
  'ecdsa-sha2-nistp256': { file: 'ecdsa', algorithms: ['ecdsa-sha2-nistp256'] },
  'ecdsa-sha2-nistp384': { file: 'ecdsa', algorithms: ['ecdsa-sha2-nistp384'] },
  'ecdsa-sha2-nistp521': { file: 'ecdsa', algorithms: ['ecdsa-sha2-nistp521'] },
  'ssh-rsa': { file: 'rsa', algorithms: ['rsa-sha2-512', 'rsa-sha2-256'] },
}

/** `SHA256:…` as ssh-keygen prints it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** The type that a public key in wire format names; empty when it is not one. */
const typeOfKey = (key: Buffer): string => {
  if (key.length < 4) return ''
  const length = key.readUInt32BE(0)
  return length > 64 ? '' : key.subarray(4, 4 + length).toString('latin1')
}

const refusal = ({ subject }: Server, message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'host-key', subject, message, hint })

const unknownKey = (
  key: Buffer,
  { known, unread }: { known: readonly KnownKey[]; unread: readonly Unread[] },
  server: Server,
): AutomationError => {
  const type = typeOfKey(key)
  const kind = KEY_TYPES[type]?.file ?? type
  const authority = known.find(({ marker }) => marker === '@cert-authority')
  const why =
    authority === undefined
      ? 'is in none of the known_hosts files'
      : `is known only through a certificate authority (${authority.from}), which is not supported`
  const closed = unread.map(({ path, code }) => `, and ${path} cannot be read (${code})`).join('')
  const first = unread.length === 0 ? '' : `${lookAt(unread)}; if the key is not there, `
  const shown = `${type} ${key.toString('base64')}`
  const file = server.knownHosts[0] ?? '~/.ssh/known_hosts'
  return refusal(
    server,
    `the host key of ${at(server)} ${why}${closed}; it is ${type} ${fingerprint(key)}`,
    `${first}compare with \`ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub\` on the machine itself; ` +
      `if it is the same, \`echo '${server.knownAs[0]} ${shown}' >> ${file}\` or hostKey: ['${shown}'] in the ` +
      'inventory',
  )
}

const changedKey = (key: Buffer, known: readonly KnownKey[], server: Server): AutomationError => {
  const old = known
    .map((entry) => `${entry.type} ${fingerprint(Buffer.from(entry.key, 'base64'))} (${entry.from})`)
    .join(', ')
  return refusal(
    server,
    `THE HOST KEY OF ${at(server)} HAS CHANGED, or somebody stands in between: it shows ${typeOfKey(key)} ` +
      `${fingerprint(key)}, but known is ${old}`,
    'ask the one who runs the machine; only if it was reinstalled, take the old line out and add the new key',
  )
}

const revokedKey = (key: Buffer, { from }: KnownKey, server: Server): AutomationError =>
  refusal(
    server,
    `the host key of ${at(server)}, ${typeOfKey(key)} ${fingerprint(key)}, is revoked (${from})`,
    'do not log in there: whoever has the revoked key may be answering',
  )

const at = ({ hostName, port }: Server): string => `${hostName}:${port}`
