// Proofs that somebody who left is gone: their tokens, their rights, and what bore their name on the machines.

import { quote } from '../base/shell.ts'
import {
  type AccountsFrom,
  type AttemptTrial,
  accountsProbe,
  advise,
  archivesProbe,
  type Check,
  CLUSTER_ROLE_BINDING,
  type Command,
  type Finding,
  fail,
  homesProbe,
  identitiesOf,
  livelyProbe,
  mountsProbe,
  onEachHost,
  type Probe,
  pass,
  ROLE_BINDING,
  readAccounts,
  readArchives,
  readLively,
  readMounts,
  readPaths,
  readScattered,
  type Scene,
  SERVICE_ACCOUNT,
  type Secret,
  SHARED,
  scatteredProbe,
  serviceAccountOf,
  subjectsOf,
} from '../check.ts'

export interface DepartedUser {
  name: string
  uid: number
  /** Where the account came from: one of a directory stays. */
  accounts: AccountsFrom
  home: string
  /** Whether the home was to stay. */
  keepsHome: boolean
  /** Tokens that their kubeconfigs held before. */
  tokens: readonly Secret[]
}

/** What must be so after somebody was removed. */
export const departure = (gone: DepartedUser): readonly Check[] => [
  {
    id: 'L3',
    goal: 2,
    title: 'The old tokens are revoked',
    *trials(): Generator<Finding | AttemptTrial> {
      if (gone.tokens.length === 0) yield pass(gone.name, 'had no kubeconfig with a token before this run')
      for (const token of gone.tokens)
        yield {
          ask: 'attempt',
          attempt: { as: { kind: 'token', token }, do: 'read', read: '/apis', until: 401 },
          judge: (answer) =>
            answer.taken || answer.status !== 401
              ? { verdict: 'fail', subjects: [gone.name], says: 'the old token still works after 60 s' }
              : pass(gone.name, 'the old token is refused: 401, in every mode of impersonation too'),
        }
    },
  },
  {
    id: 'L4',
    goal: 3,
    title: 'Nothing in the cluster is bound to the name',
    kinds: [ROLE_BINDING, CLUSTER_ROLE_BINDING, SERVICE_ACCOUNT],
    *trials(scene) {
      const left = [...boundTo(serviceAccountOf(gone.name), scene)]
      for (const thing of left)
        yield fail(
          gone.name,
          'is still there, and would give these rights to the next user of that name',
          thing.what,
          thing.repair,
        )
      if (left.length === 0) yield pass(gone.name, 'has no service account, and no binding names them')
    },
  },
  {
    id: 'L5',
    goal: 2,
    title: 'Nothing of the user is left on the machines',
    probes: (): Probe[] => [
      accountsProbe,
      archivesProbe,
      homesProbe([gone.home]),
      livelyProbe([gone]),
      mountsProbe('mounts', [gone.home, ...SHARED]),
      scatteredProbe([gone]),
    ],
    *trials(scene) {
      yield* onEachHost(scene, (host) => onHost(gone, host, scene))
    },
  },
]

function* boundTo(name: string, scene: Scene): Generator<{ what: string; repair: Command }> {
  const ours = new Set(identitiesOf(scene.inventory, name).map(({ namespace }) => namespace))
  for (const { metadata } of scene.items(SERVICE_ACCOUNT))
    if (metadata.name === name && ours.has(metadata.namespace!))
      yield {
        what: `service account ${metadata.namespace}/${name}`,
        repair: `kubectl delete serviceaccount ${name} -n ${metadata.namespace}`,
      }
  for (const kind of [ROLE_BINDING, CLUSTER_ROLE_BINDING])
    for (const binding of scene.items(kind)) {
      const named = subjectsOf(binding).some(
        (subject) =>
          subject.kind === 'ServiceAccount' && subject.name === name && ours.has(subject.namespace),
      )
      if (!named) continue
      const { name: id, namespace } = binding.metadata
      const place = namespace === undefined ? '' : ` -n ${namespace}`
      yield {
        what: `${kind.kind} ${id}${place}`,
        repair: `kubectl delete ${kind.kind.toLowerCase()} ${id}${place}`,
      }
    }
}

function* onHost(gone: DepartedUser, host: string, scene: Scene): Generator<Finding> {
  const answers = scene.on(host)
  const { name, home, keepsHome } = gone
  const { processes, starters } = readLively(answers)(gone)
  const mounts = readMounts(answers, 'mounts')
  const mounted = mounts.within(home).map(({ point }) => point)
  const left = [
    ...(readAccounts(answers).named(name).length > 0 ? ['the account'] : []),
    ...processes.map((process) => `process ${process}`),
    ...starters,
    ...(!keepsHome && readPaths(answers, 'homes')(home) !== undefined ? [home] : []),
    ...(keepsHome ? [] : readScattered(answers, mounts)(gone).theirs.slice(0, 50)),
  ]
  const says = 'still has of the user'
  for (const thing of left)
    yield thing === home && mounted.length > 0
      ? fail(
          host,
          says,
          `${home}, with ${mounted.join(', ')} mounted in it`,
          advise(`umount ${mounted.map(quote).join(' ')}, then run again`),
        )
      : fail(host, says, thing, advise('see above why, and run again'))
  if (left.length > 0) return
  const stays = gone.accounts === 'directory' ? ', whose account stays in the directory' : ''
  const archives = readArchives(answers)(gone).all.map(({ path, sha256 }) => `${path} (sha256 ${sha256})`)
  yield pass(
    host,
    `has no ${gone.accounts === 'directory' ? '' : 'account, '}process, crontab or job of at of theirs${stays}` +
      (keepsHome ? '' : `, and no file in ${[home, ...SHARED].join(', ')}`) +
      (archives.length === 0 ? '' : `; the files are in ${archives.join(' and ')}`),
  )
}
