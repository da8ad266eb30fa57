// A user's ~/.kube/config: our cluster, their token, a context for each of their groups; the rest is theirs.
import * as z from 'zod'
import {
  accountsProbe,
  type Before,
  clusterSchema,
  currentAfter,
  DOT_KUBE,
  dotKubeDifferences,
  entryDifferences,
  type FieldDiff,
  goneFrom,
  isLegible,
  KEEP,
  KubeconfigFile,
  keptOf,
  LOGIN_NAME,
  markerOf,
  NOTHING_GONE,
  notKubeconfig,
  type Op,
  onceFor,
  ownersBesides,
  PLAIN_PATH,
  readAccounts,
  refuse,
  render,
  resourceType,
  Secret,
  type SeenFile,
  strayKubeconfig,
  tryConfig,
  wantedToken,
} from '../lib/task.ts'

const text = z.string().min(1)

const schema = z.strictObject({
  user: z.string().regex(LOGIN_NAME),
  uid: z.int().min(1),
  /** Where the account comes from: a local one has a private group with the same id. */
  accounts: z.enum(['local', 'directory']).optional(),
  home: z.string().regex(PLAIN_PATH),
  /** Name of the entry, and how the user reaches the API server. */
  cluster: clusterSchema,
  contexts: z.array(z.strictObject({ name: text, namespace: text })).min(1),
  /** The context that the user starts with; afterwards they choose. */
  current: text,
  /** Key of the resource that yields the token, or what one is bound to. */
  token: text,
  /** Whether the cluster is asked with the new file, as the user, before the change counts as made. */
  tried: z.boolean().optional(),
  /** Key of the user's service account, where the token is bound. */
  account: text.exactOptional(),
})

interface Have {
  dotKube: SeenFile
  /** The accounts of this inventory; an entry of another one is nothing for this user. */
  everyone: ReadonlySet<string>
}

const onEveryMachine = onceFor<string>()

export const kubeconfig = resourceType<typeof schema, Have>({
  kind: 'kubeconfig',
  on: 'host',
  schema,
  id: ({ user }) => user,

  observe: (wants, owner) => ({
    probes: [accountsProbe, ...DOT_KUBE.probes(wants, owner)],
    read(answers) {
      const dotKubeOf = DOT_KUBE.read(answers)
      const accounts = readAccounts(answers)
      const names = wants.map(({ user }) => user)
      const members = ownersBesides(accounts, markerOf(owner), [])
      const everyone = new Set([...names, ...members.map(({ name }) => name)])
      const clusters = new Set([owner, ...wants.map(({ cluster }) => cluster.name)])
      return {
        find: ({ home }) => ({ dotKube: dotKubeOf(home), everyone }),
        strays: ownersBesides(accounts, markerOf(owner), names).flatMap((account) =>
          strayKubeconfig(account, dotKubeOf, clusters),
        ),
      }
    },
  }),

  plan(want, have, look) {
    const { dotKube, everyone } = have!
    const { user, cluster, contexts } = want
    const person = { ...want, name: user }
    const obstacle = DOT_KUBE.obstacle(person, dotKube)
    if (obstacle !== undefined) return obstacle

    const { fresh, judge, ...after } = wantedToken(want, look)
    const ca = Buffer.from(cluster.ca).toString('base64')
    const sealed = (token: Secret): Secret => Secret.later(`token of ${user}`, async () => token)
    const written = (kept = {}): string =>
      render('kubeconfig.yaml', { ...want, cluster: { ...cluster, ca, ...kept }, token: sealed(fresh) })
    const rendered = onEveryMachine(want, written)
    const places = dotKubeDifferences(person, dotKube)
    const change = (op: Op, token: Secret, diffs: readonly FieldDiff[], before: Before, text: string) => ({
      op,
      diffs: [...diffs, ...places],
      place: dotKube.place,
      steps: [
        ...DOT_KUBE.write(
          person,
          dotKube,
          before,
          Secret.sealed(`kubeconfig of ${user}`, text, [sealed(token)]),
        ),
        ...(want.tried ? tryConfig(person, contexts) : []),
      ],
      ...after,
    })
    if (dotKube.content === undefined) {
      if (cluster.untold !== undefined) return refuse(cluster.untold.reason, cluster.untold.hint)
      const shown = { server: cluster.server, contexts: contexts.map(({ name }) => name), token: fresh }
      const diffs = Object.entries(shown).map(([field, to]) => ({ field, to }))
      return change('create', fresh, diffs, 'absent', rendered)
    }

    const file = new KubeconfigFile(user, dotKube.content.bytes)
    const exact = file.tokenIn(rendered, String(sealed(fresh)))
    if (exact === undefined && file.fault !== undefined) return notKubeconfig(user, file.fault)
    const { token, diffs: tokenDiffs, ...lasts } = judge(exact ?? file.token(user))
    const gone = exact === undefined ? goneFrom(want, file, everyone) : NOTHING_GONE
    const diffs = [...(exact === undefined ? entryDifferences(want, file, gone) : []), ...tokenDiffs]
    if (diffs.length + places.length === 0) return { ...KEEP, ...lasts }
    if (cluster.untold !== undefined && diffs.some(({ field }) => /^cluster\b/.test(field)))
      return refuse(cluster.untold.reason, cluster.untold.hint, diffs)

    const own = written(keptOf(want, file))
    const legible = isLegible(person, dotKube)
    if (!legible && tokenDiffs.length > 0)
      return {
        ...change('update', token, diffs, 'aside', own),
        warnings: [`what root wrote there is kept as ~/.kube/config.root, which ${user} cannot read`],
      }
    const merged = () => file.merged(own, gone, currentAfter(want, file, gone))
    const text = diffs.length === 0 ? file.unchanged : merged()
    if (text === undefined) return notKubeconfig(user)
    return { ...change('update', token, diffs, legible ? file.digest : 'unseen', text), ...lasts }
  },
})
