// What each user may do through the API: all that their role needs, and nothing beyond it, in any namespace.
import {
  allowing,
  type Check,
  type Deed,
  deedKeyOf,
  defined,
  type Finding,
  type Grant,
  isRemembered,
  type Judged,
  type Repair,
  type ReviewTrial,
  RUN_SETUP,
  type Scene,
  sourceOf,
  subjectsOfRights,
  VERBS,
  wordsOf,
} from '../check.ts'
import { countsFor, decisiveDeeds, isMastery } from './rights/decisive.ts'
import { givenTwice, MATRIX_KINDS, namespacesOf, type Peers, peersOf } from './rights/peers.ts'
import { inANutshell } from './rights/powers.ts'
import { withWebhooks } from './webhooks.ts'

const ANOTHER = 'another authorizer decides here, against what RBAC alone says'

/** Each user may do what their role and Arena need. */
const needed: Check = {
  id: 'B1',
  goal: 1,
  title: 'Each user may do what their role and Arena need',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    for (const peers of peersOf(scene)) {
      const holds = about(peers, 'pass', 'may do all that the inventory says')
      for (const { deed } of peers.expected.values())
        yield listed(peers, deed, (allowed, reason) => {
          if (allowed) return holds
          const by = allowing(peers.grants, deed) ? ANOTHER : reason || 'no role gives it'
          return about(peers, 'fail', `is refused what they need, because ${by}`, RUN_SETUP, wordsOf(deed))
        })
    }
  },
}

/** No rule gives more than the inventory says. */
const beyond: Check = {
  id: 'C0',
  goal: 3,
  title: 'No user has a right that the inventory does not say',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    for (const peers of peersOf(scene)) {
      const extra = [...peers.actual].filter(([key]) => !peers.expected.has(key)).map(([, right]) => right)
      if (extra.length === 0) yield about(peers, 'pass', 'has no right beyond the inventory')
      const byGrant = [...Map.groupBy(extra, (right) => right.grant), ...givenTwice(peers, scene)]
      for (const [grant, rights] of byGrant)
        yield {
          ...granted(peers, grant, `${sourceOf(grant)} gives more than the inventory says`),
          rights: inANutshell(rights.map(({ deed }) => deed)),
        }
      for (const { deed } of extra.slice(0, MOST_ASKED))
        yield listed(peers, deed, (allowed) =>
          allowed ? [] : about(peers, 'fail', ANOTHER, undefined, `may not ${wordsOf(deed)}`),
        )
    }
  },
}

/** Rights that one wildcard gives are asked about up to so many; all of them are computed. */
const MOST_ASKED = 1000

/** Every right on everything is asked for, where that was wanted. */
const all: Check = {
  id: 'C7',
  goal: 3,
  title: 'The API server decides every right as RBAC says',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    if (!scene.exhaustive) return
    for (const peers of peersOf(scene)) {
      const holds = about(peers, 'pass', 'has every right that RBAC computes, and no other')
      for (const deed of everyDeed(scene))
        yield asked(peers, deed, (allowed) => {
          const computed = allowing(peers.grants, deed) !== undefined
          if (allowed === computed) return holds
          return about(peers, 'fail', ANOTHER, undefined, `may ${allowed ? '' : 'not '}${wordsOf(deed)}`)
        })
    }
  },
}

function* everyDeed(scene: Scene): Generator<Deed> {
  for (const { namespaced, verbs = VERBS, ...subject } of subjectsOfRights(scene.resources()))
    for (const verb of verbs)
      for (const namespace of namespaced ? [...namespacesOf(scene), undefined] : [undefined])
        yield { verb, ...subject, ...(namespace !== undefined && { namespace }) }
}

/** A binding to one of the cluster's own roles gives what nobody who wrote it had in mind. */
const builtIn: Check = {
  id: 'D5',
  goal: 3,
  title: "No user is bound to the cluster's own roles admin, edit or view",
  kinds: MATRIX_KINDS,
  *trials(scene) {
    for (const peers of peersOf(scene)) {
      const given = peers.grants.filter(({ role }) => role.kind === 'ClusterRole' && OPENED.has(role.name))
      if (given.length === 0) yield about(peers, 'pass', 'is bound to none of them')
      for (const grant of given)
        yield granted(peers, grant, `${sourceOf(grant)} opens ${OPENED.get(grant.role.name)}`)
    }
  },
}

