import { PERSISTENT_VOLUME_CLAIM } from '../../lib/kube/object.ts'
import { claim } from '../../tasks/claim.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { groups: ['dev1'] }
const want = {
  namespace: 'dev1',
  name: 'dev1-public',
  volume: 'dev1-public',
  size: '5Gi',
  access: 'ReadWriteMany',
  description: '组内共享',
  owner: 'admin',
} as const
const { description: _, owner: __, ...silent } = want
const annotations = { description: '组内共享', owner: 'admin', 'pv.kubernetes.io/bind-completed': 'yes' }
const spec = {
  accessModes: ['ReadWriteMany'],
  storageClassName: '',
  volumeName: 'dev1-public',
  volumeMode: 'Filesystem',
  resources: { requests: { storage: '5Gi' } },
}
const managed = (manager: string, ...words: string[]) => ({
  manager,
  operation: 'Apply',
  fieldsV1: {
    'f:metadata': { 'f:annotations': Object.fromEntries(words.map((word) => [`f:${word}`, {}])) },
  },
})
const there = (changed: object = {}, metadata: object = {}, phase = 'Bound') => [
  live(
    PERSISTENT_VOLUME_CLAIM,
    'dev1/dev1-public',
    { spec: { ...spec, ...changed }, status: { phase } },
    { belongs, annotations, ...metadata },
  ),
]

cases(claim, {
  'absent → created for its volume and no other, with the words for arena data list': {
    want,
    belongs,
    op: 'create',
    does: ['"description":"组内共享"', '"storageClassName":""', '"volumeName":"dev1-public"'],
  },
  'bound → kept': { want, belongs, have: there() },
  'another description → put back': {
    want,
    belongs,
    have: there({}, { annotations: { ...annotations, description: 'mine' } }),
    op: 'update',
    why: ['metadata.annotations.description'],
  },
  'a description and an owner that the inventory no longer has → taken away': {
    want: silent,
    belongs,
    have: there({}, { managedFields: [managed('arena-playbooks', 'description', 'owner')] }),
    op: 'update',
    why: ['metadata.annotations.description', 'metadata.annotations.owner'],
  },
  'words that somebody else wrote → kept, and ours beside them taken away': {
    want: silent,
    belongs,
    have: there(
      {},
      { managedFields: [managed('kubectl-annotate', 'description'), managed('arena-playbooks', 'owner')] },
    ),
    op: 'update',
    why: ['metadata.annotations.owner'],
  },
  'words of others alone → kept': {
    want: silent,
    belongs,
    have: there({}, { managedFields: [managed('kubectl-annotate', 'description', 'owner')] }),
  },
  'not bound → waited for': {
    want,
    belongs,
    have: there({}, {}, 'Pending'),
    op: 'update',
    why: ['status'],
    does: ['"do":"await"'],
  },
  'of another volume → refused with the hand steps': {
    want,
    belongs,
    have: there({ volumeName: 'other' }),
    op: 'refuse',
    why: ['spec.volumeName'],
    names: ['kubectl delete pvc dev1-public -n dev1'],
  },
}).run()
