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

const of = (
  check: string,
  thing: string,
  spec: PodSpec,
  more: Omit<ForbiddenThing, 'check' | 'thing' | 'spec'> = {},
): ForbiddenThing => ({ check, thing, spec, ...more })

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
  const podCertificate = {
    signerName: 'verify.example/any',
    keyType: 'ED25519',
    credentialBundlePath: 'verify.pem',
  }
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
  return [
    of('E1', 'hostPath /', withVolume({ hostPath: { path: '/' } })),
    ...['hostNetwork', 'hostPID', 'hostIPC'].map((field) => of('E2', field, pod({ [field]: true }))),
    of('E3', 'hostPort', withContainer({ ports: [{ containerPort: 80, hostPort: 80 }] })),
    of(
      'E4',
      'an unsafe sysctl',
      pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] } }),
      { alone: true },
    ),
    of(
      'E4',
      'windows hostProcess',
      pod({
        os: { name: 'windows' },
        hostNetwork: true,
        securityContext: { windowsOptions: { hostProcess: true } },
      }),
      { alone: true },
    ),
    // Outside a user namespace the API server calls it invalid.
    of(
      'E4',
      'procMount Unmasked',
      { ...secured({ procMount: 'Unmasked' }), hostUsers: false },
      { alone: true },
    ),
    of('E5', 'privileged', secured({ privileged: true })),
    of('E6', 'capability SYS_ADMIN', secured({ capabilities: { add: ['SYS_ADMIN'] } })),
    of('E6', 'capability NET_ADMIN', secured({ capabilities: { add: ['NET_ADMIN'] } })),
    of('E7', 'allowPrivilegeEscalation', secured({ allowPrivilegeEscalation: true }), {
      unpromised: { why: 'images that use sudo need it', repair: RESTRICTED },
    }),
    pods.hostUsers === false
      ? of('E8', 'root with the users of the node', { ...secured({ runAsUser: 0 }), hostUsers: true })
      : of('E8', 'root in the container', secured({ runAsUser: 0 }), {
          unpromised: {
            why: 'most training images run as root',
            repair: advise(
              'in isolation strict pods: { hostUsers: false } of the group makes it nobody on the ' +
                `node; ${LEVEL_RESTRICTED}`,
            ),
          },
        }),
    ...Object.entries({
      'an nfs directory of another group': { nfs: nas },
      'flexVolume alicloud/nas': {
        flexVolume: { driver: 'alicloud/nas', options: { ...nas, vers: '3' } },
      },
      'inline csi': { csi: inlineCsi },
      iscsi: { iscsi: { targetPortal: '192.0.2.1:3260', iqn: 'iqn.2001-04.com.example:verify', lun: 0 } },
      cephfs: { cephfs: { monitors: ['192.0.2.1:6789'] } },
      rbd: { rbd: { monitors: ['192.0.2.1:6789'], image: 'verify' } },
      glusterfs: { glusterfs: { endpoints: 'verify', path: 'verify' } },
      gitRepo: { gitRepo: { repository: 'https://git.example/verify' } },
    }).map(([thing, volume]) => of('E9', thing, withVolume(volume))),
    ...(accounts.length === 0 ? [NO_ACCOUNT] : accounts).map(({ name, whose, ...others }) =>
      of('E10', `serviceAccountName ${whose}`, pod({ serviceAccountName: name }), {
        ...others,
        absent: { verdict: 'pass', says: 'finds nobody there: no account of a person or an operator' },
      }),
    ),
    of(
      'E10',
      'a certificate of its identity by any signer',
      withVolume({ projected: { sources: [{ podCertificate }] } }),
    ),
    of(
      'E13',
      'a generic ephemeral volume',
      withVolume({ ephemeral: { volumeClaimTemplate: { spec: claim } } }),
    ),
    of('E14', 'imagePullPolicy Never', withContainer({ imagePullPolicy: 'Never' })),
    of('E14', 'imagePullPolicy IfNotPresent', withContainer({ imagePullPolicy: 'IfNotPresent' }), {
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
    }),
    of('E14', 'an image volume, pullPolicy Never', withVolume({ image: { ...IMAGE, pullPolicy: 'Never' } })),
    ...(pods.imageVolumes === true ? [] : [of('E14', 'an image volume', withVolume({ image: IMAGE }))]),
    of('E15', `nodeName ${node}`, pod({ nodeName: node })),
    of('E15', 'a toleration of everything', pod({ tolerations: [{ operator: 'Exists' }] })),
    of(
      'E15',
      'a toleration of nodes of another group',
      pod({ tolerations: [{ key: neighbour, operator: 'Exists' }] }),
    ),
    of(
      'E15',
      `an affinity to node ${node} by its name`,
      pod({
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
      }),
    ),
    ...Object.entries({
      'another group': { namespaces: [neighbour] },
      'all groups': { namespaceSelector: {} },
    }).map(([whose, others]) =>
      of('E15', `an affinity that keeps pods of ${whose} from its node`, apartFrom(others)),
    ),
    of('E15', 'a nodeSelector', pod({ nodeSelector: { 'kubernetes.io/hostname': node } }), {
      unpromised: {
        why: 'nodes belong to all groups here, shares are quotas and not machines',
        repair: advise(
          'where a group must keep off a node: kubectl taint nodes <node> <group>=only:NoSchedule',
        ),
      },
    }),
    ...['system-node-critical', 'system-cluster-critical'].map((priorityClassName) =>
      of('E16', `priorityClassName ${priorityClassName}`, pod({ priorityClassName })),
    ),
    of('E17', 'runtimeClassName', pod({ runtimeClassName: 'verify' }), {
      alone: true,
      absent: {
        verdict: 'untested',
        says: 'may be chosen at submit; only a class that is there could tell about the pod',
        repair: advise(
          'kubectl get runtimeclasses: with none there is nothing to choose; try a job with each',
        ),
      },
    }),
    of('E17', 'schedulerName', pod({ schedulerName: 'verify' })),
    of('E17', 'schedulingGates', pod({ schedulingGates: [{ name: 'verify.example/gate' }] }), {
      alone: true,
    }),
    of('E17', 'a scheduling group', pod({ schedulingGroup: { podGroupName: 'verify' } })),
    of('E18', 'an annotation of an unknown domain', PLAIN, {
      annotations: { 'verify.example/add-on': 'more' },
    }),
    of('E19', 'a year to end', pod({ terminationGracePeriodSeconds: 31_536_000 })),
    ...['NVIDIA_VISIBLE_DEVICES', 'NVIDIA_MIG_CONFIG_DEVICES', 'ASCEND_VISIBLE_DEVICES'].map((name) =>
      of('E22', `variable ${name}`, withContainer({ env: [{ name, value: 'all' }] })),
    ),
    of('E22', 'an annotation of cdi.k8s.io', PLAIN, {
      annotations: { 'cdi.k8s.io/verify': 'verify.example/device=all' },
    }),
    of(
      'E22',
      'variables out of a ConfigMap, whatever their names',
      withContainer({ envFrom: [{ configMapRef: { name: 'verify', optional: true } }] }),
      {
        unpromised: {
          why: 'what it will hold is not known at submit, nor what variables an image brings along',
          repair: advise(GPU_NODES),
        },
      },
    ),
  ]
}

/** Priority classes that the inventory does not give the group, and that pods do not get by themselves. */
export const ofPriorityClasses = (names: readonly string[]): ForbiddenThing[] =>
  names.map((name) =>
    of('E16', `priorityClassName ${name}`, pod({ priorityClassName: name }), { alone: true }),
  )
