// The inventory's public keys in a user's ~/.ssh/authorized_keys, as a block of ours; all other lines are the user's.
import * as z from 'zod'
import {
  AUTHORIZED_KEYS,
  accountsProbe,
  authorizedKeysObstacle,
  type FieldDiff,
  isHidden,
  isOpen,
  KEEP,
  keyInShort,
  keysIn,
  LOGIN_NAME,
  linesOfKeys,
  markerOf,
  notText,
  ownersBesides,
  PLAIN_PATH,
  partsOf,
  readAccounts,
  resourceType,
  type SeenFile,
  shownOfKeys,
  strayKeys,
  textWith,
  withoutRemains,
  writeAuthorizedKeys,
} from '../lib/task.ts'

const schema = z.strictObject({
  user: z.string().regex(LOGIN_NAME),
  uid: z.int().min(1),
  /** Where the account comes from: a local one has a private group with the same id. */
  accounts: z.enum(['local', 'directory']).optional(),
  home: z.string().regex(PLAIN_PATH),
  /** Lines of `.pub` files. */
  keys: z.array(z.string()),
  /** Whether the file holds these keys and nothing else. */
  exclusive: z.boolean().optional(),
})

export const authorizedKeys = resourceType<typeof schema, SeenFile>({
  kind: 'authorized-keys',
  on: 'host',
  schema,
  id: ({ user }) => user,

  observe: (wants, owner) => ({
    probes: [accountsProbe, ...AUTHORIZED_KEYS.probes(wants, owner)],
    read(answers) {
      const seen = AUTHORIZED_KEYS.read(answers)
      const names = wants.map(({ user }) => user)
      return {
        find: ({ home }) => seen(home),
        strays: ownersBesides(readAccounts(answers), markerOf(owner), names).flatMap((account) =>
          strayKeys(account, seen, owner),
        ),
      }
    },
  }),

  plan(want, have, { owner }) {
    const seen = have!
    const { user, uid, keys, exclusive } = want
    const person = { ...want, name: user }
    const obstacle = authorizedKeysObstacle(person, seen)
    if (obstacle !== undefined) return obstacle
    const text = linesOfKeys(seen)
    if (text === undefined && !exclusive) return notText(user)

    const hidden = isHidden(seen.file, uid)
    const { own, block } = partsOf(hidden ? '' : shownOfKeys(seen), owner)
    const kept = exclusive ? [] : withoutRemains(own, owner, keys)
    const wanted = textWith(kept, owner, keys)
    const diffs: FieldDiff[] = [
      ...missingIn(block ?? [], keys).map((key) => ({ field: 'ssh key', to: keyInShort(key) })),
      ...missingIn(keys, keysIn(block ?? [])).map((key) => ({ field: 'ssh key', from: keyInShort(key) })),
      ...missingIn([...kept, ...keys], keysIn(own)).map((key) => ({
        field: 'ssh key of others',
        from: keyInShort(key),
      })),
      ...looseModes(seen, keys),
    ]
    const isOurs = exclusive || block !== undefined || keys.length > 0
    if (diffs.length === 0 && (wanted === text || !isOurs)) return KEEP
    return {
      op: seen.file === undefined ? 'create' : 'update',
      diffs:
        diffs.length > 0
          ? diffs
          : [{ field: 'block of ssh keys', from: 'changed', to: 'as setup writes it' }],
      steps: writeAuthorizedKeys(person, seen, wanted, keys.length > 0 && isOpen(seen.directory)),
      place: seen.place,
      ...(hidden && {
        warnings: [`what root wrote there is kept as ~/.ssh/authorized_keys.root, which ${user} cannot read`],
      }),
    }
  },
})

const missingIn = (lines: readonly string[], keys: readonly string[]): string[] =>
  keys.filter((key) => !lines.includes(key))

/** sshd passes over a file that others may write to, or may put another in the place of (StrictModes). */
const looseModes = (seen: SeenFile, keys: readonly string[]): FieldDiff[] =>
  keys.length === 0
    ? []
    : [
        ...(isOpen(seen.directory) ? [{ field: '.ssh mode', from: seen.directory!.mode, to: '0700' }] : []),
        ...(isOpen(seen.file) ? [{ field: 'mode', from: seen.file!.mode, to: '0600' }] : []),
      ]
