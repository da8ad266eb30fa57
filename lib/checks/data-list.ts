// What Arena shows each group of its volumes, asked as step six of the document asks.

import { lines, sh } from '../base/shell.ts'
import {
  advise,
  type Check,
  eachUser,
  type Finding,
  fail,
  kubeconfigOn,
  PERSISTENT_VOLUME_CLAIM,
  pass,
  readEachUser,
  type Scene,
  untested,
  untrusted,
} from '../check.ts'
import type { User, Volume } from '../inventory/schema.ts'
import { failedTry } from './failed-try.ts'
import { readVolumeTable } from './step-six/arena-output.ts'
import { trustedClaims } from './volumes.ts'

const DATA = 'arena data list'

/** Arena shows each group its volumes, as the document's step six looks at them. */
export const dataList: Check = {
  id: 'B4',
  goal: 5,
  kinds: [PERSISTENT_VOLUME_CLAIM],
  title: 'Arena shows each group exactly its volumes, with description and owner',
  probes({ users, isFirst }) {
    if (!isFirst) return []
    const viewers = Map.groupBy(viewersOf(users), ([, { name }]) => name)
    const cases = [...viewers].map(([name, of]) => sh`${name}) set -- ${of.map(([group]) => group)} ;;`)
    return [
      {
        id: DATA,
        script: eachUser({
          users: users.filter(({ name }) => viewers.has(name)),
          script: sh`case $name in
${lines(...cases)}esac
as_user ${'for group; do echo "namespace $group"; arena data list -n "$group" || exit; done'} "$@"`,
        }),
      },
    ]
  },
  *trials(scene) {
    const [host] = scene.hosts
    if (host === undefined) return
    for (const [group, user] of viewersOf(scene.users)) yield* shownTo(scene, host, group, user)
  },
}

const groupsOf = ({ groups }: User): string[] => groups.map(({ group }) => group)

/** One user of each group, who looks for all. */
const viewersOf = (users: readonly User[]): [group: string, user: User][] => [
  ...new Map(users.toReversed().flatMap((user) => groupsOf(user).map((group) => [group, user] as const))),
]

function* shownTo(scene: Scene, host: string, group: string, user: User): Generator<Finding> {
  const subject = `${user.name} in ${group}`
  const chosen = kubeconfigOn(scene, host, user)?.current
  if (chosen !== undefined && !groupsOf(user).includes(chosen))
    return yield untested(
      subject,
      `has chosen another context, ${untrusted(chosen)}, which Arena follows`,
      advise(`as the user: arena-kubectl config use-context ${group} && arena data list`),
    )
  const ended = readEachUser(scene.on(host), DATA).of(user)
  const rows = readVolumeTable(sectionOf(ended?.stdout ?? '', group))
  if (rows === undefined) return yield failedTry(subject, ended)
  const shown = rows.map(wordsOf)
  const wanted = scene.inventory.volumes.filter((volume) => volume.group === group).map(wordsOf)
  const missing = wanted.filter((words) => !shown.includes(words))
  const known = trustedClaims(scene.inventory, scene.items(PERSISTENT_VOLUME_CLAIM), group)
  const others = rows.filter(({ name }) => !known.has(name)).map(wordsOf)
  const extra = others.filter((words) => !wanted.includes(words))
  for (const words of missing) yield fail(subject, 'is not shown a volume of the group as it is', words)
  for (const words of extra)
    yield fail(
      subject,
      'is shown what the inventory does not say',
      untrusted(words),
      advise(
        'write it into volumes, or into trusted as { kind: "PersistentVolumeClaim", namespace: ' +
          `"${group}", name, reason }; see whose it is: kubectl get pvc -n ${group}`,
      ),
    )
  if (missing.length + extra.length === 0) yield pass(subject, 'is shown exactly the volumes of the group')
}

const sectionOf = (text: string, group: string): string =>
  text.split(/^namespace /m).find((section) => section.startsWith(`${group}\n`)) ?? ''

const wordsOf = ({ name, description, owner }: Pick<Volume, 'name' | 'description' | 'owner'>): string => {
  const about = [description, owner].filter(Boolean).join(', ')
  return about === '' ? name : `${name} (${about})`
}
