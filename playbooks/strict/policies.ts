// The rules that isolation 'strict' holds the pods and Services of groups to, in CEL; a job is told when it is
// submitted.

import {
  DEVICES_ANNOTATION,
  HOST_USERS_ANNOTATION,
  IMAGE_VOLUMES_ANNOTATION,
  PRIORITY_CLASSES_ANNOTATION,
} from '../../lib/playbook.ts'
import { celList, parts, pods } from './cel.ts'
import { DEVICE_RULES } from './device-rules.ts'

/**
 * Kinds that are pods or make them, by API group; whatever makes one that is missing here meets the rules at its
 * pods.
 */
const WORKLOADS: Record<string, string[]> = {
  '': ['pods', 'pods/ephemeralcontainers', 'pods/resize', 'replicationcontrollers'],
  apps: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
  batch: ['jobs', 'cronjobs'],
  'kubeflow.org': ['tfjobs', 'pytorchjobs', 'mpijobs'],
}

/** Where Arena's jobs have their pod templates; an MPIJob of v1alpha1 has one `template`, as a Deployment has. */
const REPLICAS = ['tfReplicaSpecs', 'pytorchReplicaSpecs', 'mpiReplicaSpecs']

const templatesOf = (object: string): string => {
  const spec = `dyn(${object}).spec`
  const replicas = REPLICAS.map(
    (key) => `${spec}.?${key}.orValue({}).map(role, ${spec}.${key}[role].template)`,
  )
  return `${object}.kind == 'Pod' ? [dyn(${object})]
: ${object}.kind == 'CronJob' ? [${spec}.jobTemplate.spec.template]
: [?${spec}.?template] + ${replicas.join(' + ')}`
}

/** What no pod may ask for; `identities` is the namespace of the users' service accounts. */
export const podPolicy = (identities: string) => ({
  resources: WORKLOADS,
  variables: {
    templates: templatesOf('object'),
    before: `request.operation == 'UPDATE' ? (${templatesOf('oldObject')}) : []`,
    // What was there before the policy is not judged for a change elsewhere, or no controller could end it.
    pods: changed('template.spec'),
    annotations: changed('template.?metadata.?annotations.orValue({})'),
    labels: changed('template.?metadata.?labels.orValue({})'),
    // Each pod's spec and its containers: a securityContext may be in either.
    parts: `variables.pods.map(pod, [pod] + ${['initContainers', 'containers', 'ephemeralContainers']
      .map((key) => `pod.?${key}.orValue([])`)
      .join(' + ')})`,
    devices: `${saidOfGroup(DEVICES_ANNOTATION)}.split(' ')`,
    priorityClasses: PRIORITY_CLASSES,
    imageVolumes: `${saidOfGroup(IMAGE_VOLUMES_ANNOTATION)} == 'true'`,
    ownUsers: OWN_USERS,
    byUser: byUser(identities),
    // It adds tolerations of its own, and names the node, in the pods that it makes of a template that was judged.
    byDaemons: "request.userInfo.username == 'system:serviceaccount:kube-system:daemon-set-controller'",
  },
  rules: [...RULES, ...DEVICE_RULES, ...GROUP_RULES],
})

/** What the inventory says of a group: its namespace has it. */
const saidOfGroup = (annotation: string): string =>
  `namespaceObject.metadata.?annotations[?'${annotation}'].orValue('')`

const PRIORITY_CLASSES = `${saidOfGroup(PRIORITY_CLASSES_ANNOTATION)}.split(' ')`
const OWN_USERS = `${saidOfGroup(HOST_USERS_ANNOTATION)} == 'false'`
const ONLY_GIVEN =
  'priorityClassName: only classes that the inventory gives the group; pods of others would be evicted'

/**
 * Which priority class a pod may have. The API server writes the cluster's default class into a pod that names none, so
 * that who wrote it cannot be told; with every class of the cluster as a parameter, that one passes.
 */
