import { found } from '../../lib/adopt/found.ts'
import type { AdoptedInventory } from '../../lib/adopt/remark.ts'
import { machineFrom, serviceAccountsIn, type World } from '../../lib/adopt/world.ts'
import * as kinds from '../../lib/kube/object.ts'
import type { Answers } from '../../lib/resource/type.ts'
import { filesRead, type Packed, printed } from './printed.ts'

/** What a client machine answers: accounts as the probe prints them, and kubeconfigs by user. */
export interface Client {
  name?: string
  accounts: string
  /** What NSS has of accounts and groups, as the probe prints it. */
  directory?: string
  kubeconfigs?: readonly Packed[]
  /** Files of keys by user, as `keysFile` makes them. */
  keys?: readonly Packed[]
  /** Archives of those who left, as `stat` prints them. */
  archived?: string
  arena?: string
  /** As `uname -m` prints it. */
  processor?: string
}

const TODAY = 'today:1795500000'

const clientOf = ({
  name = 'client01',
  accounts,
  directory = '',
  kubeconfigs = [],
  keys = [],
  archived = '',
  arena = '',
  processor = 'x86_64',
}: Client) => {
  const pathsOf = (files: readonly Packed[]): string =>
    files
      .map(({ path, uid }) => {
        const directory = path.slice(1, path.lastIndexOf('/'))
        return `41ed ${uid} ${uid} 2 40 ${directory}\n81a4 ${uid} ${uid} 1 900 ${path.slice(1)}\n`
      })
      .join('')
  const texts: Record<string, string | Buffer> = {
    accounts: `${printed(accounts)}${TODAY}\n`,
    directory: printed(directory),
    processor: `${processor}\n`,
    arena,
    'kube directories': pathsOf(kubeconfigs),
    'mounts at kube directories': '',
    machine: '',
    kubeconfigs: filesRead(...kubeconfigs),
    'ssh directories': pathsOf(keys),
    'mounts at ssh directories': '',
    'authorized keys files': filesRead(...keys),
    'archived people': archived === '' ? '' : printed(archived),
  }
  const bytes = (probe: string): Buffer => Buffer.from(texts[probe]!)
  const none = (): never => {
    throw new Error('a machine has no objects')
  }
  const answers: Answers = {
    bytes,
    text: (probe) => bytes(probe).toString('utf8'),
    items: none,
    serves: none,
  }
  return machineFrom(name, answers)
}

export const SERVER = 'https://10.0.0.91:6443'

/** The inventory `found` of these machines and objects. */
export const adopted = (
  clients: readonly Client[],
  objects: readonly kinds.KubeObject[],
): AdoptedInventory => {
  const byKind = Map.groupBy(objects, ({ apiVersion, kind }) => `${apiVersion} ${kind}`)
  const items: World['items'] = ({ apiVersion, kind, fieldSelector }) =>
    (byKind.get(`${apiVersion} ${kind}`) ?? []).filter(
      (one) => fieldSelector === undefined || fieldSelector === `type=${one['type']}`,
    )
  const world: World = {
    machines: clients.map(clientOf),
    items,
    serviceAccounts: serviceAccountsIn(items),
    admin: { username: 'ada', groups: ['system:authenticated'] },
    resources: [],
    endpoint: { server: SERVER, ca: 'PEM' },
  }
  return found(world, {
    name: 'found',
    cluster: { context: 'admin', kubeconfig: '~/.kube/config' },
    hosts: clients.map(({ name = 'client01' }) => ({ name })),
  })
}

/** An object as people make it: without labels of ours. */
export const made = (
  { apiVersion, kind, fieldSelector }: kinds.Kind,
  id: string,
  content: object = {},
  metadata: object = {},
): kinds.KubeObject => {
  const [name, namespace] = id.split('/').reverse() as [string, string | undefined]
  return {
    apiVersion,
    kind,
    ...(fieldSelector !== undefined && { type: fieldSelector.replace('type=', '') }),
    metadata: { name, ...(namespace !== undefined && { namespace }), ...metadata },
    ...content,
  }
}

export const namespace = (name: string, labels: object = {}): kinds.KubeObject =>
  made(kinds.NAMESPACE, name, {}, { labels })

export const serviceAccount = (id: string): kinds.KubeObject => made(kinds.SERVICE_ACCOUNT, id)

export const token = (id: string, of: string): kinds.KubeObject =>
  made(
    kinds.TOKEN_SECRET,
    id,
    { data: { token: Buffer.from(`canary-${of}`).toString('base64') } },
    { annotations: { 'kubernetes.io/service-account.name': of } },
  )

export const bound = (id: string, role: string, ...subjects: readonly string[]): kinds.KubeObject => {
  const [kind, name] = role.split('/')
  return made(id.includes('/') ? kinds.ROLE_BINDING : kinds.CLUSTER_ROLE_BINDING, id, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: subjects.map((subject) => {
      const [of, account] = subject.split('/')
      return { kind: 'ServiceAccount', namespace: of, name: account }
    }),
  })
}

export const role = (kind: kinds.Kind, id: string, ...verbs: readonly string[]): kinds.KubeObject =>
  made(kind, id, { rules: [{ apiGroups: [''], resources: ['pods'], verbs }] })

export const quota = (id: string, hard: object, more: object = {}): kinds.KubeObject =>
  made(kinds.RESOURCE_QUOTA, id, { spec: { hard, ...more } })

export interface NasParts {
  path?: string
  server?: string
  pv?: object
  pvc?: object
  annotations?: object
  claim?: string
}

/** A volume of the NAS bound to its claim. */
export const nas = (
  name: string,
  group: string,
  {
    path = `/${name}`,
    server = 'nas.test',
    pv = {},
    pvc = {},
    annotations = {},
    claim = name,
  }: NasParts = {},
): kinds.KubeObject[] => [
  made(kinds.PERSISTENT_VOLUME, name, {
    spec: {
      capacity: { storage: '5Gi' },
      accessModes: ['ReadWriteMany'],
      claimRef: { namespace: group, name: claim, uid: 'u' },
      csi: {
        driver: 'nasplugin.csi.alibabacloud.com',
        volumeHandle: name,
        volumeAttributes: { server, path },
      },
      ...pv,
    },
  }),
  made(
    kinds.PERSISTENT_VOLUME_CLAIM,
    `${group}/${claim}`,
    {
      spec: {
        accessModes: ['ReadWriteMany'],
        volumeName: name,
        resources: { requests: { storage: '5Gi' } },
        ...pvc,
      },
    },
    { annotations },
  ),
]

/** A kubeconfig as createKubeConfig.sh writes it, with the token of a service account. */
export const kubeconfig = (
  user: string,
  { of = user, group = 'dev1', uid = 0, server = SERVER } = {},
): Packed => ({
  path: `./home/${user}/.kube/config`,
  uid,
  content: `apiVersion: v1
kind: Config
clusters: [{ name: kubernetes, cluster: { server: '${server}' } }]
contexts: [{ name: ${user}, context: { cluster: kubernetes, namespace: ${group}, user: ${user} } }]
current-context: ${user}
users: [{ name: ${user}, user: { token: canary-${of} } }]
`,
})

/** `~/.ssh/authorized_keys` of a user whose home has their name. */
export const keysFile = (user: string, uid: number, ...lines: readonly string[]): Packed => ({
  path: `./home/${user}/.ssh/authorized_keys`,
  uid,
  content: lines.map((line) => `${line}\n`).join(''),
})
