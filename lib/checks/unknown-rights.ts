// What a role gives that nobody here knows: a verb or a resource that came after the lists of rights were written.
import {
  advise,
  type Check,
  deedKeyOf,
  type Finding,
  type Grant,
  newerThanRead,
  orPass,
  type Scene,
  sourceOf,
} from '../check.ts'
import { granted } from './access.ts'
import { MATRIX_KINDS, type Peers, peersOf } from './rights/peers.ts'
import { deedsOf, isUnknown, type Power, powersIn, powersInANutshell } from './rights/powers.ts'

const NOT_KNOWN = 'gives what is not known here'

/** So that a list of verbs and resources that somebody wrote cannot age without a word. */
export const unknownRights: Check = {
  id: 'C9',
  goal: 3,
  title: 'Every verb and resource that a role gives to a user is known here',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    const { inventory } = scene
    const newer = newerThanRead(scene.version)
    if (newer !== undefined) yield { verdict: 'notice', subjects: [inventory.cluster.name], says: newer }
    const found = [
      ...peersOf(scene).flatMap((peers) => peers.grants.flatMap((grant) => beside(peers, grant, scene))),
      ...inventory.roles.flatMap(({ name, rules }) => {
        const powers = unknownIn(powersIn({ rules, namespace: name }), scene)
        return powers.length === 0 ? [] : own(name, powers)
      }),
    ]
    yield* orPass(found, inventory.name, 'gives nobody what is not known here')
  },
}

const unknownIn = (powers: readonly Power[], scene: Scene): Power[] =>
  powers.filter((power) => isUnknown(power, scene.resources()))

/** What a binding gives that the inventory does not say. */
const beside = (peers: Peers, grant: Grant, scene: Scene): readonly Finding[] => {
  const powers = unknownIn(powersIn(grant), scene).filter((power) =>
    deedsOf(power, grant.namespace).some((deed) => !peers.expected.has(deedKeyOf(deed))),
  )
  if (powers.length === 0) return []
  const { worst } = powersInANutshell(powers)
  return worst.flatMap((thing) => granted(peers, grant, `${sourceOf(grant)} ${NOT_KNOWN}`, thing))
}

/** A kind that is absent gives nothing yet, and may be installed tomorrow. */
const own = (role: string, powers: readonly Power[]): Finding[] =>
  powersInANutshell(powers).worst.map((thing) => ({
    verdict: 'notice',
    subjects: [`role ${role} of the inventory`],
    says: `${NOT_KNOWN}: neither Kubernetes nor this cluster has it`,
    thing,
    repair: advise('correct it under `roles` in the inventory, or leave it out'),
  }))