export const priorityPolicy = () => ({
  resources: { '': ['pods'] },
  params: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' },
  variables: { given: PRIORITY_CLASSES },
  rules: [
    {
      must:
        "request.operation == 'UPDATE' || object.spec.?priorityClassName.orValue('') != " +
        'params.metadata.name || params.?globalDefault.orValue(false) || params.metadata.name in ' +
        'variables.given',
      message: ONLY_GIVEN,
    },
  ],
})

/**
 * Puts new pods into user namespaces where the group is to have that: Arena and older kinds of jobs cannot say so
 * themselves.
 */
export const ownUsers = () => ({
  resources: { '': ['pods'] },
  when: { name: 'new', expression: "request.operation == 'CREATE'" },
  variables: { ownUsers: OWN_USERS },
  patch:
    "variables.ownUsers && !has(object.spec.hostUsers) ? [JSONPatch{op: 'add', path: " +
    "'/spec/hostUsers', value: false}] : []",
})

/** Of each template a part, where one of these parts is not as it was. */
const changed = (part: string): string => {
  const [now, before] = ['templates', 'before'].map((of) => `variables.${of}.map(template, ${part})`)
  return `${now} == ${before} ? [] : ${now}`
}

const byUser = (identities: string): string =>
  `request.userInfo.username.startsWith('system:serviceaccount:${identities}:')`

/**
 * Domains whose annotations ask nothing of the network, the node or the cloud; what has no domain is read by nobody.
 */
const DOMAINS = 'kubectl.kubernetes.io arena.kubeflow.org kubeflow.org helm.sh prometheus.io'
const POD_DOMAINS = `${DOMAINS} scheduling.k8s.io scheduling.x-k8s.io container.apparmor.security.beta.kubernetes.io`
/** The last two: LimitRanger tells what defaults a pod got, Kueue that it holds back what a Deployment makes. */
const POD_ANNOTATIONS =
  'sidecar.istio.io/inject cluster-autoscaler.kubernetes.io/safe-to-evict kubernetes.io/limit-ranger ' +
  'kueue.x-k8s.io/pod-suspending-parent'

/** What no Service may ask for besides what a quota of none refuses; what was there before is not judged again. */
export const servicePolicy = (identities: string) => ({
  resources: { '': ['services'] },
  variables: {
    before: "request.operation == 'UPDATE' ? oldObject.spec.?externalIPs.orValue([]) : []",
    known: "request.operation == 'UPDATE' ? oldObject.metadata.?annotations.orValue({}) : {}",
    byUser: byUser(identities),
  },
  rules: [
    {
      must: 'object.spec.?externalIPs.orValue([]).all(address, address in variables.before)',
      message: 'externalIPs: would take what others send to these addresses',
    },
    {
      must:
        `!variables.byUser || object.metadata.?annotations.orValue({}).all(key, ${isOf(DOMAINS)} || ` +
        'variables.known[?key] == optional.of(object.metadata.annotations[key]))',
      message:
        `annotations: only those without a domain or of ${inWords(DOMAINS)}; others ask add-ons for ` +
        'names and addresses',
    },
  ],
})

const isOf = (domains: string): string => `(!key.contains('/') || key.split('/')[0] in ${celList(domains)})`
const inWords = (words: string): string => words.replaceAll(' ', ', ')

const VOLUMES = 'configMap secret emptyDir downwardAPI projected persistentVolumeClaim'
/** Of a projected volume. */
const SOURCES = 'configMap secret downwardAPI serviceAccountToken clusterTrustBundle'
const CAPABILITIES =
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'
const SYSCTLS = `kernel.shm_rmid_forced ${'ip_local_port_range ip_unprivileged_port_start tcp_syncookies ping_group_range ip_local_reserved_ports tcp_keepalive_time tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes tcp_rmem tcp_wmem'
  .split(' ')
  .map((name) => `net.ipv4.${name}`)
  .join(' ')}`

const TAINTS = "'node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable', 'nvidia.com/gpu'"
/** In seconds: long enough for a last checkpoint. */
const LONGEST_END = 3600

