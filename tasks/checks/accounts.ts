// Service accounts that pods of a group can run as, and tokens that outlived their kubeconfig.
import {
  type Check,
  type Finding,
  type Grant,
  grantsTo,
  type Identity,
  identityOf,
  type KubeObject,
  keyOf,
  MATRIX_KINDS,
  namespacesOf,
  OWNER_LABEL,
  promisedByStrict,
  type Right,
  RUN_SETUP,
  rbacOf,
  rightsOf,
  type Scene,
  SERVICE_ACCOUNT,
  serviceAccountIdentity,
  TOKEN_SECRET,
} from '../../lib/check.ts'

/** What somebody is given by name, not as one of a group. */
const ownGrants = (scene: Scene, who: Identity): Grant[] =>
  grantsTo(who, rbacOf(scene), scene.inventory.name).filter(({ toGroup }) => toGroup === undefined)

const accountsIn = (scene: Scene, namespace: string): KubeObject[] =>
  scene.items(SERVICE_ACCOUNT).filter(({ metadata }) => metadata.namespace === namespace)

const byDefault: Check = {
  id: 'I1',
  goal: 3,
  title: 'A pod that names no service account can do nothing in the cluster',
  kinds: [...MATRIX_KINDS, SERVICE_ACCOUNT],
  *trials(scene) {
    for (const { name } of scene.groups) {
      const who = serviceAccountIdentity(name, 'default')
      const grants = ownGrants(scene, who)
      for (const { source, repair } of grants)
        yield { verdict: 'fail', subject: name, says: `gives every pod rights: ${source}`, repair }
      const account = accountsIn(scene, name).find(({ metadata }) => metadata.name === 'default')
      const mounted = account !== undefined && account['automountServiceAccountToken'] !== false
      if (mounted)
        yield { ...promisedByStrict(scene), subject: name, says: 'puts the token of default into every pod' }
      if (grants.length === 0 && !mounted)
        yield { verdict: 'pass', subject: name, says: 'gives its pods nothing' }
    }
  },
}

const operators: Check = {
  id: 'I4',
  goal: 3,
  title: "No service account in a group's namespace may do more than its members",
  kinds: [...MATRIX_KINDS, SERVICE_ACCOUNT],
  *trials(scene) {
    for (const group of scene.groups) {
      const known = membersIn(scene, group.name)
      const others = accountsIn(scene, group.name).filter(({ metadata }) => !known.has(metadata.name))
      const found = others.flatMap(({ metadata }) => powers(scene, group.name, metadata.name))
      if (found.length === 0) yield { verdict: 'pass', subject: group.name, says: 'has no such account' }
      yield* found
    }
  },
}

/** Accounts that are looked at by other checks: those of users, and the one that I1 is about. */
const membersIn = ({ inventory }: Scene, namespace: string): Set<string> =>
  new Set([
    'default',
    ...inventory.users
      .filter((user) => identityOf(inventory, user).namespace === namespace)
      .map(({ name }) => name),
  ])

const powers = (scene: Scene, namespace: string, name: string): Finding[] => {
  const grants = ownGrants(scene, serviceAccountIdentity(namespace, name))
  const places = new Set([...namespacesOf(scene), ...grants.flatMap(({ namespace: place = [] }) => place)])
  const may = memberRights(scene, namespace)
  const beyond = [...rightsOf(grants, scene.resources(), [...places]).values()].filter(({ deed }) => {
    const { name: _, ...whole } = deed
    return !may.has(keyOf(deed)) && !may.has(keyOf(whole))
  })
  return [...Map.groupBy(beyond, ({ grant }) => grant).keys()].map(({ source, repair }) => ({
    verdict: 'fail',
    subject: namespace,
    says: `whoever runs a pod here can run it as ${name} and use ${source}`,
    repair: `move ${name} to a namespace of its own, or ${repair}`,
  }))
}

/** What the inventory lets the users of a group do there; an operator's helper may have as much. */
const memberRights = ({ inventory, resources }: Scene, namespace: string): ReadonlyMap<string, Right> => {
  const given = new Set(
    inventory.users.flatMap(({ groups }) =>
      groups.filter(({ group }) => group === namespace).map(({ role }) => role),
    ),
  )
  const grants = inventory.roles
    .filter(({ name }) => given.has(name))
    .map(({ rules }) => ({ rules, namespace, source: 'the inventory', repair: RUN_SETUP }))
  return rightsOf(grants, resources(), [namespace])
}

const tokens: Check = {
  id: 'A6',
  goal: 2,
  title: 'No token of a user works but the one in his kubeconfig',
  kinds: [TOKEN_SECRET],
  *trials(scene) {
    const secrets = Map.groupBy(scene.items(TOKEN_SECRET), ({ metadata }) => accountOf(metadata))
    for (const user of scene.users) {
      const { namespace } = identityOf(scene.inventory, user)
      const all = secrets.get(`${namespace}/${user.name}`) ?? []
      const others = all.filter((secret) => secret !== current(scene, user.name, all))
      if (others.length === 0) yield { verdict: 'pass', subject: user.name, says: 'has no other token' }
      for (const { metadata } of others)
        yield {
          verdict: 'fail',
          subject: user.name,
          says: 'has another token, which works until it is deleted',
          thing: `Secret ${namespace}/${metadata.name}`,
          repair:
            metadata.labels?.[OWNER_LABEL] === scene.inventory.name
              ? RUN_SETUP
              : `kubectl delete secret ${metadata.name} -n ${namespace}`,
        }
    }
  },
}

const accountOf = ({ namespace, annotations }: KubeObject['metadata']): string =>
  `${namespace}/${annotations?.['kubernetes.io/service-account.name']}`

/** The newest of ours that is filled; `strict` has tokens of another kind. */
const current = ({ inventory }: Scene, user: string, all: readonly KubeObject[]): KubeObject | undefined => {
  if (inventory.isolation === 'strict') return undefined
  const numbered = all.flatMap((secret) => {
    const [, number] = /^(\d{1,9})$/.exec(secret.metadata.name.replace(`${user}-token-`, '')) ?? []
    const filled = (secret['data'] as { token?: unknown } | undefined)?.token !== undefined
    return number !== undefined && filled ? [{ secret, number: Number(number) }] : []
  })
  return numbered.toSorted((a, b) => b.number - a.number)[0]?.secret
}

/** That pods and old tokens give nobody more than he has. */
export const accounts: readonly Check[] = [tokens, byDefault, operators]
