import { clusterWideName, roleBindingName, serviceAccountOf } from '../conventions/names.ts'
import type { Candidate } from './identity.ts'
import type { Say, UserInput } from './remark.ts'
import { type AccountRef, type BoundRole, rolesOf } from './rights.ts'
import type { World } from './world.ts'

type Membership = UserInput['groups'][number]

/** The groups that the user is in or has rights in, the one where their jobs run first. */
export const membershipsOf = (
  world: World,
  owner: string,
  groups: readonly string[],
  { name, linuxGroups, pointers }: Candidate,
  identity: AccountRef,
  say: Say,
): Membership[] => {
  const grants = rolesOf(world, identity)
  const byGroup = Map.groupBy(grants, ({ namespace }) => namespace)
  const called = serviceAccountOf(name)
  const all = groups.filter((group) => linuxGroups.includes(group) || byGroup.has(group))
  // Who is outside of all groups begins in the one that the kubeconfig begins in.
  const begun = [identity, ...pointers].map(({ namespace = '' }) => namespace)
  const first = begun.find((namespace) => groups.includes(namespace))
  for (const { words, binding, cure } of byGroup.get(undefined) ?? [])
    if (binding !== clusterWideName(owner, called))
      say(`has ${words} in the whole cluster (${binding}), which setup leaves`, `after setup: ${cure}`)
  return [...new Set([...(first === undefined ? [] : [first]), ...all])].map((group) => {
    const had = byGroup.get(group) ?? []
    const role = roleFor(had)
    tellRole(called, group, role, had, say)
    return role === 'member' ? group : { group, role }
  })
}

/** What lets somebody look and not touch makes a viewer; everything else is what the document gives: a member. */
const roleFor = (had: readonly BoundRole[]): string =>
  had.length > 0 && had.every(({ role, readOnly }) => readOnly || role === 'viewer') ? 'viewer' : 'member'

const tellRole = (
  account: string,
  group: string,
  role: string,
  had: readonly BoundRole[],
  say: Say,
): void => {
  if (had.length === 0)
    say(
      `had no rights in ${group}: setup gives the user the role ${role} there`,
      `take ${group} out if the user should not have it`,
    )
  for (const { binding, words, cure } of had) {
    const replaced = binding === roleBindingName(account, role)
    if (replaced && words === `Role ${role}`) continue
    say(
      `had ${words} in ${group} (${binding}): an inventory gives the role ${role}`,
      replaced ? 'setup puts the binding right' : `after setup: ${cure}`,
    )
  }
}
