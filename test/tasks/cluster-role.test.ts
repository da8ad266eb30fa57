import { CLUSTER_ROLE } from '../../lib/kube/object.ts'
import { clusterRole } from '../../tasks/cluster-role.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const reviews = { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }
const crds = {
  apiGroups: ['apiextensions.k8s.io'],
  resources: ['customresourcedefinitions'],
  verbs: ['get'],
  resourceNames: ['tfjobs.kubeflow.org'],
}
const start = { name: 'arena-prod-start', rules: [reviews, crds] }

cases(clusterRole, {
  'absent → created': { want: start, op: 'create', does: ['"resourceNames":["tfjobs.kubeflow.org"]'] },
  'there → kept': { want: start, have: [live(CLUSTER_ROLE, 'arena-prod-start', { rules: [crds, reviews] })] },
  'names taken off a rule, so that it reaches everything → put back': {
    want: start,
    have: [
      live(CLUSTER_ROLE, 'arena-prod-start', { rules: [reviews, { ...crds, resourceNames: undefined }] }),
    ],
    op: 'update',
    why: ['rules', 'rules'],
  },
  'made to gather rules of others, of which there are none yet → only its own': {
    want: start,
    have: [
      live(CLUSTER_ROLE, 'arena-prod-start', {
        rules: [reviews, crds],
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { anything: 'yes' } }] },
      }),
    ],
    op: 'update',
    why: ['aggregationRule'],
    does: ['"do":"replace"'],
  },
}).run()
