import { $ } from 'zx'
import type { SandboxState } from './state.ts'
import { prepareTools } from './tools.ts'

/** Something that a person or a program does to a set-up behind our back, and what a plan must say of it. */
export interface Tampering {
  sentence: string
  /** Shell for root on client01, or for the cluster's admin with kubectl. */
  on: 'client01' | 'cluster'
  script: string
  /** The resource that must be planned, and a field that must be named. */
  resource: string
  field: string
}

const patch = (object: string, namespace: string, operation: object): string =>
  `kubectl patch ${object} -n ${namespace} --type json -p '${JSON.stringify([operation])}'`

const of = (on: Tampering['on'], all: Record<string, Omit<Tampering, 'sentence' | 'on'>>): Tampering[] =>
  Object.entries(all).map(([sentence, one]) => ({ sentence, on, ...one }))

/** Every drift that setup promises to find by field and to correct, on the document's own table. */
export const TAMPERINGS: readonly Tampering[] = [
  ...of('client01', {
    "bob's shell is changed": {
      script: 'usermod -s /bin/sh bob',
      resource: 'linux-user/bob',
      field: 'shell',
    },
    "tom's home is opened to everybody": {
      script: 'chmod 0755 /home/tom',
      resource: 'linux-user/tom',
      field: 'home mode',
    },
    'bob is taken out of the group': {
      script: 'gpasswd -d bob dev1',
      resource: 'linux-user/bob',
      field: 'groups',
    },
    'tom is put into sudo': { script: 'usermod -aG sudo tom', resource: 'linux-user/tom', field: 'groups' },
    "bob's kubeconfig is made readable for everybody": {
      script: 'chmod 0644 /home/bob/.kube/config',
      resource: 'kubeconfig/bob',
      field: 'mode',
    },
    'root copies a kubeconfig over, as the document does': {
      script: 'chown -R root:root /home/tom/.kube',
      resource: 'kubeconfig/tom',
      field: 'owner',
    },
    "bob gets tom's kubeconfig": {
      script: 'cat /home/tom/.kube/config > /home/bob/.kube/config',
      resource: 'kubeconfig/bob',
      field: 'token',
    },
    "tom's account is deleted": { script: 'userdel tom', resource: 'linux-user/tom', field: 'uid' },
    "Arena's own installer puts Arena where its front is": {
      script: 'cp /opt/arena/current/bin/arena /usr/local/bin/arena',
      resource: 'arena-client/arena',
      field: '/usr/local/bin/arena',
    },
  }),
  ...of('cluster', {
    "dev1's GPU quota is raised": {
      script: patch('resourcequota/dev1-compute-resources', 'dev1', {
        op: 'replace',
        path: '/spec/hard/requests.nvidia.com~1gpu',
        value: '3',
      }),
      resource: 'resource-quota/dev1/dev1-compute-resources',
      field: 'spec.hard.requests.nvidia.com/gpu',
    },
    'a foreign key is added to the quota of dev2': {
      script: patch('resourcequota/dev2-compute-resources', 'dev2', {
        op: 'add',
        path: '/spec/hard/pods',
        value: '5',
      }),
      resource: 'resource-quota/dev2/dev2-compute-resources',
      field: 'spec.hard.pods',
    },
    'the members of dev1 may read secrets': {
      script: patch('role/member', 'dev1', {
        op: 'add',
        path: '/rules/-',
        value: { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] },
      }),
      resource: 'role/dev1/member',
      field: 'rules',
    },
    "tom is added to bob's binding": {
      script: patch('rolebinding/bob-member', 'dev1', {
        op: 'add',
        path: '/subjects/-',
        value: { kind: 'ServiceAccount', name: 'tom', namespace: 'dev2' },
      }),
      resource: 'role-binding/dev1/bob-member',
      field: 'subjects',
    },
    "bob's binding points at cluster-admin": {
      script:
        'kubectl delete rolebinding bob-member -n dev1 && ' +
        'kubectl create rolebinding bob-member -n dev1 --clusterrole=cluster-admin --serviceaccount=dev1:bob',
      resource: 'role-binding/dev1/bob-member',
      field: 'roleRef',
    },
    "the namespace dev1 loses the inventory's label": {
      script: 'kubectl label namespace dev1 arena-playbooks/inventory-',
      resource: 'namespace/dev1',
      field: 'metadata.labels.arena-playbooks/inventory',
    },
    "bob's service account is deleted and made again: its token died": {
      script:
        'kubectl delete serviceaccount bob -n dev1 && kubectl create serviceaccount bob -n dev1 && ' +
        'kubectl wait --for=delete secret/bob-token-1 -n dev1 --timeout=60s || true',
      resource: 'kubeconfig/bob',
      field: 'token',
    },
    "tom's token is deleted": {
      script: 'kubectl delete secret -n dev2 -l arena-playbooks/user=tom',
      resource: 'service-account-token/dev2/tom',
      field: 'secret',
    },
    'a claim gets another description': {
      script: 'kubectl annotate pvc dev1-public -n dev1 --overwrite description=mine',
      resource: 'claim/dev1/dev1-public',
      field: 'metadata.annotations.description',
    },
    'a volume would be deleted with its claim': {
      script: `kubectl patch pv dev2-public -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'`,
      resource: 'volume/dev2-public',
      field: 'spec.persistentVolumeReclaimPolicy',
    },
  }),
]

/** Runs a script as root on a client machine of the sandbox, or as the cluster's admin with kubectl in PATH. */
export const runOn = async (target: string, script: string, state: SandboxState): Promise<string> => {
  if (target !== 'cluster') {
    const { stdout } = await $({ quiet: true, input: script })`ssh -F ${state.sshConfig} ${target} sh -eu`
    return stdout
  }
  const kubectl = (await prepareTools(() => undefined))('kubectl')
  const env = {
    ...process.env,
    KUBECONFIG: state.kubeconfig,
    PATH: `${kubectl.replace(/\/kubectl$/, '')}:${process.env.PATH}`,
  }
  const { stdout } = await $({ quiet: true, input: script, env })`sh -eu`
  return stdout
}
