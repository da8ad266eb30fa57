// What each user gets on a client machine, tried as the user, with their kubeconfig and the programs that are there.

import {
  advise,
  allowing,
  type Check,
  counted,
  type Deed,
  deedKeyOf,
  type Finding,
  fail,
  hinted,
  identified,
  identityOf,
  ofEachUser,
  overgranted,
  pass,
  readEachUser,
  type Scene,
  sourceOf,
  unknown,
  unreadableKubeconfig,
  untested,
  untrusted,
  wordsOf,
} from '../check.ts'
import type { User } from '../inventory/schema.ts'
import { failedTry } from './failed-try.ts'
import { ASKED_BY_USER, answersIn, askedByUserProbe, objectsIn } from './rights/asked-by-user.ts'
import { MATRIX_KINDS, type Peers, peersOf } from './rights/peers.ts'

/** The API server tells each user their identity. */
const whoami: Check = {
  id: 'A3',
  goal: 2,
  title: 'Each user has their own identity at the API server, from every machine',
  probes: (place) => [askedByUserProbe(place)],
  trials: (scene) =>
    ofEachUser(scene, readIn(scene), function* ({ host, of }, user, subject) {
      const ended = of(user)
      const [first] = objectsIn(ended?.stdout ?? '')
      if (/no matches for kind "SelfSubjectReview"/.test(ended?.stderr ?? ''))
        return yield untested(
          subject,
          'Kubernetes before 1.28 tells nobody their identity',
          advise('as the user: arena whoami'),
        )
      const told = identified.safeParse(first).data?.userInfo
      if (told === undefined) return yield untried(scene, host, user) ?? failedTry(subject, ended)
      const { username, groups } = told
      const wanted = identityOf(scene.inventory, user)
      const same =
        username === wanted.username && String(groups.toSorted()) === String(wanted.groups.toSorted())
      const said = untrusted(`${username} in ${groups.join(', ')}`)
      yield same
        ? pass(subject, 'authenticates with their own identity, in their groups')
        : fail(subject, 'is somebody else to the API server', said)
    }),
}

const readIn = (scene: Scene) => (host: string) => ({
  host,
  ...readEachUser(scene.on(host), ASKED_BY_USER),
})

/** Where there is nothing to try: another check fails for it, and says what mends it, as setup does not. */
const untried = (scene: Scene, host: string, user: User): Finding | undefined => {
  const why = unreadableKubeconfig(scene, host, user)
  return why && unknown(`${user.name} on ${host}`, `could not be tried: ${why.reason}`, hinted(why.hint))
}

/** The API server decides for each, by their own kubeconfig, as it does when the admin asks about them. */
const rights: Check = {
  id: 'C6',
  goal: 3,
  title: 'Each user may do with their own kubeconfig what the inventory says, and nothing else that decides',
  kinds: MATRIX_KINDS,
  probes: (place) => [askedByUserProbe(place)],
  *trials(scene) {
    const answersOf = answersIn(scene.inventory, scene.users)
    const peers = new Map(peersOf(scene).flatMap((alike) => alike.users.map(({ name }) => [name, alike])))
    const first = { ...scene, hosts: scene.hosts.slice(0, 1) }
    yield* ofEachUser(first, readIn(scene), function* ({ host, of }, user, subject) {
      const ended = of(user)
      const answers = answersOf(user, ended)
      if (answers === undefined) return yield untried(scene, host, user) ?? failedTry(subject, ended)
      const wrong = answers.flatMap(({ deed, said }) =>
        typeof said === 'string'
          ? [unknown(subject, `what the API server says as the user to ${wordsOf(deed)} ${said}`)]
          : judged(deed, said.allowed, peers.get(user.name)!, subject),
      )
      if (wrong.length > 0) return yield* wrong
      yield pass(
        subject,
        `may do what the inventory grants, and no more, of ${counted(answers.length, 'deed')} asked`,
      )
    })
  },
}

const judged = (deed: Deed, allowed: boolean, { expected, grants }: Peers, subject: string): Finding[] => {
  if (allowed === expected.has(deedKeyOf(deed))) return []
  if (!allowed) return [fail(subject, 'is refused what the inventory grants', wordsOf(deed))]
  const grant = allowing(grants, deed)
  const thing = wordsOf(deed)
  const says = 'may do more than the inventory grants'
  return grant === undefined
    ? [fail(subject, `${says}: no role says so`, thing, ANOTHER)]
    : [{ ...overgranted(subject, `${says}: ${sourceOf(grant)}`, grant), thing }]
}

const ANOTHER = advise('find the authorizer besides RBAC that lets the user')

/** What is tried as each user on the client machines, against the API. */
export const asTheUser: readonly Check[] = [whoami, rights]
