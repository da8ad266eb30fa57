import { advise, type PodOptions, type Repair } from '../check.ts'
import { PLAIN, type PodSpec, withContainer, withVolume } from './workloads.ts'

/** Something that a pod of a tenant must not have. */
export interface ForbiddenThing {
  check: string
  /** As findings name it. */
  thing: string
  spec: PodSpec
  /** Beside the spec, in the metadata of the pod. */
  annotations?: Readonly<Record<string, string>>
  /** Not to be tried beside others: the API server finds both together not valid, or what it names is not there. */
  alone?: true
  /** Also isolation `strict` lets it through: why, and what stops it. */
  unpromised?: { why: string; repair: Repair }
  /** What it means that the thing is let through at submit and what it names is not there. */
  absent?: { verdict: 'pass' | 'untested'; says: string; repair?: Repair }
}

/** What the things are made of in a group's namespace. */
export interface Surroundings {
  /** A directory of another group on the NAS. */
  nas: { server: string; path: string }
  /** The same by the CSI driver of its volume. */
  inlineCsi: { driver: string; volumeAttributes: Readonly<Record<string, string>> }
  /** Service accounts of people and operators. */
  accounts: readonly { name: string; whose: string }[]
  node: string
  /** Another group, which may have nodes to itself. */
  neighbour: string
  /** What the inventory lets pods of the group do, or has them do. */
  pods: PodOptions
  /** Whether every kubelet asks again for the secret with which an image was pulled. */
  verifiesImages: boolean
}

const secured = (securityContext: object): PodSpec => withContainer({ securityContext })
const pod = (fields: object): PodSpec => ({ ...PLAIN, ...fields })

/** The scheduler keeps those that are named from the node of this pod as well. */
const apartFrom = (others: object): PodSpec => {
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: {}, ...others }
  return pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } })
}

const LEVEL_RESTRICTED =
  'where the images of a group do without: an admission policy of your own; Pod Security stops it at ' +
  'level restricted only'
const RESTRICTED = advise(LEVEL_RESTRICTED)

/** What keeps variables from choosing devices, whoever sets them; sources in docs/limits.md. */
const GPU_NODES =
  'on nodes with NVIDIA GPUs set accept-nvidia-visible-devices-envvar-when-unprivileged = false and ' +
  'accept-nvidia-visible-devices-as-volume-mounts = true in ' +
  '/etc/nvidia-container-runtime/config.toml, and let the device plugin pass devices by ' +
  'volume-mounts or cdi-cri (deviceListStrategy); for other makers see docs/limits.md'

/** Stands for all accounts where there is none but `default`. */
const NO_ACCOUNT = { name: 'verify-stranger', whose: 'of nobody', alone: true as const }

const IMAGE = { reference: 'busybox' }