const OPENED = new Map([
  ['cluster-admin', 'everything'],
  ['admin', 'secrets, roles and bindings'],
  ['edit', 'secrets, the tokens of other users and network policies'],
  ['view', 'every ConfigMap'],
])

/** The fixed deeds of a check, asked for everybody in every place where they must be refused. */
export const refused = (id: string, goal: Check['goal'], title: string): Check => ({
  id,
  goal,
  title,
  kinds: MATRIX_KINDS,
  *trials(scene) {
    for (const peers of peersOf(scene)) {
      const holds = about(peers, 'pass', 'is refused wherever it was asked')
      for (const deed of deedsFor(id, peers, scene))
        yield (isMastery(deed) ? asked : listed)(peers, deed, (allowed, reason) => {
          if (!allowed) return holds
          const grant = allowing(peers.grants, deed)
          return grant === undefined
            ? about(peers, 'fail', `${ANOTHER} (${reason})`, undefined, wordsOf(deed))
            : granted(peers, grant, `${sourceOf(grant)} lets them${lastingOf(deed)}`, wordsOf(deed))
        })
    }
  },
})

/** The fixed deeds of a check in every place, and what its users were given of that kind by other names. */
const deedsFor = (id: string, { own, expected, actual }: Peers, scene: Scene): Deed[] => {
  const fixed = decisiveDeeds(id, own, namespacesOf(scene))
  const given = [...actual.values()].map(({ deed }) => deed).filter((deed) => countsFor(id, own, deed))
  const all = new Map([...fixed, ...given].map((deed) => [deedKeyOf(deed), deed]))
  return [...all].flatMap(([key, deed]) => (expected.has(key) ? [] : [deed]))
}

/** What the API server remembers goes on for a while. */
const lastingOf = ({ verb }: Deed): string =>
  isRemembered(verb) ? ', and goes on for up to 10 s after it is taken away' : ''

/** What each user may do, computed from RBAC and asked of the API server. */
export const access: readonly Check[] = [
  needed,
  beyond,
  refused('C1', 3, 'Nobody reads or changes what belongs to the whole cluster'),
  refused('C2', 3, "Nobody reads or changes another group's jobs, pods, files of configuration and claims"),
  refused('C3', 3, 'Nobody lists things of all groups at once'),
  refused('C4', 3, "Nobody gets into another group's pods: logs, exec, ports, proxies"),
  refused('C5', 3, "Nobody reads the API server's own insides"),
  all,
  refused('D1', 3, 'Nobody reads Secrets: they are the tokens of others'),
  refused('D2', 3, 'Nobody makes themselves a token or an identity'),
  refused('D3', 3, 'Nobody acts as somebody else'),
  refused('D4', 3, 'Nobody gives rights'),
  builtIn,
  refused('D7', 3, 'Nobody changes namespaces, whose labels decide what is enforced'),
  refused('D8', 2, 'Nobody has certificates signed'),
  refused('D9', 3, 'Nobody reaches pods by way of nodes, or evicts them'),
  refused('D10', 5, 'Nobody makes or changes volumes and storage classes'),
  withWebhooks(refused('D11', 3, 'Nobody changes admission, APIs, priorities or runtimes')),
]

type Judge = (allowed: boolean, reason: string) => Judged

/** By the rules that the API server lists for one of these users. */
const listed = (peers: Peers, deed: Deed, judge: Judge): ReviewTrial => {
  const trial = asked(peers, deed, judge)
  return { ...trial, review: { ...trial.review, listedFor: peers.users[0]!.name } }
}

/** By what the API server decides about this one deed. */
const asked = ({ who }: Peers, deed: Deed, judge: Judge): ReviewTrial => ({
  ask: 'review',
  review: { who, deed },
  judge: ({ allowed, reason }) => judge(allowed, reason),
})

/** The same for each user of these. */
export const about = (
  { users }: Peers,
  verdict: Finding['verdict'],
  says: string,
  repair?: Repair,
  thing?: string,
): Finding => ({
  verdict,
  subjects: users.map(({ name }) => name),
  says,
  ...defined({ repair, thing }),
})

/** A failure of each of these that one grant is the cause of. */
export const granted = (
  peers: Peers,
  { binding, role, repair }: Grant,
  says: string,
  thing?: string,
): Finding => ({ ...about(peers, 'fail', says, repair, thing), cause: { binding, role } })
