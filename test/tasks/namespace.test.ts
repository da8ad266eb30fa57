import { NAMESPACE } from '../../lib/kube/object.ts'
import { namespace } from '../../tasks/namespace.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { groups: ['dev1'] }
const dev1 = { name: 'dev1' }
const ours = { 'arena-playbooks/inventory': 'prod' }
const ENFORCE = 'pod-security.kubernetes.io/enforce'
const managedFields = [
  {
    manager: 'arena-playbooks',
    operation: 'Apply',
    fieldsV1: { 'f:metadata': { 'f:labels': { [`f:${ENFORCE}`]: {} } } },
  },
]

cases(namespace, {
  'absent → created with our labels': {
    want: dev1,
    belongs,
    op: 'create',
    does: ['"arena-playbooks/inventory":"prod"', '"arena-playbooks/group":"dev1"'],
  },
  'ours → kept, with the labels of others': {
    want: dev1,
    have: [live(NAMESPACE, 'dev1', {}, { labels: { team: 'red', 'arena-playbooks/inventory': 'prod' } })],
  },
  'made by hand → adopted': {
    want: dev1,
    have: [live(NAMESPACE, 'dev1', {}, { labels: undefined })],
    op: 'adopt',
    why: ['metadata.labels.arena-playbooks/inventory'],
  },
  'of another inventory → refused': {
    want: dev1,
    have: [live(NAMESPACE, 'dev1', {}, { labels: { 'arena-playbooks/inventory': 'other' } })],
    op: 'refuse',
    names: ['"other"'],
  },
  'going away → refused until it is gone': {
    want: dev1,
    have: [live(NAMESPACE, 'dev1', {}, { deletionTimestamp: '2026-11-24T00:00:00Z' })],
    op: 'refuse',
  },
  'jobs of its own for each user → the label that Arena reads': {
    want: { ...dev1, jobs: 'own' },
    have: [live(NAMESPACE, 'dev1')],
    op: 'update',
    why: ['metadata.labels.arena.kubeflow.org/isolate-user'],
    does: ['"do":"apply"', '"arena.kubeflow.org/isolate-user":"true"'],
  },
  'shared again → the label is taken away': {
    want: { ...dev1, jobs: 'shared' },
    have: [
      live(
        NAMESPACE,
        'dev1',
        {},
        { labels: { 'arena-playbooks/inventory': 'prod', 'arena.kubeflow.org/isolate-user': 'true' } },
      ),
    ],
    op: 'update',
    why: ['metadata.labels.arena.kubeflow.org/isolate-user'],
    does: ['"do":"replace"'],
  },
  'a level of Pod Security → its label': {
    want: { ...dev1, podSecurity: 'baseline' },
    have: [live(NAMESPACE, 'dev1')],
    op: 'update',
    why: [`metadata.labels.${ENFORCE}`],
    does: ['"do":"apply"', `"${ENFORCE}":"baseline"`],
  },
  'another level → put back': {
    want: { ...dev1, podSecurity: 'baseline' },
    have: [live(NAMESPACE, 'dev1', {}, { labels: { ...ours, [ENFORCE]: 'privileged' } })],
    op: 'update',
    why: [`metadata.labels.${ENFORCE}`],
  },
  'the level that we set and nobody wants now → taken away': {
    want: dev1,
    have: [live(NAMESPACE, 'dev1', {}, { labels: { ...ours, [ENFORCE]: 'baseline' }, managedFields })],
    op: 'update',
    why: [`metadata.labels.${ENFORCE}`],
    does: ['"do":"replace"', '"labels":{"arena-playbooks/inventory":"prod"}'],
  },
  'a level that somebody else has set → theirs': {
    want: dev1,
    have: [live(NAMESPACE, 'dev1', {}, { labels: { ...ours, [ENFORCE]: 'restricted' } })],
  },
  'what its pods may and must → annotations for the policies': {
    want: { ...dev1, pods: { priorityClasses: ['low', 'high'], imageVolumes: true, hostUsers: false } },
    have: [live(NAMESPACE, 'dev1')],
    op: 'update',
    why: [
      'metadata.annotations.arena-playbooks/priority-classes',
      'metadata.annotations.arena-playbooks/image-volumes',
      'metadata.annotations.arena-playbooks/host-users',
    ],
    does: ['"high low"'],
  },
  'what somebody has let its pods do → taken away': {
    want: { ...dev1, pods: { hostUsers: true } },
    have: [
      live(
        NAMESPACE,
        'dev1',
        {},
        { labels: ours, annotations: { 'arena-playbooks/priority-classes': 'high', note: 'theirs' } },
      ),
    ],
    op: 'update',
    why: ['metadata.annotations.arena-playbooks/priority-classes'],
    does: ['"do":"replace"', '"annotations":{"note":"theirs"}'],
  },
  'a namespace that nobody wants → named, never deleted': {
    want: dev1,
    have: [live(NAMESPACE, 'dev1'), live(NAMESPACE, 'dev9'), live(NAMESPACE, 'default', {}, { labels: {} })],
    strays: { dev9: 'keep' },
  },
}).run()
