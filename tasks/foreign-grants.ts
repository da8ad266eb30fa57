// Tells what bindings of others give in the namespaces of groups, or to its users; it changes nothing.
import * as z from 'zod'
import {
  CLUSTER_ROLE_BINDING,
  inShort,
  isOwnedBy,
  type KubeObject,
  objectId,
  ROLE_BINDING,
  roleOf,
  type Subject,
  subjectsOf,
  tellingType,
} from '../lib/task.ts'

const subject = z.strictObject({
  kind: z.string(),
  name: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
})

export const foreignGrants = tellingType({
  kind: 'foreign-grants',
  schema: z.strictObject({
    inventory: z.string(),
    /** Bindings that the inventory makes or takes over, as `<namespace>/<name>`, or `<name>` in the whole cluster. */
    own: z.array(z.string()),
    /** Where pods of groups run, and where accounts of users live. */
    namespaces: z.array(z.string()),
    /** Who may have rights although the inventory makes none for them. */
    trusted: z.array(subject),
  }),
  id: () => 'bindings',
  // Who may not list bindings is told so by what setup makes of them itself.
  kinds: [ROLE_BINDING, CLUSTER_ROLE_BINDING],
  tell({ inventory, own, namespaces, trusted }, items) {
    const [mine, spaces] = [new Set(own), new Set(namespaces)]
    const found = [...items(ROLE_BINDING), ...items(CLUSTER_ROLE_BINDING)]
      .filter((binding) => !isAccountedFor(binding, inventory) && !mine.has(objectId(binding.metadata)))
      .flatMap((binding) => {
        const isHere = spaces.has(binding.metadata.namespace ?? '')
        const to = subjectsOf(binding).filter(
          (one) => (isHere || isOf(one, spaces)) && !trusted.some((known) => isSame(known, one)),
        )
        return to.length === 0 ? [] : [inWords(binding, to)]
      })
    const more = found.length - SHOWN
    return [...found.slice(0, SHOWN), ...(more > 0 ? [`${more} more such bindings`] : [])]
  },
})

const SHOWN = 5

/** Ours, Kubernetes' own, and what an operator made for a thing that it belongs to. */
const isAccountedFor = ({ metadata }: KubeObject, inventory: string): boolean =>
  isOwnedBy(metadata, inventory) ||
  metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults' ||
  (metadata.ownerReferences ?? []).length > 0

const EVERYBODY = /^system:(authenticated|unauthenticated|anonymous|serviceaccounts)$/

/** Whether a subject is a user of a group, what pods of one run as, or everybody. */
const isOf = (one: Subject, namespaces: ReadonlySet<string>): boolean => {
  if (one.kind === 'ServiceAccount') return namespaces.has(one.namespace)
  const [, space = ''] = /^system:serviceaccounts:(.+)$/.exec(one.name) ?? []
  return EVERYBODY.test(one.name) || (one.kind === 'Group' && namespaces.has(space))
}

const isSame = (known: z.infer<typeof subject>, one: Subject): boolean =>
  known.kind === one.kind &&
  (known.name === undefined || known.name === one.name) &&
  (one.kind !== 'ServiceAccount' || known.namespace === one.namespace)

const inWords = (binding: KubeObject, to: readonly Subject[]): string => {
  const role = roleOf(binding)
  const names = to.map((one) =>
    one.kind === 'ServiceAccount' ? `${one.kind} ${one.namespace}/${one.name}` : `${one.kind} ${one.name}`,
  )
  return (
    `${binding.kind} ${objectId(binding.metadata)}, which is not of this inventory, gives ` +
    `${role.kind} ${role.name} to ${inShort(names)}: verify --only C,D tells what that is, and what ends it`
  )
}