/** What no pod may have, as far as admission can stop it. */
export const forbiddenThings = ({
  nas,
  inlineCsi,
  accounts,
  node,
  neighbour,
  pods,
  verifiesImages,
}: Surroundings): ForbiddenThing[] => {
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }]
  return [
    { check: 'E1', thing: 'hostPath /', spec: withVolume({ hostPath: { path: '/' } }) },
    { check: 'E2', thing: 'hostNetwork', spec: pod({ hostNetwork: true }) },
    { check: 'E2', thing: 'hostPID', spec: pod({ hostPID: true }) },
    { check: 'E2', thing: 'hostIPC', spec: pod({ hostIPC: true }) },
    { check: 'E3', thing: 'hostPort', spec: withContainer({ ports: [{ containerPort: 80, hostPort: 80 }] }) },
    {
      check: 'E4',
      thing: 'an unsafe sysctl',
      alone: true,
      spec: pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] } }),
    },
    {
      check: 'E4',
      thing: 'windows hostProcess',
      alone: true,
      spec: pod({
        os: { name: 'windows' },
        hostNetwork: true,
        securityContext: { windowsOptions: { hostProcess: true } },
      }),
    },
    {
      check: 'E4',
      thing: 'procMount Unmasked',
      alone: true,
      // Outside a user namespace the API server calls it invalid.
      spec: { ...secured({ procMount: 'Unmasked' }), hostUsers: false },
    },
    { check: 'E5', thing: 'privileged', spec: secured({ privileged: true }) },
    { check: 'E6', thing: 'capability SYS_ADMIN', spec: secured({ capabilities: { add: ['SYS_ADMIN'] } }) },
    { check: 'E6', thing: 'capability NET_ADMIN', spec: secured({ capabilities: { add: ['NET_ADMIN'] } }) },
    {
      check: 'E7',
      thing: 'allowPrivilegeEscalation',
      spec: secured({ allowPrivilegeEscalation: true }),
      unpromised: { why: 'images that use sudo need it', repair: RESTRICTED },
    },
    pods.hostUsers === false
      ? {
          check: 'E8',
          thing: 'root with the users of the node',
          spec: { ...secured({ runAsUser: 0 }), hostUsers: true },
        }
      : {
          check: 'E8',
          thing: 'root in the container',
          spec: secured({ runAsUser: 0 }),
          unpromised: {
            why: 'most training images run as root',
            repair: advise(
              'in isolation strict pods: { hostUsers: false } of the group makes it nobody on the ' +
                `node; ${LEVEL_RESTRICTED}`,
            ),
          },
        },
    { check: 'E9', thing: 'an nfs directory of another group', spec: withVolume({ nfs: nas }) },
    {
      check: 'E9',
      thing: 'flexVolume alicloud/nas',
      spec: withVolume({ flexVolume: { driver: 'alicloud/nas', options: { ...nas, vers: '3' } } }),
    },
    {
      check: 'E9',
      thing: 'inline csi',
      spec: withVolume({ csi: inlineCsi }),
    },
    {
      check: 'E9',
      thing: 'iscsi',
      spec: withVolume({
        iscsi: { targetPortal: '192.0.2.1:3260', iqn: 'iqn.2001-04.com.example:verify', lun: 0 },
      }),
    },
    { check: 'E9', thing: 'cephfs', spec: withVolume({ cephfs: { monitors: ['192.0.2.1:6789'] } }) },
    {
      check: 'E9',
      thing: 'rbd',
      spec: withVolume({ rbd: { monitors: ['192.0.2.1:6789'], image: 'verify' } }),
    },
    {
      check: 'E9',
      thing: 'glusterfs',
      spec: withVolume({ glusterfs: { endpoints: 'verify', path: 'verify' } }),
    },
    {
      check: 'E9',
      thing: 'gitRepo',
      spec: withVolume({ gitRepo: { repository: 'https://git.example/verify' } }),
    },
    ...(accounts.length === 0 ? [NO_ACCOUNT] : accounts).map(({ name, whose, ...others }) => ({
      ...others,
      check: 'E10',
      thing: `serviceAccountName ${whose}`,
      spec: pod({ serviceAccountName: name }),
      absent: { verdict: 'pass' as const, says: 'finds nobody there: no account of a person or an operator' },
    })),
    {
      check: 'E10',
      thing: 'a certificate of its identity by any signer',
      spec: withVolume({
        projected: {
          sources: [
            {
              podCertificate: {
                signerName: 'verify.example/any',
                keyType: 'ED25519',
                credentialBundlePath: 'verify.pem',
              },
            },
          ],
        },
      }),
    },
    {
      check: 'E13',
      thing: 'a generic ephemeral volume',
      spec: withVolume({
        ephemeral: {
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
          },
        },
      }),
    },
    { check: 'E14', thing: 'imagePullPolicy Never', spec: withContainer({ imagePullPolicy: 'Never' }) },
    {
      check: 'E14',
      thing: 'imagePullPolicy IfNotPresent',
      spec: withContainer({ imagePullPolicy: 'IfNotPresent' }),
      unpromised: verifiesImages
        ? {
            why:
              'kubelets from 1.35 ask again for the secret with which an image was pulled, so only ' +
              'images that came onto a node otherwise are open to all',
            repair: advise(
              'where such images are private, or the configuration of the kubelets has ' +
                'imagePullCredentialsVerificationPolicy: NeverVerify, set it to AlwaysVerify, or turn ' +
                'on the admission plugin AlwaysPullImages of the API server',
            ),
          }
        : {
            why:
              "it is Kubernetes' own default for images with a tag, and kubelets before 1.35 let every " +
              'pod use what was pulled',
            repair: advise(
              'where images are private, turn on the admission plugin AlwaysPullImages of the API ' +
                'server, or bring all nodes to 1.35',
            ),
          },
    },
    {
      check: 'E14',
      thing: 'an image volume, pullPolicy Never',
      spec: withVolume({ image: { ...IMAGE, pullPolicy: 'Never' } }),
    },
    ...(pods.imageVolumes === true
      ? []
      : [{ check: 'E14', thing: 'an image volume', spec: withVolume({ image: IMAGE }) }]),
    { check: 'E15', thing: `nodeName ${node}`, spec: pod({ nodeName: node }) },
    {
      check: 'E15',
      thing: 'a toleration of everything',
      spec: pod({ tolerations: [{ operator: 'Exists' }] }),
    },
    {
      check: 'E15',
      thing: 'a toleration of nodes of another group',
      spec: pod({ tolerations: [{ key: neighbour, operator: 'Exists' }] }),
    },
    {
      check: 'E15',
      thing: `an affinity to node ${node} by its name`,
      spec: pod({
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
      }),
    },
    {
      check: 'E15',
      thing: 'an affinity that keeps pods of another group from its node',
      spec: apartFrom({ namespaces: [neighbour] }),
    },
    {
      check: 'E15',
      thing: 'an affinity that keeps pods of all groups from its node',
      spec: apartFrom({ namespaceSelector: {} }),
    },
    {
      check: 'E15',
      thing: 'a nodeSelector',
      spec: pod({ nodeSelector: { 'kubernetes.io/hostname': node } }),
      unpromised: {
        why: 'nodes belong to all groups here, shares are quotas and not machines',
        repair: advise(
          'where a group must keep off a node: kubectl taint nodes <node> <group>=only:NoSchedule',
        ),
      },
    },
    {
      check: 'E16',
      thing: 'priorityClassName system-node-critical',
      spec: pod({ priorityClassName: 'system-node-critical' }),
    },
    {
      check: 'E16',
      thing: 'priorityClassName system-cluster-critical',
      spec: pod({ priorityClassName: 'system-cluster-critical' }),
    },
    {
      check: 'E17',
      thing: 'runtimeClassName',
      alone: true,
      spec: pod({ runtimeClassName: 'verify' }),
      absent: {
        verdict: 'untested',
        says: 'may be chosen at submit; only a class that is there could tell about the pod',
        repair: advise(
          'kubectl get runtimeclasses: with none there is nothing to choose; try a job with each',
        ),
      },
    },
    { check: 'E17', thing: 'schedulerName', spec: pod({ schedulerName: 'verify' }) },
    {
      check: 'E17',
      thing: 'schedulingGates',
      alone: true,
      spec: pod({ schedulingGates: [{ name: 'verify.example/gate' }] }),
    },
    {
      check: 'E17',
      thing: 'a scheduling group',
      spec: pod({ schedulingGroup: { podGroupName: 'verify' } }),
    },
    {
      check: 'E18',
      thing: 'an annotation of an unknown domain',
      spec: PLAIN,
      annotations: { 'verify.example/add-on': 'more' },
    },
    {
      check: 'E19',
      thing: 'a year to end',
      spec: pod({ terminationGracePeriodSeconds: 31_536_000 }),
    },
    ...['NVIDIA_VISIBLE_DEVICES', 'NVIDIA_MIG_CONFIG_DEVICES', 'ASCEND_VISIBLE_DEVICES'].map((name) => ({
      check: 'E22',
      thing: `variable ${name}`,
      spec: withContainer({ env: [{ name, value: 'all' }] }),
    })),
    {
      check: 'E22',
      thing: 'an annotation of cdi.k8s.io',
      spec: PLAIN,
      annotations: { 'cdi.k8s.io/verify': 'verify.example/device=all' },
    },
    {
      check: 'E22',
      thing: 'variables out of a ConfigMap, whatever their names',
      spec: withContainer({ envFrom: [{ configMapRef: { name: 'verify', optional: true } }] }),
      unpromised: {
        why: 'what it will hold is not known at submit, nor what variables an image brings along',
        repair: advise(GPU_NODES),
      },
    },
  ]
}

/** Priority classes that the inventory does not give the group, and that pods do not get by themselves. */
export const ofPriorityClasses = (names: readonly string[]): ForbiddenThing[] =>
  names.map((name) => ({
    alone: true,
    check: 'E16',
    thing: `priorityClassName ${name}`,
    spec: pod({ priorityClassName: name }),
  }))
