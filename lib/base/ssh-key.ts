import { createHash } from 'node:crypto'
import type { Mistake, Rule } from './rules.ts'

/** How many strings the base64 part of each type holds, itself included. */
const TYPES: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
}

const HINT = 'write the one line of a .pub file: type, base64 and, if you like, a comment'

/** A public key as it stands in a `.pub` file; nothing of the value is quoted, since it may be a private one. */
export const sshKey: Rule<string> = (value) => {
  const wrong = (reason: string, hint = HINT): Mistake => ({ reason, hint })
  if (/PRIVATE KEY|PuTTY-User-Key-File/.test(value))
    return wrong(
      'is a private key, which belongs to nobody but its user',
      'write the public one (.pub) instead; whoever could read this file may have it: make a new pair',
    )
  if (/[\p{Cc}\u2028\u2029]/u.test(value.trim()))
    return wrong('holds a line break or another control character', 'write each key as an item of its own')
  const [type = '', base64 = ''] = value.trim().split(/ +/)
  if (type === 'ssh-dss')
    return wrong('is of the type ssh-dss, which sshd takes no more', 'make one: ssh-keygen -t ed25519')
  if (type.includes('-cert-'))
    return wrong(
      'is a certificate',
      'write the key itself; authorities are a matter of sshd (TrustedUserCAKeys)',
    )
  if (!Object.hasOwn(TYPES, type))
    return /[=,"]/.test(type) || OPTIONS.includes(type)
      ? wrong('begins with options', 'leave them out: a key here gives the whole account, as a password does')
      : wrong(`has no type that sshd takes`, `${HINT}; types are ${Object.keys(TYPES).join(', ')}`)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return wrong('has no base64 after its type')
  const strings = stringsIn(Buffer.from(base64, 'base64'))
  if (base64.length % 4 !== 0 || strings === undefined || strings.length !== TYPES[type])
    return wrong('is cut short, or changed on the way: its base64 is not whole')
  return strings[0]!.toString('latin1') === type ? undefined : wrong('is of another type than it says')
}

const OPTIONS = ['restrict', 'cert-authority', 'no-pty']

const stringsIn = (blob: Buffer): Buffer[] | undefined => {
  const strings: Buffer[] = []
  let at = 0
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) return undefined
    strings.push(blob.subarray(at + 4, end))
    at = end
  }
  return strings
}

const KEY = /(?:^|\s)((?:ssh|ecdsa|sk)-[\w@.-]+[ \t]+(AAAA[A-Za-z0-9+/]+={0,2})(?:\s.*)?)$/

/** The base64 part of a line of authorized_keys, options or not; undefined in one that is no key. */
export const keyPartOf = (line: string): string | undefined => KEY.exec(line)?.[2]

/** A key as OpenSSH names it, `ssh-ed25519 SHA256:…`, with its comment; a line that is none may be a secret. */
export const keyInShort = (line: string): string => {
  const [, key] = KEY.exec(line.trim()) ?? []
  if (key === undefined) return 'a line that is no key'
  const [type = '', base64 = '', ...comment] = key.split(/[ \t]+/)
  const digest = createHash('sha256')
    .update(Buffer.from(base64, 'base64'))
    .digest('base64')
    .replace(/=+$/, '')
  return [type, `SHA256:${digest}`, ...comment].join(' ')
}
