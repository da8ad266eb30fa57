// Each user's kubeconfig: a file of their own, for this cluster and as themselves, with a token that names them.

import {
  accountsProbe,
  advise,
  type Check,
  DOT_KUBE,
  differencesBySection,
  dotKubeDifferences,
  dotKubeOn,
  type FieldDiff,
  type Finding,
  fail,
  gap,
  goneFrom,
  hinted,
  identityOf,
  type KubeconfigFile,
  type KubeEntries,
  kubeconfigOn,
  notKubeconfig,
  ofEachUser,
  orPass,
  pass,
  RUN_SETUP,
  readAccounts,
  type Scene,
  strangersIn,
} from '../check.ts'
import type { User } from '../inventory/schema.ts'

/** Nobody else reads it, and it leads to this cluster and to nobody else's rights. */
const own: Check = {
  id: 'A1',
  goal: 2,
  title: "Each kubeconfig is its user's alone, for this cluster and with their identity",
  trials: (scene) =>
    ofEachUser(scene, hostOf, function* (host, user, subject) {
      const { name } = user
      const dotKube = dotKubeOn(scene, host, user)
      const obstacle = DOT_KUBE.obstacle(user, dotKube)
      if (obstacle !== undefined)
        return yield fail(
          subject,
          'has something else at ~/.kube/config',
          obstacle.reason,
          hinted(obstacle.hint),
        )
      const file = kubeconfigOn(scene, host, user)
      if (file === undefined) return yield fail(subject, 'has no kubeconfig')
      if (file.fault !== undefined)
        return yield fail(
          subject,
          'has a kubeconfig that cannot be read',
          file.fault,
          hinted(notKubeconfig(name).hint),
        )
      const found = [
        ...dotKubeDifferences(user, dotKube).map(({ field, from }) =>
          fail(subject, 'has a kubeconfig that others can read or change', `${field} ${from}`),
        ),
        ...entriesOf(scene, user, file, subject),
      ]
      yield* orPass(found, subject, 'has a kubeconfig of their own')
    }),
}

function* entriesOf(scene: Scene, user: User, file: KubeconfigFile, subject: string): Generator<Finding> {
  const { clusters, users } = differencesOf(scene, user, file)
  for (const diff of [...clusters, ...users])
    yield fail(subject, 'has a kubeconfig that is not as setup writes it', wordsOf(diff))
  const known = new Set(scene.inventory.users.map(({ name }) => name))
  for (const stranger of strangersIn(file, user.name, scene.endpoint))
    if (!known.has(stranger))
      yield fail(
        subject,
        'has credentials of others for this cluster in the kubeconfig',
        stranger,
        advise('find out whose they are, remove them, and revoke them'),
      )
}

/** What the token says of itself, read without asking anybody. */
const claims: Check = {
  id: 'A2',
  goal: 2,
  title: 'Each token names its user, and ends one day',
  probes: () => [accountsProbe],
  *trials(scene) {
    const read = (host: string) => ({ host, ...readAccounts(scene.on(host)) })
    yield* ofEachUser(scene, read, function* ({ host, today }, user, subject) {
      const file = kubeconfigOn(scene, host, user)
      if (file === undefined || file.fault !== undefined) return
      const said = file.claims(user.name)
      if (said === undefined) return yield fail(subject, 'has no token in the kubeconfig')
      const { username } = identityOf(scene.inventory, user)
      if (said.sub !== username) return yield fail(subject, 'has a token of somebody else', said.sub)
      yield lifetime(said.exp, today, scene, subject)
    })
  },
}

/** Days that may be left before somebody is told. */
const SOON = 3

const lifetime = (exp: number | undefined, today: number, { inventory }: Scene, subject: string): Finding => {
  if (exp === undefined)
    return inventory.tokens === 'bound'
      ? fail(subject, 'has a token that never ends')
      : gap(
          subject,
          'has a token that never ends: who gets hold of it stays in until it is taken back',
          advise("tokens: 'bound' in the inventory gives tokens that end, as isolation: 'strict' does"),
        )
  const days = Math.floor(exp / 86_400) - today
  if (days < 0) return fail(subject, 'has a token that has ended')
  if (days <= SOON) return gap(subject, `has a token that ends in ${days} days`, RUN_SETUP)
  return pass(subject, `has a token of their own that ends in ${days} days`)
}

/** A context for each group, so that Arena works where it should without being told. */
const contexts: Check = {
  id: 'A5',
  goal: 2,
  title: 'Each kubeconfig has a context for each of the groups, and starts in one that is there',
  trials: (scene) =>
    ofEachUser(scene, hostOf, function* (host, user, subject) {
      const file = kubeconfigOn(scene, host, user)
      if (file === undefined || file.fault !== undefined) return
      const wrong = differencesOf(scene, user, file).contexts.map((diff) =>
        fail(subject, 'has contexts that are not as setup writes them', wordsOf(diff)),
      )
      yield* orPass(wrong, subject, 'has a context for each of their groups')
    }),
}

const hostOf = (host: string): string => host

/** The kubeconfigs of users, read as root. */
export const kubeconfigs: readonly Check[] = [own, claims, contexts]

const differencesOf = (
  { inventory, endpoint }: Scene,
  { name, groups }: User,
  file: KubeconfigFile,
): ReturnType<typeof differencesBySection> => {
  const want: KubeEntries = {
    user: name,
    cluster: { name: inventory.name, ...endpoint },
    contexts: groups.map(({ group }) => ({ name: group, namespace: group })),
    current: groups[0]!.group,
  }
  const everyone = new Set(inventory.users.map((user) => user.name))
  return differencesBySection(want, file, goneFrom(want, file, everyone))
}

const wordsOf = ({ field, from, to }: FieldDiff): string => {
  if (from === undefined) return `no ${field}`
  return to === undefined ? `${field} besides` : `${field} ${from} rather than ${to}`
}
