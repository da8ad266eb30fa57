// What only running containers can tell, as commands that an admin can copy: as the users, by the way that they have.
import { quote } from '../base/shell.ts'
import { type Check, type Finding, type Scene, untested } from '../check.ts'

/** A user whose jobs run in a group; a volume that is the group's alone, and one that is not, if it has any. */
export interface Tester {
  user: string
  group: Scene['groups'][number]
  volume: string | undefined
  shared: string | undefined
}

/** Two groups with somebody to try things as: the first in the selection, and another one, if there is any. */
const testersIn = ({ inventory: { users, volumes, groups: all }, groups }: Scene): Tester[] =>
  [...new Set([...groups, ...all])]
    .flatMap((group): Tester[] => {
      const user = users.find(
        ({ groups: [first] }) => first!.group === group.name && first!.role === 'member',
      )
      if (user === undefined) return []
      const [shared, own] = [true, false].map((wanted) =>
        volumes.find((one) => one.group === group.name && isShared(one, volumes) === wanted),
      )
      return [{ user: user.name, group, volume: own?.name, shared: shared?.name }]
    })
    .slice(0, 2)

type Volume = Scene['inventory']['volumes'][number]

const isShared = ({ group, server, path }: Volume, volumes: readonly Volume[]): boolean =>
  volumes.some((other) => other.group !== group && other.server === server && other.path === path)

/**
 * Has one line of shell, without quotes and dollar signs, run in a pod of the user's group, where `/data` is the
 * volume, and prints what it says.
 */
export const inPod = ({ user, volume }: Tester, job: string, line: string): string => {
  const data = volume === undefined ? '' : `--data=${volume}:/data `
  const submit = `arena submit tf --name=${job} --image=busybox ${data}"${line}"`
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
    if (tried === undefined) return
    for (const { name } of scene.groups) yield untested(name, says, `there: ${tried}`)
  },
})
