import type { Holding } from '../../audit/rbac.ts'

const CERTIFICATES = 'system:certificates.k8s.io:certificatesigningrequests'

/**
 * Whom a cluster gives rights of itself, and by which roles: the control plane (bootstrappolicy of Kubernetes 1.27 to
 * 1.37), kubeadm, CoreDNS, and the operators that this project is tried with. Whoever has one of these names and
 * another role is not expected to have it.
 */
const ROLES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    'Group system:masters': ['cluster-admin'],
    'Group kubeadm:cluster-admins': ['cluster-admin'],
    'Group system:monitoring': ['system:monitoring'],
    'Group system:nodes': [
      'system:node',
      `${CERTIFICATES}:selfnodeclient`,
      `${CERTIFICATES}:selfnodeserver`,
      'kubeadm:nodes-kubeadm-config',
      'kubeadm:kubelet-config',
    ],
    'Group system:bootstrappers': ['system:node-bootstrapper', `${CERTIFICATES}:nodeclient`],
    'Group system:bootstrappers:kubeadm:default-node-token': [
      'system:node-bootstrapper',
      `${CERTIFICATES}:nodeclient`,
      'kubeadm:get-nodes',
      'kubeadm:nodes-kubeadm-config',
      'kubeadm:kubelet-config',
      'kube-proxy',
    ],
    'User system:kube-controller-manager': [
      'system:kube-controller-manager',
      'system::leader-locking-kube-controller-manager',
      'extension-apiserver-authentication-reader',
    ],
    'User system:kube-scheduler': [
      'system:kube-scheduler',
      'system:volume-scheduler',
      'system::leader-locking-kube-scheduler',
      'extension-apiserver-authentication-reader',
    ],
    'User system:kube-proxy': ['system:node-proxier'],
    'ServiceAccount kube-system/kube-controller-manager': ['system::leader-locking-kube-controller-manager'],
    'ServiceAccount kube-system/leader-election-controller': [
      'system::leader-locking-kube-controller-manager',
    ],
    'ServiceAccount kube-system/kube-scheduler': ['system::leader-locking-kube-scheduler'],
    'ServiceAccount kube-system/kube-proxy': ['system:node-proxier'],
    'ServiceAccount kube-system/kube-dns': ['system:kube-dns'],
    'ServiceAccount kube-system/coredns': ['system:coredns'],
    'ServiceAccount kubeflow/training-operator': ['training-operator'],
    'ServiceAccount kube-system/kwok-controller': ['kwok-controller'],
  }),
)

/** Whether a grant is one that a cluster gives its own parts. */
export const isClusterOwn = ({ subject, role, namespace }: Holding): boolean => {
  if (namespace !== undefined && namespace !== 'kube-system' && namespace !== 'kube-public') return false
  const place = subject.kind === 'ServiceAccount' ? `${subject.namespace}/` : ''
  // Each controller of the control plane has a role of its name.
  if (place === 'kube-system/' && role.name === `system:controller:${subject.name}`) return true
  return ROLES.get(`${subject.kind} ${place}${subject.name}`)?.includes(role.name) ?? false
}
