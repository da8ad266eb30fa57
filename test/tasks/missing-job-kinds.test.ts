import { missingJobKinds } from '../../tasks/missing-job-kinds.ts'
import { cases } from '../support/cases.ts'

const want = {
  kinds: [
    {
      name: 'tf',
      resource: 'tfjobs.kubeflow.org',
      command: 'arena submit tf',
      operator: 'training-operator',
    },
    { name: 'ray', resource: 'rayjobs.ray.io', command: 'arena submit rayjob', operator: 'KubeRay' },
  ],
}

cases(missingJobKinds, {
  'one that the API does not serve → told, with what runs it': {
    want,
    serves: ['tfjobs.kubeflow.org'],
    names: ['rayjobs.ray.io', 'KubeRay'],
  },
  'all there → nothing to tell': {
    want,
    serves: ['tfjobs.kubeflow.org', 'rayjobs.ray.io'],
    names: [],
  },
}).run()
