// The list of keys that lets each user in: what the inventory gives is there, and nobody else writes it.

import { sh } from '../base/shell.ts'
import {
  AUTHORIZED_KEYS,
  advise,
  authorizedKeysObstacle,
  broken,
  type Check,
  type Finding,
  fail,
  gap,
  hinted,
  isHidden,
  isOpen,
  keyInShort,
  keyPartOf,
  keysIn,
  linesOfKeys,
  loginsProbe,
  notText,
  ofEachUser,
  orPass,
  partsOf,
  readLogins,
  readPaths,
  type Scene,
  type SeenFile,
  type Settings,
  statScript,
  untrusted,
} from '../check.ts'
import type { User } from '../inventory/schema.ts'

const SECOND = 'second lists of keys'
const FIRST_NAME = '.ssh/authorized_keys'
const secondOf = ({ home }: User): string => `${home}/.ssh/authorized_keys2`

const keys: Check = {
  id: 'K13',
  goal: 2,
  title: 'Each user has the keys of the inventory, in a list that only they write',
  probes: ({ users, inventory }) => [
    ...AUTHORIZED_KEYS.probes(users, inventory.name),
    { id: SECOND, script: statScript(sh`printf '%s\\n' ${users.map(secondOf)}`) },
    loginsProbe(users),
  ],
  *trials(scene) {
    const read = (host: string) => ({
      listAt: AUTHORIZED_KEYS.read(scene.on(host)),
      secondAt: readPaths(scene.on(host), SECOND),
      loginOf: readLogins(scene.on(host)),
    })
    yield* ofEachUser(scene, read, function* ({ listAt, secondAt, loginOf }, user, subject) {
      const list = listAt(user.home)
      if (list.home === undefined && list.mount === undefined) return
      const sshd = loginOf(user)?.sshd
      const found = [
        ...wrongIn(list, user, scene, subject),
        ...(isAlone(scene) ? secondList(secondAt(secondOf(user))?.size, sshd, subject) : []),
        ...(hasKeys(user) ? passedOver(sshd, subject) : []),
      ]
      yield* orPass(found, subject, 'has a list of keys as it should be')
    })
  },
}

const isAlone = ({ inventory }: Scene): boolean => inventory.authorizedKeys === 'exclusive'
const hasKeys = ({ sshKeys = [] }: User): boolean => sshKeys.length > 0

/** What is not as setup makes it; the list of somebody who has no keys of the inventory is their own. */
function* wrongIn(list: SeenFile, user: User, scene: Scene, subject: string): Generator<Finding> {
  const isKept = hasKeys(user) || isAlone(scene)
  const obstacle = isKept ? authorizedKeysObstacle(user, list) : undefined
  if (obstacle !== undefined) return yield fail(subject, obstacle.reason!, undefined, hinted(obstacle.hint))
  const text = isHidden(list.file, user.uid) ? '' : linesOfKeys(list)
  if (text === undefined && isKept && !isAlone(scene)) {
    const { reason, hint } = notText(user.name)
    return yield fail(subject, reason!, undefined, hinted(hint))
  }
  yield* linesOf(text ?? '', user, scene, subject)
  yield* writtenByOthers(list, user, isKept, subject)
}

function* linesOf(text: string, user: User, scene: Scene, subject: string): Generator<Finding> {
  const { name, users } = scene.inventory
  const { sshKeys = [] } = user
  const { own, block = [] } = partsOf(text, name)
  for (const key of sshKeys.filter((one) => !block.includes(one)))
    yield fail(subject, 'lacks a key of the inventory', keyInShort(key))
  for (const key of keysIn(block).filter((one) => !sshKeys.includes(one)))
    yield fail(subject, 'has a key in the block of the inventory that is not in it', short(key))
  const beside = keysIn(own)
  if (isAlone(scene)) {
    for (const key of beside) yield fail(subject, 'has a key beside those of the inventory', short(key))
    return
  }
  const theirs = new Set(beside.map(keyPartOf))
  for (const other of users)
    if (other.name !== user.name && other.sshKeys?.some((key) => theirs.has(keyPartOf(key))))
      yield gap(
        subject,
        'is logged in to by whoever has the key of somebody else',
        advise(
          `ask whether the user means it, and have them take the key out of ~/${FIRST_NAME}; isolation strict with ` +
            'authorizedKeys: exclusive takes out whatever is not in the inventory',
        ),
        other.name,
      )
}

const short = (line: string): string => untrusted(keyInShort(line))

/** sshd passes over such a list, unless it is told not to look (StrictModes no). */
function* writtenByOthers(list: SeenFile, user: User, isKept: boolean, subject: string): Generator<Finding> {
  if (list.file?.type !== 'file' || (list.file.size === 0 && !hasKeys(user))) return
  const { home } = user
  for (const [path, info] of [
    [`${home}/.ssh`, list.directory],
    [`${home}/${FIRST_NAME}`, list.file],
  ] as const) {
    if (isOpen(info))
      yield fail(
        subject,
        'has a list of keys that others may write, and sshd passes over',
        `${path} has mode ${info!.mode}`,
        hinted(isKept && hasKeys(user) ? undefined : `as ${user.name}: chmod go-w ${path}`),
      )
    if (info !== undefined && info.uid !== 0 && info.uid !== user.uid)
      yield fail(
        subject,
        'has a list of keys that is not theirs',
        `${path} belongs to uid ${info.uid}`,
        advise(`find out why; if it is ${user.name}'s: chown -h ${user.uid} ${path}, otherwise move it away`),
      )
  }
}

/** Another list that sshd reads by itself, where ours is to be the only one. */
function* secondList(
  size: number | undefined,
  sshd: Settings | 'unknown' | undefined,
  subject: string,
): Generator<Finding> {
  const isRead = !(sshd instanceof Map) || placesIn(sshd)?.some((one) => SECOND_HERE.test(one)) !== false
  if (isRead && (size ?? 0) > 0)
    yield fail(
      subject,
      'has a second list of keys',
      `~/${FIRST_NAME}2`,
      advise(
        `as the user: rm ~/${FIRST_NAME}2; or AuthorizedKeysFile ${FIRST_NAME} in /etc/ssh/sshd_config there`,
      ),
    )
}

/** Keys are no use where sshd does not look at them. */
function* passedOver(sshd: Settings | 'unknown' | undefined, subject: string): Generator<Finding> {
  if (!(sshd instanceof Map)) return
  const isAsked = sshd.get('pubkeyauthentication') !== 'no'
  if (!isAsked)
    yield broken(
      subject,
      'has keys, and sshd takes none',
      'PubkeyAuthentication yes in /etc/ssh/sshd_config there',
    )
  const places = placesIn(sshd)
  if (isAsked && places !== undefined && !places.some((one) => HERE.test(one)))
    yield fail(
      subject,
      'has keys where sshd does not look',
      untrusted(places.join(' ')),
      advise(`AuthorizedKeysFile ${FIRST_NAME} in /etc/ssh/sshd_config there`),
    )
}

const HERE = /^(%h\/)?\.ssh\/authorized_keys$/
const SECOND_HERE = /^(%h\/)?\.ssh\/authorized_keys2$/

const placesIn = (sshd: Settings): string[] | undefined => sshd.get('authorizedkeysfile')?.split(' ')

/** Lists of keys on the client machines. */
export const sshKeys: readonly Check[] = [keys]
