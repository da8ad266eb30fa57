// Who is not in the inventory and has rights over its groups all the same.
import {
  allowing,
  type Check,
  type Finding,
  type Grant,
  overgranted,
  pass,
  type Scene,
  sourceOf,
} from '../check.ts'
import { ACTING } from './rights/decisive.ts'
import { accountsNamespace, isInGroup, powersOver } from './rights/holdings.ts'
import { grantsOf, MATRIX_KINDS, peersOf } from './rights/peers.ts'
import { type Power, powersInANutshell } from './rights/powers.ts'
import { standingOf, subjectInWords } from './rights/subjects.ts'

/** Rights over groups that one binding gives to one subject. */
interface Holding {
  grant: Grant
  powers: readonly Power[]
}

/** People and service accounts that a binding names, but for users, the cluster's own parts and whoever is trusted. */
const holders: Check = {
  id: 'C8',
  goal: 3,
  title: 'Nobody outside the inventory has rights in a namespace of a group, or decisive ones in the cluster',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    const { inventory, admin } = scene
    const holdings = grantsOf(scene)
      .map((grant) => ({
        grant,
        powers: powersOver(inventory, scene.resources(), grant),
        standing: standingOf(inventory, admin, grant),
      }))
      .filter(({ powers }) => powers.length > 0)
    const found = [...reached(scene, holdings)]
    const strangers = holdings.filter(
      ({ standing, grant }) =>
        standing === 'stranger' || (standing === 'elsewhere' && isInGroup(inventory, grant.namespace)),
    )
    found.push(...strangers.map(stranger))
    yield* found
    const elsewhere = holdings.filter((one) => one.standing === 'elsewhere' && !strangers.includes(one))
    for (const [space, there] of Map.groupBy(elsewhere, ({ grant }) => accountsNamespace(grant.subject)!))
      yield* addOn(space, there)
    if (found.length === 0) yield pass(inventory.name, 'nobody else has rights over its groups')
  },
}

const stranger = ({ grant, powers }: Holding): Finding => {
  const { subject } = grant
  const says = `is not in the inventory, and ${sourceOf(grant)} gives rights over its groups`
  return {
    ...overgranted(subjectInWords(subject), says, grant),
    rights: powersInANutshell(powers),
    trusted:
      subject.kind === 'ServiceAccount'
        ? { kind: subject.kind, namespace: subject.namespace, name: subject.name }
        : { kind: subject.kind, name: subject.name },
  }
}

/** Service accounts elsewhere that somebody of a group can act as, because they may run pods beside them. */
function* reached(scene: Scene, holdings: readonly Holding[]): Generator<Finding> {
  for (const { users, grants } of peersOf(scene))
    for (const grant of grants) {
      const { namespace } = grant
      if (namespace === undefined || isInGroup(scene.inventory, namespace)) continue
      if (!ACTING.some((deed) => allowing([grant], { ...deed, namespace }))) continue
      const there = holdings.filter(
        ({ grant: { subject } }) => subject.kind === 'ServiceAccount' && subject.namespace === namespace,
      )
      for (const { grant: of, powers } of there)
        yield {
          ...overgranted(
            users.map(({ name }) => name),
            `can act as service accounts of ${namespace}: ${sourceOf(grant)} lets this user run pods there`,
            grant,
          ),
          thing: `${of.subject.name}, with ${sourceOf(of)}`,
          rights: powersInANutshell(powers),
        }
    }
}

/** Add-ons that no group can act as: one notice for each namespace, with what each of its accounts can do. */
function* addOn(space: string, holdings: readonly Holding[]): Generator<Finding> {
  for (const { grant, powers } of holdings) {
    const { count, worst } = powersInANutshell(powers)
    yield {
      verdict: 'notice',
      subjects: [`namespace ${space}`],
      says: 'has service accounts with rights over every group',
      thing: `${grant.subject.name} by ${grant.role.kind} ${grant.role.name} (${count}: ${worst.join(', ')})`,
      trusted: { kind: 'ServiceAccount', namespace: space },
    }
  }
}

/** Who is not in the inventory. */
export const outsiders: readonly Check[] = [holders]
