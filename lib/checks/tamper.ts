// Whether users could change what keeps them in their places: tried with their own credentials, as dry runs.
import {
  type Answer,
  type AttemptTrial,
  allowing,
  type Check,
  type Deed,
  type Finding,
  identityOf,
  type Kind,
  LIMIT_RANGE,
  NAMESPACE,
  NETWORK_POLICY,
  type ObjectRef,
  objectId,
  PERSISTENT_VOLUME_CLAIM,
  RESOURCE_QUOTA,
  ROLE,
  ROLE_BINDING,
  type Scene,
  SERVICE_ACCOUNT,
  sourceOf,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
} from '../check.ts'
import { about, granted } from './access.ts'
import { isOurs } from './ours.ts'
import { type Peers, peersOf } from './rights/peers.ts'

/** Objects of one kind in one namespace are protected alike: so many of them are tried. */
const MOST_TRIED = 3

/** Refused before anybody looks at what would change. */
const HARMLESS = { metadata: { annotations: { 'arena-playbooks/verify': 'tried' } } }

const kept = (id: string, goal: Check['goal'], title: string, kinds: readonly Kind[]): Check => ({
  id,
  goal,
  title,
  kinds,
  *trials(scene) {
    for (const peers of peersOf(scene))
      for (const place of placesOf(scene, peers))
        for (const kind of kinds)
          for (const ref of ofOurs(scene, kind, place)) {
            yield trial(peers, ref, 'delete')
            yield trial(peers, ref, 'patch')
          }
  },
})

/** The namespaces of the user's groups, and the one that holds their service account. */
const placesOf = ({ inventory }: Scene, { own, users }: Peers): Set<string> =>
  new Set([...own, identityOf(inventory, users[0]!).namespace])

const ofOurs = (scene: Scene, kind: Kind, place: string): ObjectRef[] =>
  scene
    .items(kind)
    .filter(
      (object) =>
        isOurs(scene, object) &&
        (kind.namespaced ? object.metadata.namespace : object.metadata.name) === place,
    )
    .slice(0, MOST_TRIED)
    .map(({ metadata: { name } }) => ({
      kind,
      name,
      ...(kind.namespaced && { namespace: place }),
    }))

const trial = (peers: Peers, ref: ObjectRef, verb: 'delete' | 'patch'): AttemptTrial => {
  const { as } = peers
  return {
    ask: 'attempt',
    attempt:
      verb === 'delete' ? { as, do: 'remove', remove: ref } : { as, do: 'patch', patch: ref, with: HARMLESS },
    judge: (answer) => judge(peers, ref, verb, answer),
  }
}

const judge = (peers: Peers, ref: ObjectRef, verb: string, answer: Answer): Finding => {
  const thing = `${verb} ${ref.kind.kind} ${objectId(ref)}`
  if (!answer.taken && answer.cause === 'rbac') return about(peers, 'pass', 'may not touch it')
  if (!answer.taken && ['authentication', 'absent', 'other'].includes(answer.cause))
    return about(peers, 'unknown', `was refused for another reason: ${answer.message}`, undefined, thing)
  const grant = allowing(peers.grants, deedOf(ref, verb))
  const means = answer.taken ? 'can do it' : `has the right, and only admission refused it: ${answer.message}`
  const says = grant === undefined ? means : `${means}: ${sourceOf(grant)}`
  return grant === undefined
    ? about(peers, 'fail', says, undefined, thing)
    : granted(peers, grant, says, thing)
}

const deedOf = ({ kind, name, namespace }: ObjectRef, verb: string): Deed => ({
  verb,
  group: kind.apiVersion.includes('/') ? kind.apiVersion.split('/')[0]! : '',
  resource: kind.plural,
  // RBAC asks about a namespace in itself.
  ...(kind === NAMESPACE ? { namespace: name } : namespace !== undefined && { namespace }),
})

/** That what setup made stays as it is. */
export const tamper: readonly Check[] = [
  kept('J1', 4, 'No user changes the quota or limits of a group', [RESOURCE_QUOTA, LIMIT_RANGE]),
  kept('J2', 3, 'No user changes namespaces, roles, bindings, identities and network policies', [
    NAMESPACE,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    NETWORK_POLICY,
  ]),
  kept('J3', 5, 'No user deletes the claims of a group', [PERSISTENT_VOLUME_CLAIM]),
  kept('J4', 2, 'No user deletes the tokens of colleagues', [TOKEN_SECRET, TOKEN_ANCHOR]),
]
