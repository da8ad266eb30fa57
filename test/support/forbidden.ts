/** Something in a pod's spec or in that of its container, or beside it. */
export interface PodParts {
  annotations?: Record<string, string>
  pod?: object
  container?: object
  /** Not in the pods of 1.27, which the CRD of TFJobs spells out. */
  newer?: true
}

/** Apart from, or close to, pods of namespaces that it names. */
const towards = (of: object) => ({ topologyKey: 'kubernetes.io/os', labelSelector: {}, ...of })

const BY_NAME = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['worker01'] }] }

/**
 * What a pod template of a tenant may not hold, and what the policy of isolation strict says of it. What is `odd` is
 * invalid by itself where the API server knows pod templates; what others may do is passed in a pod that no user makes.
 */
export const FORBIDDEN: Readonly<Record<string, PodParts & { says: string; odd?: true; othersMay?: true }>> =
  {
    hostpath: { pod: { volumes: [{ name: 'v', hostPath: { path: '/' } }] }, says: 'volumes: only' },
    nfs: {
      pod: { volumes: [{ name: 'v', nfs: { server: 'nas.sandbox.test', path: '/' } }] },
      says: 'volumes: only',
    },
    csi: { pod: { volumes: [{ name: 'v', csi: { driver: 'nas' } }] }, says: 'volumes: only' },
    ephemeral: {
      pod: {
        volumes: [
          {
            name: 'v',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              },
            },
          },
        ],
      },
      says: 'volumes: only',
    },
    hostnetwork: { pod: { hostNetwork: true }, says: 'hostNetwork' },
    hostpid: { pod: { hostPID: true }, says: 'hostPID' },
    hostipc: { pod: { hostIPC: true }, says: 'hostIPC' },
    hostport: { container: { ports: [{ containerPort: 80, hostPort: 80 }] }, says: 'hostPort' },
    privileged: { container: { securityContext: { privileged: true } }, says: 'privileged' },
    capability: {
      container: { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
      says: 'capabilities.add',
    },
    procmount: {
      container: { securityContext: { procMount: 'Unmasked' } },
      says: 'procMount',
      odd: true,
    },
    selinux: {
      container: { securityContext: { seLinuxOptions: { type: 'spc_t' } } },
      says: 'seLinuxOptions',
    },
    seccomp: { pod: { securityContext: { seccompProfile: { type: 'Unconfined' } } }, says: 'seccompProfile' },
    sysctl: {
      pod: { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
      says: 'sysctls',
    },
    hostprocess: {
      container: { securityContext: { windowsOptions: { hostProcess: true } } },
      says: 'hostProcess',
      odd: true,
    },
    probe: {
      container: { livenessProbe: { httpGet: { port: 80, host: '10.0.0.94' } } },
      says: 'host in a probe',
    },
    colleague: { pod: { serviceAccountName: 'colleague' }, says: 'serviceAccountName' },
    launcher: { pod: { serviceAccountName: 'job-launcher' }, says: 'serviceAccountName', othersMay: true },
    oldname: { pod: { serviceAccount: 'colleague' }, says: 'serviceAccountName' },
    nodename: { pod: { nodeName: 'worker01' }, says: 'nodeName' },
    everywhere: { pod: { tolerations: [{ operator: 'Exists' }] }, says: 'tolerations' },
    apart: {
      pod: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [towards({ namespaceSelector: {} })],
          },
        },
      },
      says: 'affinity: only',
    },
    beside: {
      pod: {
        affinity: {
          podAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: towards({ namespaces: ['default'] }) },
            ],
          },
        },
      },
      says: 'affinity: only',
    },
    master: {
      pod: { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] },
      says: 'tolerations',
    },
    othergroup: {
      pod: { tolerations: [{ key: 'tight2', operator: 'Equal', value: 'only', effect: 'NoSchedule' }] },
      says: 'tolerations',
    },
    fakedevice: {
      pod: { tolerations: [{ key: 'example.com/tight2', operator: 'Exists' }] },
      container: { resources: { limits: { 'example.com/tight2': '0' } } },
      says: 'tolerations',
    },
    fieldaffinity: {
      pod: {
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [BY_NAME] } },
        },
      },
      says: 'affinity matchFields',
    },
    fieldwish: {
      pod: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: BY_NAME }],
          },
        },
      },
      says: 'affinity matchFields',
    },
    addon: { annotations: { 'addon.example/role': 'admin' }, says: 'annotations: only', othersMay: true },
    fastqueue: {
      annotations: { 'kueue.x-k8s.io.example/pod-group-fast-admission': 'true' },
      says: 'annotations: only',
      othersMay: true,
    },
    notinject: { annotations: { 'sidecar.istio.io/other': 'x' }, says: 'annotations: only', othersMay: true },
    endless: { pod: { terminationGracePeriodSeconds: 31_536_000 }, says: 'terminationGracePeriodSeconds' },
    priority: { pod: { priorityClassName: 'system-node-critical' }, says: 'priorityClassName' },
    certificate: {
      pod: {
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                {
                  podCertificate: {
                    signerName: 'signer.example/any',
                    keyType: 'ED25519',
                    credentialBundlePath: 'bundle.pem',
                  },
                },
              ],
            },
          },
        ],
      },
      says: 'projected: only',
      newer: true,
    },
    imagevolume: {
      pod: { volumes: [{ name: 'v', image: { reference: 'busybox' } }] },
      says: 'volumes: only',
      newer: true,
    },
    claimed: {
      pod: { resourceClaims: [{ name: 'card', resourceClaimTemplateName: 'card' }] },
      says: 'resourceClaims',
      newer: true,
    },
    likekueue: { pod: { schedulingGates: [{ name: 'kueue.x-k8s.io.example/a' }] }, says: 'schedulingGates' },
    runtime: { pod: { runtimeClassName: 'other' }, says: 'runtimeClassName' },
    scheduler: { pod: { schedulerName: 'other' }, says: 'schedulerName' },
    gate: { pod: { schedulingGates: [{ name: 'never.example/opens' }] }, says: 'schedulingGates' },
    never: { container: { imagePullPolicy: 'Never' }, says: 'imagePullPolicy' },
  }

