// What each user gets at that is not his: homes, kubeconfigs, and copies of credentials wherever they were left.
import type { User } from '../../inventory/schema.ts'
import {
  type Check,
  type Finding,
  fail,
  type Gets,
  gap,
  type Holder,
  identityOf,
  MOST_FILES,
  ofEachUser,
  onEachHost,
  pass,
  readWithinReach,
  type Scene,
  unknown,
  untrusted,
  withinReachProbe,
} from '../../lib/check.ts'

/** Tried as each user: other homes, other kubeconfigs, and whatever else lets somebody in. */
export const withinReach: Check = {
  id: 'K1',
  goal: 2,
  title: "Nobody reads another's home, kubeconfig or any copy of a credential",
  probes: ({ inventory, users }) => [withinReachProbe(users, inventory.users)],
  *trials(scene) {
    const whose = new Map(
      scene.inventory.users.map((user) => [identityOf(scene.inventory, user).username, user]),
    )
    const read = (host: string) => readWithinReach(scene.on(host))
    yield* ofEachUser(scene, read, function* ({ of, holders }, user, subject) {
      const gets = of(user)
      if (gets === undefined) return yield unknown(subject, 'nothing could be tried as he')
      const found = [
        ...opened(scene, gets, user, subject),
        ...holders.flatMap((holder) => [...readable(holder, gets, whose, user, subject)]),
      ]
      yield* found.length === 0 ? [pass(subject, 'gets into nothing of others')] : found
    })
    yield* onEachHost(scene, function* (host) {
      if (read(host).more)
        yield gap(
          host,
          `has more than the ${MOST_FILES.toLocaleString('en')} files that are looked through for copies of credentials`,
          'look through the rest there: grep -rlE "client-key-data|eyJhbGciOi" /opt /usr/local',
        )
    })
  },
}

function* opened(scene: Scene, gets: Gets, user: User, subject: string): Generator<Finding> {
  for (const { name, home } of scene.inventory.users) {
    if (name === user.name) continue
    if (gets.opens.has(home)) yield fail(subject, 'gets into the home of somebody else', home)
    const config = `${home}/.kube/config`
    if (gets.opens.has(config)) yield fail(subject, 'reads the kubeconfig of somebody else', config)
  }
}

const VOID =
  'remove it or give it to root alone (chmod 0600), and replace the credential: who has read it still has it'

/** What a user reads besides what is his: tokens that name others, and credentials in files that others wrote. */
function* readable(
  { path, uid, subjects, others }: Holder,
  { opens }: Gets,
  whose: ReadonlyMap<string, User>,
  user: User,
  subject: string,
): Generator<Finding> {
  if (!opens.has(path)) return
  const tokens = subjects
    .filter((name) => whose.get(name)?.name !== user.name)
    .map((name) => `the token of ${whose.get(name)?.name ?? untrusted(name)}`)
  for (const what of [...tokens, ...(uid === user.uid ? [] : others)])
    yield fail(subject, 'reads a credential that is not his', `${what} in ${path}`, VOID)
}
