// What only running containers can tell, as commands that an admin can copy: as the users, by the way that they have.
import { quote } from '../base/shell.ts'
import {
  advise,
  type Check,
  type Finding,
  type JobKindName,
  jobKind,
  type Scene,
  TRIAL_KINDS,
  trialKindIn,
  untested,
} from '../check.ts'
import type { Group, User, Volume } from '../inventory/schema.ts'

/**
 * A user whose jobs run in a group, and of which kind; a volume that is the group's alone, and one that is not, if it
 * has any.
 */
export interface Tester {
  user: string
  group: Group
  kind: JobKindName
  volume: string | undefined
  shared: string | undefined
}

/** Two groups with somebody to try things as: the first in the selection, and another one, if there is any. */
const testersIn = (scene: Scene): Tester[] => {
  const { inventory, groups } = scene
  const { volumes, groups: all } = inventory
  return [...new Set([...groups, ...all])]
    .flatMap((group): Tester[] => {
      const user = memberOf(group, scene)
      const kind = trialKindIn(group.name, scene)
      if (user === undefined || kind === undefined) return []
      const [shared, own] = [true, false].map((wanted) =>
        volumes.find((one) => one.group === group.name && isShared(one, volumes) === wanted),
      )
      return [{ user: user.name, group, kind, volume: own?.name, shared: shared?.name }]
    })
    .slice(0, 2)
}

/** Somebody whose jobs run in the group by themselves. */
const memberOf = ({ name }: Group, { inventory }: Scene): User | undefined =>
  inventory.users.find(({ groups: [first] }) => first!.group === name && first!.role === 'member')

const isShared = ({ group, server, path }: Volume, volumes: readonly Volume[]): boolean =>
  volumes.some((other) => other.group !== group && other.server === server && other.path === path)

/** Has one line of shell, without quotes and dollar signs, submitted with flags that end in a blank. */
export const jobOf = ({ kind }: Tester, job: string, flags: string, line: string): string =>
  `${jobKind(kind).command} --name=${job} --image=busybox ${flags}"${line}"`

/** What the one pod of a job is called. */
export const podOf = ({ kind }: Tester, job: string): string => `${job}-${jobKind(kind).trial!.role}-0`

/** Has such a line run in a pod of the user's group, where `/data` is the volume, and prints what it says. */
export const inPod = (tester: Tester, job: string, line: string): string => {
  const { user, volume } = tester
  const submit = jobOf(tester, job, volume === undefined ? '' : `--data=${volume}:/data `, line)
  return asThem(user, `${submit}; sleep 60; arena logs ${job}; arena delete ${job}`)
}

/**
 * A line of shell without single quotes, as a user at login. runuser asks PAM nothing about the account, where `su`
 * wants a new password while the first one waits to be changed.
 */
export const asThem = (user: string, line: string): string => `runuser -l ${quote(user)} -c '${line}'`

/** Whether a port can be reached, said in a word. */
export const reaches = (host: string, port: number): string =>
  `nc -w 5 ${host} ${port} </dev/null && echo REACHED || echo stopped`

/**
 * A check that is not made: what it would be about, and how to make it by hand; `command` is undefined where nothing
 * can be tried.
 */
export const byHand = (
  about: Pick<Check, 'id' | 'goal' | 'title' | 'kinds'>,
  says: string,
  command: (testers: readonly Tester[], scene: Scene) => string | undefined,
): Check => ({
  ...about,
  byHand: true,
  *trials(scene): Generator<Finding> {
    const tried = command(testersIn(scene), scene)
    if (tried !== undefined) {
      for (const { name } of scene.groups) yield untested(name, says, `there: ${tried}`)
      return
    }
    for (const group of scene.groups)
      if (memberOf(group, scene) !== undefined && trialKindIn(group.name, scene) === undefined)
        yield untested(group.name, says, NO_COMMAND)
  },
})

const NO_COMMAND = advise(
  'a member of the group tries it in a job of theirs; commands there are for groups that may submit ' +
    TRIAL_KINDS.join(' or '),
)