const SMALL = { limits: { cpu: '20m', memory: '20Mi' } }

/** What is near to something forbidden and is none of it. */
export const ALLOWED: Readonly<Record<string, PodParts>> = {
  plain: {},
  volumes: {
    pod: {
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'b', persistentVolumeClaim: { claimName: 'b' } },
        { name: 'c', configMap: { name: 'c' } },
        { name: 'd', projected: { sources: [{ downwardAPI: {} }] } },
      ],
    },
  },
  port: { container: { ports: [{ containerPort: 22_222 }] } },
  saidno: {
    pod: { hostNetwork: false, serviceAccountName: 'default' },
    container: { securityContext: { privileged: false, capabilities: { add: ['CHOWN'], drop: ['ALL'] } } },
  },
  toleration: { pod: { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] } },
  waits: {
    pod: {
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 30,
        },
      ],
    },
  },
  kueuegate: { pod: { schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] } },
  ownusers: { pod: { hostUsers: false } },
  nodeusers: { pod: { hostUsers: true } },
  fqdn: { pod: { setHostnameAsFQDN: true } },
  hostname: { pod: { hostnameOverride: 'other' }, newer: true },
  together: { pod: { resources: SMALL }, container: { resources: SMALL }, newer: true },
  authority: {
    pod: {
      volumes: [
        { name: 'v', projected: { sources: [{ clusterTrustBundle: { name: 'a', path: 'ca.pem' } }] } },
      ],
    },
    newer: true,
  },
  fromfile: {
    pod: { volumes: [{ name: 'v', emptyDir: {} }] },
    container: {
      env: [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'env', key: 'A' } } }],
    },
    newer: true,
  },
  sidecar: {
    pod: {
      initContainers: [
        {
          name: 'sidecar',
          image: 'busybox',
          restartPolicy: 'Always',
          restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
        },
      ],
    },
    newer: true,
  },
  checkpoint: { pod: { terminationGracePeriodSeconds: 3600 } },
  notes: {
    annotations: {
      note: 'mine',
      'arena.kubeflow.org/username': 'x',
      'kubectl.kubernetes.io/restartedAt': 'now',
      'kueue.x-k8s.io/pod-suspending-parent': 'deployment',
      'kueue.x-k8s.io/pod-group-fast-admission': 'true',
    },
  },
  spread: {
    pod: {
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [towards({})] },
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: towards({}) }],
        },
      },
    },
  },
  nodelabel: {
    pod: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }],
          },
        },
      },
    },
  },
}

const podOf = ({ pod = {}, container = {} }: PodParts) => ({
  containers: [{ name: 'tensorflow', image: 'busybox', ...container }],
  ...pod,
})

const PLAIN = { spec: podOf({}) }

/** Kinds that make pods, each with a pod template in it; a job has a plain one too, beside the one that matters. */
const KINDS: Readonly<Record<string, (template: object) => object>> = {
  'apps/v1 Deployment': (template) => ({ selector: { matchLabels: { a: 'b' } }, template }),
  'batch/v1 CronJob': (template) => ({ schedule: '0 0 * * *', jobTemplate: { spec: { template } } }),
  'batch/v1 Job': (template) => ({ template }),
  'v1 ReplicationController': (template) => ({ selector: { a: 'b' }, template }),
  'kubeflow.org/v1 TFJob': (template) => ({
    tfReplicaSpecs: { Chief: { template: PLAIN }, Worker: { template } },
  }),
  'kubeflow.org/v1 PyTorchJob': (template) => ({
    pytorchReplicaSpecs: { Master: { template: PLAIN }, Worker: { template } },
  }),
  'kubeflow.org/v1 MPIJob': (template) => ({
    mpiReplicaSpecs: { Launcher: { template: PLAIN }, Worker: { template } },
  }),
  'kubeflow.org/v1alpha1 MPIJob': (template) => ({ replicas: 1, template }),
}

/** A workload of some kind, `apps/v1 Deployment`, whose pods hold something. */
export const workload = (kind: string, name: string, of: PodParts): object => {
  const [apiVersion, short] = kind.split(' ') as [string, string]
  const spec = { ...podOf(of), ...(short.endsWith('Job') && { restartPolicy: 'Never' }) }
  return {
    apiVersion,
    kind: short,
    metadata: { name },
    spec: KINDS[kind]!({ metadata: { labels: { a: 'b' }, annotations: of.annotations ?? {} }, spec }),
  }
}
