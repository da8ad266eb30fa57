import * as assert from 'uvu/assert'
import { FIELD_MANAGER } from '../../../lib/conventions/labels.ts'
import { otherManagersOf } from '../../../lib/kube/managers.ts'
import { RESOURCE_QUOTA } from '../../../lib/kube/object.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('managers')

const quota = live(
  RESOURCE_QUOTA,
  'dev1/dev1-compute-resources',
  {},
  {
    managedFields: [
      { manager: FIELD_MANAGER, fieldsV1: { 'f:spec': { 'f:hard': { 'f:pods': {} } } } },
      {
        manager: 'kubectl-edit',
        fieldsV1: { 'f:spec': { 'f:hard': { '.': {}, 'f:requests.nvidia.com/gpu': {} }, 'f:scopes': {} } },
      },
    ],
  },
)

it('finds who set a field, also one with dots in its name, and one in a part that is owned as a whole', () => {
  assert.equal(otherManagersOf(quota, 'spec.hard.requests.nvidia.com/gpu'), ['kubectl-edit'])
  assert.equal(otherManagersOf(quota, 'spec.scopes.0'), ['kubectl-edit'])
  assert.equal(otherManagersOf(quota, 'spec.hard'), ['kubectl-edit'])
})

it('names nobody for what we set, and for what the API server changed itself', () => {
  assert.equal(otherManagersOf(quota, 'spec.hard.pods'), [])
  assert.equal(otherManagersOf(quota, 'spec.hard.requests.cpu'), [])
  assert.equal(otherManagersOf(live(RESOURCE_QUOTA, 'dev1/other', {}), 'spec.hard'), [])
})

it.run()