/** What the inventory decides for each group. */
const GROUP_RULES = [
  {
    must: pods(
      `pod.?volumes.orValue([]).all(volume, volume.all(key, key in ${celList(`name ${VOLUMES}`)} || ` +
        "key == 'image' && variables.imageVolumes))",
    ),
    message:
      `volumes: only ${inWords(VOLUMES)}, and image where the inventory says pods.imageVolumes; any ` +
      'other reaches files of the node or of other groups',
  },
  {
    // Pods themselves are judged by the policy that knows the cluster's default class.
    must: `object.kind == 'Pod' || ${pods("pod.?priorityClassName.orValue('') in [''] + variables.priorityClasses")}`,
    message: ONLY_GIVEN,
  },
  {
    must:
      "!variables.ownUsers || object.kind == 'Pod' && request.operation == 'UPDATE' || " +
      `${pods("!pod.?hostUsers.orValue(object.kind == 'Pod')")}`,
    message:
      'hostUsers: false, as the inventory says for pods of the group, so that root in them is nobody on the node',
  },
]

const RULES: { must: string; message: string }[] = [
  {
    must: pods(
      'pod.?volumes.orValue([]).all(volume, volume.?projected.?sources.orValue([]).all(source, ' +
        `source.all(key, key in ${celList(SOURCES)})))`,
    ),
    message:
      `volumes, projected: only ${inWords(SOURCES)}; a certificate would be one of any signer, for who ` +
      'trusts it',
  },
  {
    must: pods("pod.?volumes.orValue([]).all(volume, volume.?image.?pullPolicy.orValue('') != 'Never')"),
    message:
      'volumes, image: pullPolicy Never would mount an image that somebody else has pulled with their password',
  },
  {
    must: pods('!pod.?schedulingGroup.hasValue() && !pod.?workloadRef.hasValue()'),
    message:
      'schedulingGroup, workloadRef: a group of pods has a priority and devices of its own, which nobody counts here',
  },
  {
    must: pods('[pod.?hostNetwork, pod.?hostPID, pod.?hostIPC].all(shared, !shared.orValue(false))'),
    message: "hostNetwork, hostPID, hostIPC: would share the node's network, processes or memory",
  },
  {
    must: parts('part.?ports.orValue([]).all(port, port.?hostPort.orValue(0) == 0)'),
    message: 'hostPort: would take a port of the node',
  },
  {
    must: parts('!part.?securityContext.?privileged.orValue(false)'),
    message: 'privileged: would be root on the node',
  },
  {
    must: parts(
      `part.?securityContext.?capabilities.?add.orValue([]).all(one, one in ${celList(CAPABILITIES)})`,
    ),
    message: 'capabilities.add: only those that Pod Security baseline allows',
  },
  {
    must: parts("part.?securityContext.?procMount.orValue('Default') == 'Default'"),
    message: "procMount: would show more of the node's /proc",
  },
  {
    must: parts(
      "[part.?securityContext.?seLinuxOptions].all(options, options.?type.orValue('') in ['', " +
        "'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'] && " +
        "options.?user.orValue('') == '' && options.?role.orValue('') == '')",
    ),
    message: 'seLinuxOptions: user and role may not be set, type only to one of a container',
  },
  {
    must: parts(
      `['seccompProfile', 'appArmorProfile'].all(key, part.?securityContext[?key].?type.orValue('') != 'Unconfined')`,
    ),
    message: 'seccompProfile, appArmorProfile: Unconfined would open the node',
  },
  {
    must:
      'variables.annotations.all(notes, notes.all(key, ' +
      "!key.startsWith('container.apparmor.security.beta.kubernetes.io/') || notes[key] != " +
      "'unconfined'))",
    message: 'annotation container.apparmor.security.beta.kubernetes.io: unconfined would open the node',
  },
  {
    must: "object.kind == 'Pod' || variables.labels.all(labels, labels.all(key, !key.startsWith('arena-playbooks/')))",
    message: 'labels of arena-playbooks: would give pods the name of somebody else',
  },
  {
    // Add-ons write their own into pods that run.
    must:
      "object.kind == 'Pod' && !variables.byUser || variables.annotations.all(notes, notes.all(key, " +
      `${isOf(POD_DOMAINS)} || key in ${celList(POD_ANNOTATIONS)}))`,
    message:
      `annotations: only those without a domain, ${inWords(POD_ANNOTATIONS)}, or of ` +
      `${inWords(POD_DOMAINS)}; others ask add-ons of the network, the node or the cloud for more`,
  },
  {
    must: pods(`pod.?securityContext.?sysctls.orValue([]).all(one, one.name in ${celList(SYSCTLS)})`),
    message: 'sysctls: only those that Pod Security baseline allows',
  },
  {
    must: parts('!part.?securityContext.?windowsOptions.?hostProcess.orValue(false)'),
    message: 'hostProcess: would run on the node itself',
  },
  {
    must: parts(
      '[part.?livenessProbe, part.?readinessProbe, part.?startupProbe, part.?lifecycle.?postStart, ' +
        'part.?lifecycle.?preStop].all(handler, [handler.?httpGet, handler.?tcpSocket].all(call, ' +
        "call.?host.orValue('') == ''))",
    ),
    message: 'host in a probe or lifecycle handler: would make the node call it',
  },
  {
    must: pods(
      "[pod.?serviceAccountName, pod.?serviceAccount].all(name, name.orValue('') in ['', 'default'] " +
        "|| !variables.byUser && name.orValue('').endsWith('-launcher'))",
    ),
    message: 'serviceAccountName: pods run as default and not with the rights of somebody else',
  },
  {
    must: `object.kind == 'Pod' && request.operation == 'UPDATE' || ${pods("pod.?nodeName.orValue('') == ''")}`,
    message: 'nodeName: the scheduler chooses the node',
  },
  {
    must: `variables.byDaemons || ${pods(
      `pod.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution.?nodeSelectorTerms.orValue([]).all(term, term.?matchFields.orValue([]).size() == 0) && pod.?affinity.?nodeAffinity.?preferredDuringSchedulingIgnoredDuringExecution.orValue([]).all(one, one.?preference.?matchFields.orValue([]).size() == 0)`,
    )}`,
    message: 'affinity matchFields: the scheduler chooses the node',
  },
  {
    // The API server may add one for each device that a pod asks for; who asks for none of it says so to reach a taint.
    must: `variables.byDaemons || ${pods(
      `pod.?tolerations.orValue([]).all(one, one.?key.orValue('') in [request.namespace, ${TAINTS}] || pod.containers.exists(container, one.?key.orValue('') in container.?resources.?limits.orValue({}) && quantity(string(container.resources.limits[one.key])).isGreaterThan(quantity('0'))))`,
    )}`,
    message:
      "tolerations: only of a taint whose key is the group's name, nvidia.com/gpu or a device that " +
      'the pod asks for, and not-ready and unreachable',
  },
  {
    must: pods("pod.?runtimeClassName.orValue('') == ''"),
    message: 'runtimeClassName: may not be chosen',
  },
  {
    must: pods("pod.?schedulerName.orValue('') in ['', 'default-scheduler']"),
    message: 'schedulerName: only default-scheduler',
  },
  {
    // Kueue puts its own on the pods of its queues; where a user does, the pod waits, and counts, until it is deleted.
    must: pods("pod.?schedulingGates.orValue([]).all(gate, gate.name.startsWith('kueue.x-k8s.io/'))"),
    message: 'schedulingGates: would hold a pod back for ever; only those of Kueue',
  },
  {
    must: pods(`pod.?terminationGracePeriodSeconds.orValue(0) <= ${LONGEST_END}`),
    message: 'terminationGracePeriodSeconds: at most 3600, so that what is told to end does',
  },
  {
    must: parts("part.?imagePullPolicy.orValue('') != 'Never'"),
    message: 'imagePullPolicy: Never would run an image that somebody else has pulled with his password',
  },
]
