import * as assert from 'uvu/assert'
import { inUse } from '../../../../lib/checks/step-six/step-six.ts'
import type { Group } from '../../../../lib/inventory/schema.ts'
import { RESOURCE_QUOTA } from '../../../../lib/kube/object.ts'
import type { ResourceQuota } from '../../../../lib/kube/shapes.ts'
import { live } from '../../../support/live.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('room for a job that tries the share of a group')

const counts = (
  id: string,
  hard: Record<string, string>,
  used: Record<string, string>,
  spec: { scopeSelector?: { matchExpressions: [] } } = {},
): ResourceQuota => live(RESOURCE_QUOTA, id, { spec, status: { hard, used } })

const group = (quota: Partial<Group['quota']>): Group => ({ name: 'dev1', gid: 10_001, quota }) as Group

const GPUS = 'requests.nvidia.com/gpu'

it('there is room where nothing is limited, or enough is left', () => {
  assert.is(inUse([], group({})), undefined)
  assert.is(inUse([counts('dev1/a', { [GPUS]: '2' }, { [GPUS]: '1' })], group({ gpu: 2 })), undefined)
})

it('there is none where all GPUs of the group are in use, whatever another group has', () => {
  const full = counts('dev1/a', { [GPUS]: '1' }, { [GPUS]: '1' })
  const free = counts('dev2/a', { [GPUS]: '1' }, { [GPUS]: '0' })
  assert.is(inUse([free, full], group({ gpu: 1 })), `dev1 uses 1 of 1 ${GPUS}`)
  assert.is(inUse([free], group({ gpu: 1 })), undefined)
})

it('a quota that counts some pods only says nothing of a job, and the one that is full is named', () => {
  const some = counts('dev1/some', { pods: '0' }, { pods: '0' }, { scopeSelector: { matchExpressions: [] } })
  const roomy = counts('dev1/a', { pods: '2k' }, { pods: '0' })
  assert.is(inUse([some, roomy], group({})), undefined)
  assert.is(
    inUse([roomy, counts('dev1/b', { pods: '1' }, { pods: '1' })], group({})),
    'dev1 uses 1 of 1 pods',
  )
})

it('a group without GPUs is tried by a job without any', () =>
  assert.is(inUse([counts('dev1/a', { [GPUS]: '0' }, { [GPUS]: '0' })], group({ gpu: 0 })), undefined))

it('there is none where less CPU or memory is left than the job names, or no pod', () => {
  const left = (key: string, hard: string, used: string) => [
    counts('dev1/a', { [key]: hard }, { [key]: used }),
  ]
  assert.match(
    inUse(left('requests.cpu', '8', '7500m'), group({ cpu: '8' })) ?? '',
    '7500m of 8 requests.cpu',
  )
  assert.match(inUse(left('limits.memory', '2Gi', '1536Mi'), group({ memory: '2Gi' })) ?? '', 'limits.memory')
  assert.match(inUse(left('pods', '3', '3'), group({})) ?? '', '3 of 3 pods')
})

it.run()
