// A user's ~/.kube/config: our cluster, his token and a context for each of his groups; what else is in it is his.
import { z } from 'zod'
import {
  ACCOUNT_NAME,
  accountsProbe,
  type Before,
  type Change,
  currentAfter,
  type DotKube,
  dotKubeDifferences,
  dotKubeObstacle,
  dotKubeProbes,
  entryDifferences,
  type FieldDiff,
  goneFrom,
  isLegible,
  KEEP,
  KubeconfigFile,
  type Look,
  markerOf,
  membersBesides,
  NOTHING_GONE,
  notKubeconfig,
  type Op,
  PLAIN_PATH,
  readAccounts,
  readDotKube,
  resourceType,
  Secret,
  strayKubeconfig,
  tryConfig,
  writeConfig,
} from '../lib/resource.ts'
import { render } from '../lib/template.ts'

const text = z.string().min(1)

const schema = z.strictObject({
  user: z.string().regex(ACCOUNT_NAME),
  /** His private group has the same id. */
  uid: z.int().min(1),
  home: z.string().regex(PLAIN_PATH),
  /** Name of the entry, address, and the certificate authority in PEM. */
  cluster: z.strictObject({ name: text, server: z.url(), ca: text }),
  contexts: z.array(z.strictObject({ name: text, namespace: text })).min(1),
  /** The context he starts with; afterwards he chooses. */
  current: text,
  /** Key of the resource that yields his `token`. */
  token: text,
  /** Whether the cluster is asked with the new file, as he, before the change counts as made. */
  tried: z.boolean().optional(),
})

type Want = z.output<typeof schema>

interface Have {
  dotKube: DotKube
  /** The accounts of this inventory; an entry of another one is nothing for this user. */
  everyone: ReadonlySet<string>
}

export const kubeconfig = resourceType<typeof schema, Have>({
  kind: 'kubeconfig',
  on: 'host',
  schema,
  id: ({ user }) => user,

  observe: (wants, owner) => ({
    probes: [
      accountsProbe,
      ...dotKubeProbes(
        wants.map(({ home }) => home),
        markerOf(owner),
      ),
    ],
    read(answers) {
      const dotKubeOf = readDotKube(answers)
      const accounts = readAccounts(answers)
      const names = wants.map(({ user }) => user)
      const members = membersBesides(accounts, markerOf(owner), [])
      const everyone = new Set([...names, ...members.map(({ name }) => name)])
      const clusters = new Set([owner, ...wants.map(({ cluster }) => cluster.name)])
      return {
        find: ({ home }) => ({ dotKube: dotKubeOf(home), everyone }),
        strays: membersBesides(accounts, markerOf(owner), names).flatMap((account) =>
          strayKubeconfig(account, dotKubeOf, clusters),
        ),
      }
    },
  }),

  plan(want, have, look) {
    const { dotKube, everyone } = have!
    const { user, cluster, contexts } = want
    const obstacle = dotKubeObstacle(want, dotKube)
    if (obstacle !== undefined) return obstacle

    const { token, after } = tokenOf(want, look)
    const seal = Secret.later(`token of ${user}`, async () => token)
    const ca = Buffer.from(cluster.ca).toString('base64')
    const rendered = render('kubeconfig.yaml', { ...want, cluster: { ...cluster, ca }, token: seal })
    const places = dotKubeDifferences(want, dotKube)
    const change = (op: Op, diffs: readonly FieldDiff[], before: Before, text: string): Change => ({
      op,
      diffs: [...diffs, ...places],
      steps: [
        ...writeConfig(want, dotKube, before, Secret.sealed(`kubeconfig of ${user}`, text, [seal])),
        ...(want.tried ? tryConfig(want, contexts) : []),
      ],
      ...after,
    })
    if (dotKube.content === undefined) {
      const shown = { server: cluster.server, contexts: contexts.map(({ name }) => name), token }
      const diffs = Object.entries(shown).map(([field, to]) => ({ field, to }))
      return change('create', diffs, 'absent', rendered)
    }

    const file = new KubeconfigFile(user, dotKube.content.bytes)
    const exact = file.tokenIn(rendered, String(seal))
    if (exact === undefined && !file.isValid) return notKubeconfig(user)
    const had = exact ?? file.credentials(user)?.['token']
    const sameToken = had?.equals(token) ?? false
    const gone = exact === undefined ? goneFrom(want, file, everyone) : NOTHING_GONE
    const diffs = [
      ...(exact === undefined ? entryDifferences(want, file, gone) : []),
      ...(sameToken ? [] : [{ field: 'token', from: had, to: token }]),
    ]
    if (diffs.length + places.length === 0) return KEEP

    const legible = isLegible(want, dotKube)
    if (!legible && !sameToken)
      return {
        ...change('update', diffs, 'aside', rendered),
        warnings: [`what root wrote there is kept as ~/.kube/config.root, which ${user} cannot read`],
      }
    const merged = () => file.merged(rendered, gone, currentAfter(want, file, gone))
    const text = diffs.length === 0 ? file.unchanged : merged()
    if (text === undefined) return notKubeconfig(user)
    return change('update', diffs, legible ? file.digest : 'unseen', text)
  },
})

const tokenOf = ({ user, token: key }: Want, look: Look): { token: Secret; after: Pick<Change, 'after'> } => {
  const found = look.value<{ token: Secret }>(key)
  if (found.state === 'known') return { token: found.value.token, after: {} }
  const token = Secret.later(`token of ${user}`, async () => (await found.value()).token)
  return { token, after: { after: [found.after] } }
}
