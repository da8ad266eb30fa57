// What each user gets on a client machine, tried as the user, with their kubeconfig and the programs that are there.
import { z } from 'zod'
import { lines, type Script, sh } from '../base/shell.ts'
import {
  advise,
  allowing,
  attributesOf,
  type Check,
  type Deed,
  deedKeyOf,
  eachUser,
  type Finding,
  fail,
  identityOf,
  ofEachUser,
  type Place,
  type Probe,
  pass,
  readEachUser,
  reviewedIn,
  sourceOf,
  unknown,
  untested,
  untrusted,
  wordsOf,
} from '../check.ts'
import type { Inventory, User } from '../inventory/schema.ts'
import { failedTry } from './failed-try.ts'
import { askedByHimself } from './rights/decisive.ts'
import { MATRIX_KINDS, namespacesOf, type Peers, peersOf } from './rights/peers.ts'

/**
 * Asks the API server as the user, in the context of their first group. No answer is kept in their home, and no file
 * there but the kubeconfig changes what is asked.
 */
const ASK = `export KUBERC=off
exec arena-kubectl --cache-dir=/dev/null/none --request-timeout=10s --context="$1" \\
  create --validate=false -o 'jsonpath={.status}{"\\n"}' -f -`

const PROBE = 'as the user'

/** The identity is asked on every machine, the rights on the first. */
const asking = ({ inventory, users, isFirst }: Place): Probe => {
  const deedsOf = deedsFor(inventory, users)
  const alike = Map.groupBy(users, (user) => listOf(isFirst ? deedsOf(user) : []))
  const cases = [...alike].map(
    ([asked, same]) => sh`${oneOf(same.map(({ name }) => name))}) asks=${asked} ;;`,
  )
  const contexts = users.map(({ name, groups }) => sh`${name}) context=${groups[0]!.group} ;;`)
  return {
    id: PROBE,
    script: eachUser({
      users,
      script: sh`case $name in
${lines(...cases)}esac
case $name in
${lines(...contexts)}esac
printf '%s\\n' "$asks" | as_user ${ASK} "$context"`,
    }),
  }
}

/** A pattern of `case`. */
const oneOf = (names: readonly string[]): Script =>
  names.map((name) => sh`${name}`).reduce((before, next) => sh`${before} | ${next}`)

const listOf = (deeds: readonly Deed[]): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      ...deeds.map((deed) => ({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: attributesOf(deed),
      })),
    ],
  })

/** The first of those with the same memberships asks everything, the others in short. */
const deedsFor = (inventory: Inventory, users: readonly User[]): ((user: User) => Deed[]) => {
  const namespaces = namespacesOf({ inventory })
  const membershipsOf = ({ groups }: User): string =>
    groups.map(({ group, role }) => `${group} ${role}`).join(', ')
  const firsts = new Map(users.toReversed().map((user) => [membershipsOf(user), user]))
  return (user) =>
    askedByHimself(spacesOf(user), namespaces, { inShort: firsts.get(membershipsOf(user)) !== user })
}

const spacesOf = ({ groups }: User): string[] => groups.map(({ group }) => group)

const userInfo = z.object({
  userInfo: z.object({ username: z.string(), groups: z.array(z.string()).default([]) }),
})

/** What a line says; undefined where it is no JSON. */
const jsonIn = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The API server tells each user their identity. */
const whoami: Check = {
  id: 'A3',
  goal: 2,
  title: 'Each user has their own identity at the API server, from every machine',
  probes: (place) => [asking(place)],
  trials: (scene) =>
    ofEachUser(
      scene,
      (host) => readEachUser(scene.on(host), PROBE),
      function* ({ of }, user, subject) {
        const ended = of(user)
        const [line = ''] = ended?.stdout.split('\n') ?? []
        if (/no matches for kind "SelfSubjectReview"/.test(ended?.stderr ?? ''))
          return yield untested(
            subject,
            'Kubernetes before 1.28 tells nobody their identity',
            advise('as the user: arena whoami'),
          )
        const told = userInfo.safeParse(jsonIn(line)).data?.userInfo
        if (told === undefined) return yield failedTry(subject, ended)
        const { username, groups } = told
        const wanted = identityOf(scene.inventory, user)
        const same =
          username === wanted.username && String(groups.toSorted()) === String(wanted.groups.toSorted())
        const said = untrusted(`${username} in ${groups.join(', ')}`)
        yield same
          ? pass(subject, 'authenticates with their own identity, in their groups')
          : fail(subject, 'is somebody else to the API server', said)
      },
    ),
}

/** The API server decides for each, by their own kubeconfig, as it does when the admin asks about them. */
const rights: Check = {
  id: 'C6',
  goal: 3,
  title: 'Each user may do with their own kubeconfig what the inventory says, and nothing else that decides',
  kinds: MATRIX_KINDS,
  probes: (place) => [asking(place)],
  *trials(scene) {
    const deedsOf = deedsFor(scene.inventory, scene.users)
    const peers = new Map(peersOf(scene).flatMap((alike) => alike.users.map(({ name }) => [name, alike])))
    const first = { ...scene, hosts: scene.hosts.slice(0, 1) }
    const read = (host: string) => readEachUser(scene.on(host), PROBE)
    yield* ofEachUser(first, read, function* ({ of }, user, subject) {
      const ended = of(user)
      const asked = deedsOf(user)
      const answers = (ended?.stdout.trimEnd().split('\n') ?? [])
        .map(jsonIn)
        .filter((said) => said !== undefined && !userInfo.safeParse(said).success)
      if (answers.length !== asked.length) return yield failedTry(subject, ended)
      const wrong = asked.flatMap((deed, index) => {
        const answer = reviewedIn(answers[index])
        return typeof answer === 'string'
          ? [unknown(subject, `what the API server says as the user to ${wordsOf(deed)} ${answer}`)]
          : judged(deed, answer.allowed, peers.get(user.name)!, subject)
      })
      if (wrong.length > 0) return yield* wrong
      yield pass(subject, `may do what the inventory grants, and no more, of ${asked.length} deeds asked`)
    })
  },
}

const judged = (deed: Deed, allowed: boolean, { expected, grants }: Peers, subject: string): Finding[] => {
  if (allowed === expected.has(deedKeyOf(deed))) return []
  if (!allowed) return [fail(subject, 'is refused what the inventory grants', wordsOf(deed))]
  const grant = allowing(grants, deed)
  const source = grant === undefined ? 'no role says so' : sourceOf(grant)
  return [
    {
      ...fail(
        subject,
        `may do more than the inventory grants: ${source}`,
        wordsOf(deed),
        grant?.repair ?? ANOTHER,
      ),
      ...(grant && { cause: { binding: grant.binding, role: grant.role } }),
    },
  ]
}

const ANOTHER = advise('find the authorizer besides RBAC that lets the user')

/** What is tried as each user on the client machines, against the API. */
export const asTheUser: readonly Check[] = [whoami, rights]
