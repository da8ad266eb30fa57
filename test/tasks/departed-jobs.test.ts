import { ARENA_UID, arenaUid } from '../../lib/conventions/arena.ts'
import {
  CONFIG_MAP,
  DEPLOYMENT,
  JOBS,
  type Kind,
  type KubeObject,
  known,
  POD,
  REPLICA_SET,
  SERVICE,
} from '../../lib/kube/object.ts'
import { departedJobs } from '../../tasks/departed-jobs.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const [TFJOB, , , OLD_MPIJOB] = JOBS as [Kind, Kind, Kind, Kind]
const want = {
  user: 'bob',
  people: ['ann'],
  namespaces: ['dev1', 'dev2'],
  identities: 'arena-prod',
  groups: ['dev1'],
  kinds: ['configmaps', 'services', 'deployments.apps', 'tfjobs.kubeflow.org', 'mpijobs.kubeflow.org'],
}
const stop = { ...want, fate: 'stop' as const }
const keep = { ...want, fate: 'keep' as const }

/** With Arena's label of a user whose first group that is. */
const byArena = (namespace: string, name: string): Record<string, string> => ({
  [ARENA_UID]: arenaUid(`system:serviceaccount:${namespace}:${name}`),
})
const madeBy = (name: string) => ({ 'arena-playbooks/made-by': name })
const made = (kind: Kind, id: string, labels: object = {}, more: object = {}): KubeObject =>
  live(kind, id, {}, { labels, ...more })
const below = (kind: Kind, id: string, owner: Kind, of: string, more: object = {}, content: object = {}) =>
  live(
    kind,
    id,
    { ...content },
    {
      labels: {},
      ownerReferences: [
        { apiVersion: owner.apiVersion, kind: owner.kind, name: of, uid: `uid-${of}`, controller: true },
      ],
      ...more,
    },
  )
const job = (id: string, labels: object, done?: string, kind = TFJOB): KubeObject => {
  const conditions = [{ type: 'Created', status: 'True' }, ...(done ? [{ type: done, status: 'True' }] : [])]
  return live(kind, id, { status: { conditions } }, { labels })
}
const said = (kind: string, status: object): KubeObject =>
  live(known(kind)[0]!, `dev1/${kind}`, { status }, { labels: byArena('dev1', 'bob') })
const RUNNING = { status: { phase: 'Running' } }

