// The rules that isolation 'strict' holds the pods and Services of groups to, in CEL; a job is told when it is submitted.

import { DEVICES_ANNOTATION, implicitName } from '../lib/playbook.ts'

/** Kinds that are pods or make them, by API group; whatever makes one that is missing here meets the rules at its pods. */
const WORKLOADS: Record<string, string[]> = {
  '': ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers'],
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
    judged: 'variables.templates == variables.before ? [] : variables.templates',
    pods: 'variables.judged.map(template, template.spec)',
    // Each pod's spec and its containers: a securityContext may be in either.
    parts: `variables.pods.map(pod, [pod] + ${['initContainers', 'containers', 'ephemeralContainers']
      .map((key) => `pod.?${key}.orValue([])`)
      .join(' + ')})`,
    devices: `namespaceObject.metadata.?annotations[?'${DEVICES_ANNOTATION}'].orValue('').split(' ')`,
    byUser: `request.userInfo.username.startsWith('system:serviceaccount:${identities}:')`,
  },
  rules: [...RULES, ...DEVICE_RULES],
})

/** What no Service may ask for besides what a quota of none refuses; what was there before is not judged again. */
export const SERVICE_POLICY = {
  resources: { '': ['services'] },
  variables: {
    before: "request.operation == 'UPDATE' ? oldObject.spec.?externalIPs.orValue([]) : []",
  },
  rules: [
    {
      must: 'object.spec.?externalIPs.orValue([]).all(address, address in variables.before)',
      message: 'externalIPs: would take what others send to these addresses',
    },
  ],
}

const pods = (test: string): string => `variables.pods.all(pod, ${test})`
const parts = (test: string): string => `variables.parts.all(of, of.all(part, ${test}))`
const oneOf = (words: string): string => `[${words.split(' ').map((word) => `'${word}'`)}]`

const VOLUMES = 'configMap secret emptyDir downwardAPI projected persistentVolumeClaim'
const CAPABILITIES =
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'
const SYSCTLS = `kernel.shm_rmid_forced ${'ip_local_port_range ip_unprivileged_port_start tcp_syncookies ping_group_range ip_local_reserved_ports tcp_keepalive_time tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes tcp_rmem tcp_wmem'
  .split(' ')
  .map((name) => `net.ipv4.${name}`)
  .join(' ')}`

/** Names with a slash are of devices; those of Kubernetes itself, such as cpu and hugepages-2Mi, have none. */
const DEVICE_RULES = [
  {
    must: parts(
      "[part.?resources.?requests, part.?resources.?limits].all(amounts, amounts.orValue({}).all(name, !name.contains('/') || name in variables.devices))",
    ),
    message: "resources: only devices that the group's quota names",
  },
  {
    must: pods(
      `pod.?resourceClaims.orValue([]).size() == 0 || variables.devices.exists(name, name.startsWith('${implicitName('')}'))`,
    ),
    message: "resourceClaims: only where the group's quota names a device class",
  },
]

const RULES: { must: string; message: string }[] = [
  {
    must: pods(`pod.?volumes.orValue([]).all(volume, volume.all(key, key in ${oneOf(`name ${VOLUMES}`)}))`),
    message: `volumes: only ${VOLUMES.replaceAll(' ', ', ')}; any other reaches files of the node or of other groups`,
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
      `part.?securityContext.?capabilities.?add.orValue([]).all(one, one in ${oneOf(CAPABILITIES)})`,
    ),
    message: 'capabilities.add: only those that Pod Security baseline allows',
  },
  {
    must: parts("part.?securityContext.?procMount.orValue('Default') == 'Default'"),
    message: "procMount: would show more of the node's /proc",
  },
  {
    must: parts(
      `[part.?securityContext.?seLinuxOptions].all(options, options.?type.orValue('') in ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'] && options.?user.orValue('') == '' && options.?role.orValue('') == '')`,
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
    must: `variables.judged.all(template, template.?metadata.?annotations.orValue({}).all(key, !key.startsWith('container.apparmor.security.beta.kubernetes.io/') || template.metadata.annotations[key] != 'unconfined'))`,
    message: 'annotation container.apparmor.security.beta.kubernetes.io: unconfined would open the node',
  },
  {
    must: pods(`pod.?securityContext.?sysctls.orValue([]).all(one, one.name in ${oneOf(SYSCTLS)})`),
    message: 'sysctls: only those that Pod Security baseline allows',
  },
  {
    must: parts('!part.?securityContext.?windowsOptions.?hostProcess.orValue(false)'),
    message: 'hostProcess: would run on the node itself',
  },
  {
    must: parts(
      `[part.?livenessProbe, part.?readinessProbe, part.?startupProbe, part.?lifecycle.?postStart, part.?lifecycle.?preStop].all(handler, [handler.?httpGet, handler.?tcpSocket].all(call, call.?host.orValue('') == ''))`,
    ),
    message: 'host in a probe or lifecycle handler: would make the node call it',
  },
  {
    must: pods(
      `[pod.?serviceAccountName, pod.?serviceAccount].all(name, name.orValue('') in ['', 'default'] || !variables.byUser && name.orValue('').endsWith('-launcher'))`,
    ),
    message: 'serviceAccountName: pods run as default and not with the rights of somebody else',
  },
  {
    must: `object.kind == 'Pod' && request.operation == 'UPDATE' || ${pods("pod.?nodeName.orValue('') == ''")}`,
    message: 'nodeName: the scheduler chooses the node',
  },
  {
    must: pods(
      `pod.?tolerations.orValue([]).all(one, !(one.?key.orValue('') in ['', 'node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']))`,
    ),
    message: 'tolerations: each names a key, and none that of the control plane',
  },
  {
    must: pods("!pod.?priorityClassName.orValue('').startsWith('system-')"),
    message: "priorityClassName: system classes are the cluster's own",
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
    must: pods('pod.?schedulingGates.orValue([]).size() == 0'),
    message: 'schedulingGates: would hold a pod back for ever',
  },
  {
    must: parts("part.?imagePullPolicy.orValue('') != 'Never'"),
    message: 'imagePullPolicy: Never would run an image that somebody else has pulled with his password',
  },
]
