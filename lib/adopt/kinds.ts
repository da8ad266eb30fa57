import { JOB_KIND_NAMES, type JobKindName, jobKind, USUAL_KINDS } from '../conventions/job-kinds.ts'
import { isOwnedBy } from '../conventions/labels.ts'
import { builtInRoles } from '../inventory/roles.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { type KubeObject, ROLE } from '../kube/object.ts'
import type { LiveRule } from '../kube/rbac.ts'
import { command, type GroupInput, type Note } from './remark.ts'
import { isBuiltIn } from './rights.ts'
import { inside, type World } from './world.ts'

/** What members may submit: of all groups, where they are alike, or in the entries of those that differ. */
export const withKinds = (
  world: World,
  owner: string,
  groups: readonly GroupInput[],
  note: Note,
): Pick<InventoryInput, 'groups' | 'jobs'> => {
  const found = groups.map((group) => {
    const roles = rolesOfSetup(world, owner, group.name)
    return { group, roles, kinds: kindsOf(group.name, roles, note) }
  })
  const all = [...new Set(found.flatMap(({ kinds }) => kinds))]
  for (const { group, roles, kinds } of found) tellOtherRules(group.name, roles, { kinds, all }, note)
  const [first] = found
  if (first === undefined || found.every(({ kinds }) => isUsual(kinds))) return { groups: [...groups] }
  if (found.every(({ kinds }) => kinds.join() === first.kinds.join()))
    return { jobs: { kinds: [...first.kinds] }, groups: [...groups] }
  return {
    groups: found.map(({ group, kinds }) =>
      isUsual(kinds)
        ? group
        : { ...group, jobs: { ...(group.jobs === 'own' && { list: 'own' as const }), kinds: [...kinds] } },
    ),
  }
}

const isUsual = (kinds: readonly JobKindName[]): boolean =>
  kinds.length === USUAL_KINDS.length && USUAL_KINDS.every((kind) => kinds.includes(kind))

/** Roles that a run has written; those that people made by hand say nothing about kinds that were chosen. */
const rolesOfSetup = (world: World, owner: string, group: string): KubeObject[] =>
  inside(world.items(ROLE), group).filter(
    ({ metadata }) => isOwnedBy(metadata, owner) && isBuiltIn(metadata.name),
  )

const rulesOf = (role: KubeObject): readonly LiveRule[] => (role['rules'] ?? []) as readonly LiveRule[]

/** The kinds that members make, in the order of the table. */
const kindsOf = (group: string, roles: readonly KubeObject[], note: Note): readonly JobKindName[] => {
  const member = roles.find(({ metadata }) => metadata.name === 'member')
  if (member === undefined) return USUAL_KINDS
  const kinds = JOB_KIND_NAMES.filter((name) => rulesOf(member).some((rule) => makes(rule, name)))
  if (kinds.length > 0) return kinds
  note(
    group,
    'the role member lets nobody submit jobs of any kind, which an inventory cannot say',
    `setup lets its members submit ${USUAL_KINDS.join(', ')}: choose with jobs: { kinds: […] }`,
  )
  return USUAL_KINDS
}

const makes = ({ verbs, apiGroups = [], resources = [] }: LiveRule, name: JobKindName): boolean => {
  const { group, plural } = jobKind(name)
  return verbs.includes('create') && apiGroups.includes(group) && resources.includes(plural)
}

/** Rules that do not come from kinds of jobs: an inventory has them under roles, or nobody is to have them. */
const tellOtherRules = (
  group: string,
  roles: readonly KubeObject[],
  { kinds, all }: { kinds: readonly JobKindName[]; all: readonly JobKindName[] },
  note: Note,
): void => {
  const wanted = new Map(builtInRoles(kinds, all).map(({ name, rules }) => [name, inOneForm(rules)]))
  for (const role of roles) {
    const { name } = role.metadata
    if (inOneForm(rulesOf(role)) !== wanted.get(name))
      note(
        group,
        `the role ${name} has other rules than setup writes: it takes out what is more, and gives what is missing`,
        `what is meant goes into roles: { name: '${name}', rules: […] }; what it has: ` +
          command`kubectl get role ${name} -n ${group} -o yaml`,
      )
  }
}

const inOneForm = (rules: readonly LiveRule[]): string =>
  JSON.stringify(
    rules.map(({ apiGroups = [], resources = [], verbs, resourceNames = [] }) => [
      apiGroups,
      resources,
      verbs,
      resourceNames,
    ]),
  )