cases(departedJobs, {
  'none → kept': {
    want,
    have: [job('dev1/other', byArena('dev1', 'ann')), made(SERVICE, 'dev1/s', madeBy('ann'))],
  },
  'done → they use nothing and stay, with what belongs to them': {
    want,
    have: [
      job('dev1/a', byArena('dev1', 'bob'), 'Succeeded'),
      job('dev1/b', byArena('dev1', 'bob'), 'Failed'),
      below(CONFIG_MAP, 'dev1/a-tfjob', TFJOB, 'dev1/a'),
    ],
  },
  'done, and pods of it go on → going': {
    want: stop,
    have: [
      job('dev1/a', byArena('dev1', 'bob'), 'Succeeded'),
      below(POD, 'dev1/a-ps-0', TFJOB, 'dev1/a', {}, RUNNING),
    ],
    op: 'remove',
    why: ['TFJob'],
  },
  'done in words of their own kinds → those whose pods may go on are still told': {
    want: {
      ...want,
      kinds: ['rayjobs.ray.io', 'sparkapplications.sparkoperator.k8s.io', 'jobs.batch.volcano.sh'],
    },
    have: [
      said('sparkapplications.sparkoperator.k8s.io', { applicationState: { state: 'COMPLETED' } }),
      said('jobs.batch.volcano.sh', { state: { phase: 'Aborted' } }),
      said('rayjobs.ray.io', { jobDeploymentStatus: 'Complete' }),
    ],
    op: 'refuse',
    why: ['RayJob'],
  },
  'going on by words of their own kinds → told': {
    want: { ...want, kinds: ['sparkapplications.sparkoperator.k8s.io', 'jobs.batch.volcano.sh'] },
    have: [
      said('sparkapplications.sparkoperator.k8s.io', { applicationState: { state: 'RUNNING' } }),
      said('jobs.batch.volcano.sh', { state: { phase: 'Pending' } }),
    ],
    op: 'refuse',
    why: ['SparkApplication', 'Job'],
  },
  'running, and nobody said what becomes of them → refused, and named': {
    want,
    have: [job('dev1/a', byArena('dev1', 'bob'), 'Running'), made(DEPLOYMENT, 'dev1/door', madeBy('bob'))],
    op: 'refuse',
    why: ['Deployment', 'TFJob'],
    names: ['--jobs stop'],
  },
  'to be stopped → deleted, those in other groups and of older operators too': {
    want: stop,
    have: [
      job('dev1/a', byArena('dev1', 'bob'), 'Running'),
      job('dev2/b', byArena('dev2', 'bob')),
      job('dev1/c', byArena('arena-prod', 'bob'), undefined, OLD_MPIJOB),
    ],
    op: 'remove',
    why: ['TFJob', 'TFJob', 'MPIJob'],
  },
  'what bears their name, of every kind → deleted, whatever else it says': {
    want: stop,
    have: [
      made(CONFIG_MAP, 'dev2/notes', madeBy('bob')),
      made(SERVICE, 'dev1/port', madeBy('bob')),
      made(DEPLOYMENT, 'dev1/door', { ...madeBy('bob'), ...byArena('dev1', 'ann') }),
      job('dev1/anns', byArena('dev1', 'ann')),
      below(CONFIG_MAP, 'dev1/hidden', TFJOB, 'dev1/anns', { labels: madeBy('bob') }),
    ],
    op: 'remove',
    why: ['ConfigMap', 'ConfigMap', 'Service', 'Deployment'],
  },
  'pods that would take a year → told to end in 30 seconds, after what would make them again': {
    want: stop,
    have: [
      made(DEPLOYMENT, 'dev1/door', madeBy('bob')),
      below(REPLICA_SET, 'dev1/door-1', DEPLOYMENT, 'dev1/door'),
      below(
        POD,
        'dev1/slow',
        REPLICA_SET,
        'dev1/door-1',
        {},
        {
          ...RUNNING,
          spec: { terminationGracePeriodSeconds: 31_536_000 },
        },
      ),
      below(
        POD,
        'dev1/quick',
        REPLICA_SET,
        'dev1/door-1',
        {},
        { ...RUNNING, spec: { terminationGracePeriodSeconds: 30 } },
      ),
    ],
    op: 'remove',
    why: ['Deployment'],
    does: ['"name":"door"', '"name":"door-1"', '"name":"slow"', '"grace":30'],
  },
  'told to end already → left to it': {
    want: stop,
    have: [made(DEPLOYMENT, 'dev1/door', madeBy('bob'), { deletionTimestamp: '2026-11-24T00:00:00Z' })],
  },
  'a pod of theirs that was told to end in a year → told again': {
    want: stop,
    have: [
      live(POD, 'dev1/slow', RUNNING, {
        labels: byArena('dev1', 'bob'),
        deletionTimestamp: '2027-11-24T00:00:00Z',
        deletionGracePeriodSeconds: 31_536_000,
      }),
    ],
    op: 'remove',
    does: ['"name":"slow"', '"grace":30'],
  },
  'nobody is on it → named with the commands, and left': {
    want: stop,
    have: [
      made(DEPLOYMENT, 'dev1/door'),
      below(REPLICA_SET, 'dev1/door-1', DEPLOYMENT, 'dev1/door'),
      made(SERVICE, 'dev1/port', madeBy('stranger')),
      job('dev1/two', { ...byArena('dev1', 'ann') }),
    ],
    names: [
      'Service dev1/port',
      'kubectl delete services port -n dev1',
      'Deployment dev1/door',
      'kubectl delete deployments.apps door -n dev1',
      'kubectl label deployments.apps door -n dev1 arena-playbooks/made-by=<user>',
    ],
  },
  'two names are on it → cannot be told': {
    want: stop,
    have: [
      live(
        TFJOB,
        'dev1/two',
        {},
        {
          labels: byArena('dev1', 'ann'),
          annotations: { 'arena.kubeflow.org/username': 'system:serviceaccount:dev1:bob' },
        },
      ),
    ],
    names: ['TFJob dev1/two'],
  },
  "nobody is on it, and it is the cluster's, an operator's, the group's or where they made nothing → kept": {
    want: stop,
    have: [
      made(CONFIG_MAP, 'dev1/kube-root-ca.crt'),
      made(DEPLOYMENT, 'dev1/of-the-group', madeBy('')),
      made(DEPLOYMENT, 'dev2/door'),
      made(DEPLOYMENT, 'kube-system/coredns'),
      below(POD, 'dev1/agent', { ...DEPLOYMENT, kind: 'DaemonSet' }, 'dev1/agent', {}, RUNNING),
      below(POD, 'dev1/orphan', DEPLOYMENT, 'dev1/gone', {}, RUNNING),
    ],
  },
  'to be kept → left to the group, and said': {
    want: keep,
    have: [job('dev1/a', byArena('dev1', 'bob'), 'Running')],
    names: ['TFJob dev1/a'],
  },
  'to be kept, with their name on it → the name goes': {
    want: keep,
    have: [live(DEPLOYMENT, 'dev1/door', {}, { labels: madeBy('bob') })],
    op: 'update',
    why: ['Deployment'],
    does: ['"do":"apply"', '"uid":"uid-dev1/door"', '"arena-playbooks/made-by":""'],
    names: ['Deployment dev1/door'],
  },
}).run()
