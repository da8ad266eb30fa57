// What of ~/.ssh/authorized_keys is ours: a block between two lines that name the inventory. All else is the user's.
import { createHash } from 'node:crypto'
import { Secret } from '../base/secret.ts'
import { type Change, refuse, type Step, type Stray } from '../resource/type.ts'
import type { MemberAtHome } from './accounts.ts'
import { type Before, type FileOwner, isUnread, OwnFile, type SeenFile } from './own-file.ts'

/** `~/.ssh/authorized_keys`. */
export const AUTHORIZED_KEYS = new OwnFile({
  directory: '.ssh',
  name: 'authorized_keys',
  limit: 65_536,
  probes: { paths: 'ssh directories', mounts: 'mounts at ssh directories', files: 'authorized keys files' },
})

/** Refuses what is no file of the user's in a directory of theirs; one of root's may be meant to keep them out. */
export const authorizedKeysObstacle = (owner: FileOwner, seen: SeenFile): Change | undefined => {
  if (seen.directory?.uid === 0 && owner.uid !== 0)
    return refuse(
      `${owner.home}/.ssh belongs to root, so ${owner.name} cannot log in by what is in it`,
      `if that is not meant: chown ${owner.uid}:${owner.uid} ${owner.home}/.ssh, and run again`,
    )
  return AUTHORIZED_KEYS.obstacle(owner, seen)
}

const begin = (inventory: string): string =>
  `# BEGIN arena-playbooks ${inventory}: kept by setup, what changes here is lost`
const end = (inventory: string): string => `# END arena-playbooks ${inventory}`

/** The lines of a file, those of our block apart. A block whose end is missing is nobody's but the user's. */
export const partsOf = (text: string, inventory: string): { own: string[]; block: string[] | undefined } => {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const [open, close] = [begin(inventory), end(inventory)]
  const own: string[] = []
  let block: string[] | undefined
  for (let at = 0; at < lines.length; at++) {
    const isHead = lines[at] === open
    const last = isHead ? lines.findIndex((one, index) => index > at && (one === open || one === close)) : -1
    if (lines[last] === close) {
      block = [...(block ?? []), ...lines.slice(at + 1, last)]
      at = last
    } else own.push(lines[at]!)
  }
  return { own, block }
}

/** The user's lines without the head of a block whose end is missing, and the keys of the inventory right below it. */
export const withoutRemains = (
  own: readonly string[],
  inventory: string,
  keys: readonly string[],
): string[] => {
  let isBelow = false
  return own.filter((line) => {
    isBelow = line === begin(inventory) || (isBelow && keys.includes(line))
    return !isBelow
  })
}

/** The whole file: the user's lines as they are, then our block; empty when nothing is left of it. */
export const textWith = (own: readonly string[], inventory: string, keys: readonly string[]): string =>
  [...own, ...(keys.length === 0 ? [] : [begin(inventory), ...keys, end(inventory)])]
    .map((line) => `${line}\n`)
    .join('')

/** Lines that let somebody in, without comments. */
export const keysIn = (lines: readonly string[]): string[] =>
  lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))

/** The file as text; undefined where it holds what no text does, which would be lost if it were written anew. */
export const linesOfKeys = ({ content }: SeenFile): string | undefined => {
  if (content === undefined) return ''
  const text = content.bytes.toString('utf8')
  return text.includes('\0') || !Buffer.from(text).equals(content.bytes) ? undefined : text
}

/** The same for one that is only looked through: bytes that are no text stand for themselves. */
export const shownOfKeys = (seen: SeenFile): string =>
  linesOfKeys(seen) ?? seen.content!.bytes.toString('latin1')

/** Refuses a file that would be lost if it were written anew. */
export const notText = (user: string): Change =>
  refuse(
    '~/.ssh/authorized_keys holds bytes that are no text',
    `mend it, or move it away as ${user}: mv ~/.ssh/authorized_keys ~/.ssh/authorized_keys.broken`,
  )

/** Whether others than its owner may write to what is there. */
export const isOpen = (path: SeenFile['file']): boolean =>
  path !== undefined && (Number.parseInt(path.mode, 8) & 0o022) !== 0

/** Writes the file as the user, if it is still what was seen; `closes` makes `~/.ssh` theirs alone. */
export const writeAuthorizedKeys = (
  owner: FileOwner,
  seen: SeenFile,
  text: string,
  closes = false,
): Step[] => {
  const secret = new Secret(`authorized_keys of ${owner.name}`, text)
  return AUTHORIZED_KEYS.write(owner, seen, beforeOf(seen, owner), secret, closes)
}

/** Root's file that the user cannot read is put aside, where they still cannot. */
const beforeOf = ({ file, content }: SeenFile, { name, uid }: FileOwner): Before => {
  if (content === undefined) return 'absent'
  if (isHidden(file, uid)) return 'aside'
  const digest = createHash('sha256').update(content.bytes).digest('hex')
  return new Secret(`digest of the authorized_keys of ${name}`, digest)
}

/** Whether the user cannot read the file, and so does not log in by it. */
export const isHidden = (file: SeenFile['file'], uid: number): boolean =>
  file !== undefined && file.uid !== uid && (Number.parseInt(file.mode, 8) & 4) === 0

/** Our block in the file of somebody for whom the inventory has no keys. */
export const strayKeys = (
  owner: MemberAtHome,
  keysOf: (home: string) => SeenFile,
  inventory: string,
): Stray[] => {
  const { name: user, uid, home } = owner
  const stray = (access: string, change: Change): Stray[] => [{ id: user, belongs: { user }, access, change }]
  try {
    const seen = keysOf(home)
    if (isHidden(seen.file, uid)) return []
    const obstacle = authorizedKeysObstacle(owner, seen)
    if (isUnread(seen)) return stray(MAY, obstacle!)
    const { own, block } = partsOf(shownOfKeys(seen), inventory)
    if (block === undefined) return []
    const change = obstacle ??
      (linesOfKeys(seen) === undefined ? notText(user) : undefined) ?? {
        op: 'remove' as const,
        diffs: keysIn(block).map((key) => ({ field: 'ssh key', from: key })),
        steps: writeAuthorizedKeys(owner, seen, textWith(own, inventory, [])),
        place: seen.place,
      }
    return stray('can log in by a key of the inventory', change)
  } catch {
    return stray(MAY, refuse('~/.ssh could not be looked at', `look at it as ${user}`))
  }
}

const MAY = 'may still be able to log in by a key'
